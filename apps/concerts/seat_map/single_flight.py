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

    async def run(
        self,
        key: Key,
        work: Callable[[], Awaitable[Value]],
        *,
        is_enough: Callable[[Value], bool] = lambda _: True,
    ) -> Value:
        """Return what the work under way for `key` returns, starting it if there is none.

        Work under way began before the call, and may have seen an older state of the world than the caller has.
        Where what it returns is not enough for the caller, the next piece of work is: it begins after the call.
        So nobody waits for more than two, whatever `is_enough` says of the second. A failure is raised to all who
        wait for that piece of work.
        """
        place = asyncio.get_running_loop(), key
        earlier = self._under_way.get(place)
        if earlier is not None and not earlier.done():
            value = await asyncio.shield(earlier)
            if is_enough(value):
                return value
        return await asyncio.shield(self._begun_later(place, work))

    def _begun_later(
        self, place: tuple[asyncio.AbstractEventLoop, Key], work: Callable[[], Awaitable[Value]]
    ) -> asyncio.Future[Value]:
        """Return work for a caller for whom none was under way, or who has seen the end of it."""
        flight = self._under_way.get(place)
        if flight is None or flight.done():  # what is done has nothing to wait for: awaiting it would not give way
            flight = self._under_way[place] = asyncio.ensure_future(work())
            flight.add_done_callback(lambda done: self._land(place, done))
        return flight

    def _land(self, place: tuple[asyncio.AbstractEventLoop, Key], done: asyncio.Future[Value]) -> None:
        if self._under_way.get(place) is done:
            del self._under_way[place]
        if not done.cancelled():
            done.exception()  # seen, should every caller have gone away
