"""A fixed pool of threads for the fast lane's database work; each keeps its connection.

A thread a request would open a connection a request: with persistent connections they pile up until
the server has none left.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import close_old_connections

from apps.common.errors import ServiceUnavailable

MAX_WAITING_PER_THREAD = 200

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class DatabaseThreads:
    """Runs functions that use the ORM, a bounded number at once and a bounded number waiting."""

    def __init__(self, size: int) -> None:
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="database")
        self._size = size
        self._limit = size * (1 + MAX_WAITING_PER_THREAD)
        self._calls = 0

    async def run(
        self, function: Callable[Parameters, Result], /, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Result:
        """Return what the function returns; raise ServiceUnavailable where too many wait already."""
        if self._calls >= self._limit:
            raise ServiceUnavailable
        call = functools.partial(contextvars.copy_context().run, _with_sound_connection, function, *args, **kwargs)
        self._calls += 1
        try:
            return await asyncio.wrap_future(self._pool.submit(call))
        finally:
            self._calls -= 1

    def close(self) -> None:
        """Wait for what runs and end the threads; their connections end with them."""
        self._pool.shutdown(wait=True)


def _with_sound_connection(
    function: Callable[Parameters, Result], /, *args: Parameters.args, **kwargs: Parameters.kwargs
) -> Result:
    """Drop a broken or aged connection before and after, as Django does around a request."""
    close_old_connections()
    try:
        return function(*args, **kwargs)
    finally:
        close_old_connections()


@functools.cache
def database_threads() -> DatabaseThreads:
    """Return the process's pool."""
    return DatabaseThreads(settings.DATABASE_THREADS)


async def in_database_thread(
    function: Callable[Parameters, Result], /, *args: Parameters.args, **kwargs: Parameters.kwargs
) -> Result:
    """Run a function that uses the ORM in the process's pool and return what it returns.

    Raises ServiceUnavailable where too many calls wait already.
    """
    return await database_threads().run(function, *args, **kwargs)
