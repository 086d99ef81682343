"""Pauses of a crowd: thousands end with one timer, where each would have a timer of its own."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict

TICK_SECONDS = 0.02


class Clock:
    """Ends pauses at the next tick after their time. Belongs to the event loop that runs it."""

    def __init__(self) -> None:
        self._due: defaultdict[int, list[asyncio.Future[None]]] = defaultdict(list)
        self._ticked = self._tick_at(0.0)

    def sleep(self, seconds: float) -> asyncio.Future[None]:
        """A future that is done when so many seconds are over; it may be cancelled."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._due[max(self._tick_at(seconds), self._ticked + 1)].append(future)
        return future

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = self._tick_at(0.0)
            while self._ticked < now:
                self._ticked += 1
                for future in self._due.pop(self._ticked, ()):
                    if not future.done():
                        future.set_result(None)

    @staticmethod
    def _tick_at(seconds: float) -> int:
        """The tick that comes after so many seconds from now."""
        return int((time.monotonic() + seconds) / TICK_SECONDS)
