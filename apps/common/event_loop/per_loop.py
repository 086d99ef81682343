"""One object for each event loop: a process has one, a test run many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class PerLoop(Generic[Kept]):
    """Calls `make` once for each event loop that asks, and forgets what belongs to closed ones."""

    def __init__(self, make: Callable[[], Kept]) -> None:
        self._make = make
        self._kept: dict[asyncio.AbstractEventLoop, Kept] = {}

    def __call__(self) -> Kept:
        """Return the running event loop's object."""
        loop = asyncio.get_running_loop()
        found = self._kept.get(loop)
        if found is None:
            for ended in [known for known in self._kept if known.is_closed()]:
                del self._kept[ended]
            found = self._kept[loop] = self._make()
        return found
