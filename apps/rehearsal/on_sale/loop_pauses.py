"""How long a web process's event loop stood still, as its own metrics tell it."""

from __future__ import annotations

import asyncio

from prometheus_client.parser import text_string_to_metric_families

from apps.rehearsal.on_sale.client import Caller, Client
from apps.rehearsal.on_sale.connection import Answer

PREFIX = "ticketlive_event_loop_"
PAUSES = "ticketlive_event_loop_pause_seconds_bucket"
LONGEST = "ticketlive_event_loop_longest_pause_seconds"
OK = 200


class LoopPauses:
    """One address. `longest` has (seconds from the opening, the longest pause since the look before, in seconds).

    A pause is known to the bound of its bucket; one that is the longest of all is known as it was.
    """

    def __init__(self, client: Client) -> None:
        self.url = client.base_url
        self.longest: list[tuple[float, float]] = []
        self._first: dict[float, float] = {}
        self._last: dict[float, float] = {}  # pauses of at most so many seconds, counted since the process began
        self._record = 0.0
        self._caller = Caller(client)

    def ask(self, at: float) -> None:
        """Ask without waiting for the answer: where the process stands still, the rehearsal goes on."""
        answered = self._caller.get("metrics", b"/metrics")
        answered.add_done_callback(lambda done: self._read(done, at))

    @property
    def is_known(self) -> bool:
        return bool(self._last)

    @property
    def counts(self) -> list[tuple[float, int]]:
        """How many pauses of the rehearsal were of at most so many seconds, by rising bounds."""
        return [(bound, int(count - self._first.get(bound, 0.0))) for bound, count in sorted(self._last.items())]

    def _read(self, done: asyncio.Future[Answer], at: float) -> None:
        if not done.cancelled() and done.result().status == OK:
            self.read(done.result().body.decode(), at)

    def read(self, text: str, at: float) -> None:
        """Take a page of metrics."""
        ours = "\n".join(line for line in text.splitlines() if PREFIX in line)  # all of it would take 15 ms
        samples = [sample for family in text_string_to_metric_families(ours) for sample in family.samples]
        buckets = {float(sample.labels["le"]): sample.value for sample in samples if sample.name == PAUSES}
        record = max((sample.value for sample in samples if sample.name == LONGEST), default=0.0)
        if not buckets:
            return
        if self._last:
            self.longest.append((at, record if record > self._record else _slowest(self._last, buckets)))
        else:
            self._first = buckets
        self._last, self._record = buckets, record


def _slowest(before: dict[float, float], after: dict[float, float]) -> float:
    """The bound of the slowest pause that was counted between two looks."""
    total = max(after.values()) - max(before.values())
    bounds = sorted(after)
    return next((bound for bound in bounds if after[bound] - before.get(bound, 0.0) >= total), bounds[-1])
