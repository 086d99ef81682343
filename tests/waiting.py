"""Waiting for conditions, as long as it takes: a slow machine, or a busy one, fails no test.

The one bound of the suite is there so that a hang ends at all. Nothing that works comes near it, and no test is
about it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

LONGEST_SECONDS = 300.0
PAUSE_SECONDS = 0.01


def wait_until(condition: Callable[[], object], *, what: str = "the condition", pause: float = PAUSE_SECONDS) -> None:
    """Return when the condition holds; it is looked at every `pause` seconds. An error in it fails the test at once."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true"
        time.sleep(pause)


async def until(condition: Callable[[], object], *, what: str = "the condition") -> None:
    """Let the event loop go on until the condition holds."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true"
        await asyncio.sleep(0)


class Signal:
    """Tells those who wait on the event loop that something may have come true."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def give(self) -> None:
        self._changed.set()

    async def until(self, condition: Callable[[], object]) -> None:
        """Return when the condition holds; it is looked at whenever the signal is given."""
        async with asyncio.timeout(LONGEST_SECONDS):
            while not condition():
                self._changed.clear()
                await self._changed.wait()
