"""The budgets of one process, for the time that Redis is away."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict

from apps.common.budgets.rates import SpenderArgs

MOST_KEPT = 10_000  # spenders; the one that has spent longest ago gives way


class OwnBudgets:
    """Counts as `budget.lua` does, for this process alone. Threads may share it."""

    def __init__(self) -> None:
        self._spent_until: OrderedDict[tuple[str, str, str], float] = OrderedDict()
        self._lock = threading.Lock()

    def spend(self, key: str, who: SpenderArgs, *, take: bool = True) -> int:
        """Take one from each spender where all have one left: 0; else nothing, and the whole seconds to wait."""
        now = time.monotonic()
        with self._lock:
            rows = []
            for spender, budget in zip(who[::2], who[1::2], strict=True):
                for tier in budget.split():
                    most, seconds = map(int, tier.split("/"))
                    entry = (key, spender, tier)
                    rows.append((entry, max(now, self._spent_until.get(entry, now)), seconds, most))
            wait = max((until + span / most - span - now for _, until, span, most in rows), default=0.0)
            if wait > 1e-6:  # noqa: PLR2004 - what floating point adds is not a wait
                return math.ceil(wait)
            for entry, until, span, most in rows if take else ():
                self._spent_until[entry] = until + span / most
                self._spent_until.move_to_end(entry)
            while len(self._spent_until) > MOST_KEPT:
                self._spent_until.popitem(last=False)
        return 0
