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
        most: how many of each queue run at once; all of the threads where nothing is said.
    """

    def __init__(
        self, threads: int, *, waiting: tuple[int, ...], name: str, most: tuple[int, ...] | None = None
    ) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._free = threads
        self._room = list(most or (threads,) * len(waiting))
        self._bounds = waiting
        self._queues: tuple[deque[asyncio.Future[None]], ...] = tuple(deque() for _ in waiting)

    async def enter(self, rank: int) -> None:
        """Return when a thread is the caller's: it has to `run` something, or `leave`. Raises QueueFull."""
        if self.has_free(rank):
            self._free -= 1
            self._room[rank] -= 1
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
                self.leave(rank)
            elif turn in queue:
                queue.remove(turn)
            raise

    def has_free(self, rank: int) -> bool:
        """Tell whether one of a queue need not wait."""
        return self._free > 0 and self._room[rank] > 0

    async def run(
        self, rank: int, function: Callable[Parameters, Result], /, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Result:
        """Run a function in the thread that `enter` has given, and hand the thread on when it has come back."""
        done = asyncio.wrap_future(self._pool.submit(function, *args, **kwargs))
        done.add_done_callback(lambda _done: self.leave(rank))
        return await asyncio.shield(done)  # a thread is busy until it comes back, whoever waits for it

    def leave(self, rank: int) -> None:
        """Give the thread back; who waits first in the highest queue that may have one more goes on with it."""
        self._free += 1
        self._room[rank] += 1
        for number, queue in enumerate(self._queues):
            while queue and self.has_free(number):
                turn = queue.popleft()
                if not turn.done():  # else whoever waited has gone in this moment
                    self._free -= 1
                    self._room[number] -= 1
                    turn.set_result(None)
