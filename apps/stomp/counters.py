"""What this process's connections have done; `metrics` exports it. The event loop is the only writer."""

from __future__ import annotations

from collections import Counter


class Counters:
    """Plain numbers, since they are raised at every frame."""

    __slots__ = ("closed", "connections", "over_budget", "received", "refused", "sent")

    def __init__(self) -> None:
        self.connections = 0
        self.received = 0
        self.sent = 0
        self.refused: Counter[str] = Counter()  # by error code
        self.closed: Counter[str] = Counter()  # by reason
        self.over_budget: Counter[tuple[str, str]] = Counter()  # by (resource, whose: "account" or "address")


counters = Counters()
