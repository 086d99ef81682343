"""Asking the database, or the platform's processes, from a thread: again where a server is just starting anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connections
from redis.exceptions import ConnectionError as RedisAway

from tests.waiting import LONGEST_SECONDS

PAUSE_SECONDS = 0.1
Result = TypeVar("Result")


async def in_a_thread(do: Callable[..., Result], *arguments: object) -> Result:
    """Return what `do` returns; what asks a server that is away is done once more, so it has to bear that."""
    async with asyncio.timeout(LONGEST_SECONDS):
        while True:
            try:
                return await asyncio.to_thread(_do, do, *arguments)
            except (OperationalError, InterfaceError, RedisAway):
                await asyncio.sleep(PAUSE_SECONDS)


def _do(do: Callable[..., Result], *arguments: object) -> Result:
    try:
        return do(*arguments)
    except (OperationalError, InterfaceError):
        connections.close_all()
        raise
