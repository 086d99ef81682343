"""Callers of one moment that want the same thing share one piece of work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class SingleFlight(Generic[Key, Value]):
    """Runs one piece of work at a time for each key; a caller who goes away does not stop it for the others."""

    def __init__(self) -> None:
        self._under_way: dict[tuple[asyncio.AbstractEventLoop, Key], asyncio.Future[Value]] = {}

    async def run(self, key: Key, work: Callable[[], Awaitable[Value]]) -> Value:
        """Return what the work under way for `key` returns, starting it if there is none."""
        place = asyncio.get_running_loop(), key
        flight = self._under_way.get(place)
        if flight is None:
            flight = self._under_way[place] = asyncio.ensure_future(work())
            flight.add_done_callback(lambda done: self._land(place, done))
        return await asyncio.shield(flight)

    def _land(self, place: tuple[asyncio.AbstractEventLoop, Key], done: asyncio.Future[Value]) -> None:
        del self._under_way[place]
        if not done.cancelled():
            done.exception()  # seen, should every caller have gone away
