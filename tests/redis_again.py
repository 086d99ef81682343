"""Redis back again after it was away, as the event loop sees it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from redis.exceptions import RedisError

from apps.common.redis import pipelined_redis
from tests.waiting import LONGEST_SECONDS, PAUSE_SECONDS


async def until_connected() -> None:
    """Wait until the event loop has its connection to Redis again: after a refusal it pauses before the next try."""
    async with asyncio.timeout(LONGEST_SECONDS):
        while True:
            with suppress(RedisError):
                await pipelined_redis().execute(b"PING")
                return
            await asyncio.sleep(PAUSE_SECONDS)
