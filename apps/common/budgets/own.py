"""The budgets of one process, for the time that Redis is away."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from typing import NamedTuple

from apps.common.budgets.rates import SpenderArgs

MOST_KEPT = 10_000  # spenders; the one that has spent longest ago gives way


class _Row(NamedTuple):
    """One tier of a spender: what was spent until when, its seconds, and those that one costs."""

    entry: tuple[str, str, str]
    until: float
    span: int
    step: float


class OwnBudgets:
    """Counts as `budget.lua` does, for this process alone. Threads may share it."""

    def __init__(self) -> None:
        self._spent_until: OrderedDict[tuple[str, str, str], float] = OrderedDict()
        self._lock = threading.Lock()

    def spend(self, key: str, who: SpenderArgs) -> int:
        """Take one from each spender where all have one left: 0; else nothing, and the whole seconds to wait."""
        now = time.monotonic()
        with self._lock:
            rows = self._rows(key, who, now)
            wait = max((row.until + row.step - row.span - now for row in rows), default=0.0)
            if wait > 1e-6:  # noqa: PLR2004 - what floating point adds is not a wait
                return math.ceil(wait)
            for row in rows:
                self._spent_until[row.entry] = row.until + row.step
                self._spent_until.move_to_end(row.entry)
            while len(self._spent_until) > MOST_KEPT:
                self._spent_until.popitem(last=False)
        return 0

    def give_back(self, key: str, who: SpenderArgs) -> None:
        """Put one back for each spender: what it was spent for did not come about."""
        now = time.monotonic()
        with self._lock:
            for row in self._rows(key, who, now):
                if row.until > now:
                    self._spent_until[row.entry] = row.until - row.step

    def _rows(self, key: str, who: SpenderArgs, now: float) -> list[_Row]:
        rows = []
        for spender, budget in zip(who[::2], who[1::2], strict=True):
            for tier in budget.split():
                most, seconds = map(int, tier.split("/"))
                entry = (key, spender, tier)
                rows.append(_Row(entry, max(now, self._spent_until.get(entry, now)), seconds, seconds / most))
        return rows
