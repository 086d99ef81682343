"""How long the event loop stood still meanwhile, by the process' own metrics."""

from __future__ import annotations

from typing import NamedTuple

from prometheus_client.parser import text_string_to_metric_families

PREFIX = "ticketlive_event_loop_"
BUCKET, LONGEST = f"{PREFIX}pause_seconds_bucket", f"{PREFIX}longest_pause_seconds"


class Pause(NamedTuple):
    """The longest one between two looks. It is known as it was where it is the process' longest of all, else by the
    bound of its bucket."""

    seconds: float
    is_bound: bool

    def __str__(self) -> str:
        return f"{'≤ ' if self.is_bound else ''}{1000 * self.seconds:,.0f}"


class Look(NamedTuple):
    """At a page of metrics: how many pauses there were of at most so many seconds, and the longest of all."""

    counts: dict[float, float]
    longest: float

    @classmethod
    def at(cls, page: str) -> Look:
        """Read a page."""
        ours = "\n".join(line for line in page.splitlines() if PREFIX in line)
        samples = [sample for family in text_string_to_metric_families(ours) for sample in family.samples]
        counts = {float(sample.labels["le"]): sample.value for sample in samples if sample.name == BUCKET}
        return cls(counts, next(sample.value for sample in samples if sample.name == LONGEST))

    def longest_until(self, later: Look) -> Pause:
        """Return the longest pause between this look and a later one."""
        if later.longest > self.longest:
            return Pause(later.longest, is_bound=False)
        new = {bound: number - self.counts[bound] for bound, number in later.counts.items()}
        whole = max(new.values())
        return Pause(min(bound for bound, number in new.items() if number >= whole), is_bound=True)
