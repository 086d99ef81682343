"""How long a web process's event loop stood still, as its own metrics tell it."""

from __future__ import annotations

import asyncio

from prometheus_client.parser import text_string_to_metric_families

from apps.rehearsal.on_sale.client import Caller, Client
from apps.rehearsal.on_sale.connection import Answer

PREFIX = "ticketlive_event_loop_pause"
LONGEST = "longest"
OK = 200


class LoopPauses:
    """One address. `longest` has (seconds from the opening, seconds stood still) for each look that was answered."""

    def __init__(self, client: Client) -> None:
        self.url = client.base_url
        self.buckets_before: dict[float, float] = {}
        self.buckets: dict[float, float] = {}  # pauses of at most so many seconds, counted since the process began
        self.longest: list[tuple[float, float]] = []
        self._caller = Caller(client)

    def ask(self, at: float) -> None:
        """Ask without waiting for the answer: where the process stands still, the rehearsal goes on."""
        answered = self._caller.get("metrics", b"/metrics")
        answered.add_done_callback(lambda done: self._read(done, at))

    @property
    def counts(self) -> dict[float, float]:
        """The pauses of the rehearsal by their upper bound, cumulated as histograms are."""
        return {bound: count - self.buckets_before.get(bound, 0.0) for bound, count in self.buckets.items()}

    def _read(self, done: asyncio.Future[Answer], at: float) -> None:
        if done.cancelled() or done.result().status != OK:
            return
        buckets = {}
        for family in text_string_to_metric_families(done.result().body.decode()):
            if not family.name.startswith(PREFIX):
                continue
            for sample in family.samples:
                if sample.name.endswith("_bucket"):
                    buckets[float(sample.labels["le"])] = sample.value
                elif LONGEST in sample.name:
                    self.longest.append((at, sample.value))
        self.buckets = buckets
        self.buckets_before = self.buckets_before or buckets
