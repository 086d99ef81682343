"""A pool of threads behind queues with a bound each; who stands in a higher one goes first."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class QueueFull(Exception):
    """As many wait already as may wait."""


class RankedThreads:
    """Runs functions in threads, for one event loop.

    Args:
        threads: how many run at once.
        waiting: how many may wait in each of the queues; the first queue goes first.
    """

    def __init__(self, threads: int, *, waiting: tuple[int, ...], name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._free = threads
        self._bounds = waiting
        self._queues: tuple[deque[asyncio.Future[None]], ...] = tuple(deque() for _ in waiting)

    async def enter(self, rank: int) -> None:
        """Return when a thread is the caller's: it has to `run` something, or `leave`. Raises QueueFull."""
        if self._free:
            self._free -= 1
            return
        queue = self._queues[rank]
        if len(queue) >= self._bounds[rank]:
            raise QueueFull
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self.leave()
            elif turn in queue:
                queue.remove(turn)
            raise

    @property
    def has_free(self) -> bool:
        return self._free > 0

    async def run(
        self, function: Callable[Parameters, Result], /, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Result:
        """Run a function in the thread that `enter` has given, and hand the thread on when it has come back."""
        done = asyncio.wrap_future(self._pool.submit(function, *args, **kwargs))
        done.add_done_callback(lambda _done: self.leave())
        return await asyncio.shield(done)  # a thread is busy until it comes back, whoever waits for it

    def leave(self) -> None:
        """Hand the thread to who waits first in the highest queue."""
        for queue in self._queues:
            while queue:
                turn = queue.popleft()
                if not turn.done():  # else whoever waited has gone in this moment
                    turn.set_result(None)
                    return
        self._free += 1
