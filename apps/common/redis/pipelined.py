"""The asynchronous client of a process: the calls of a turn of the event loop in few writes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, Protocol

import hiredis
from redis import exceptions

from apps.common.redis.address import Address
from apps.common.redis.connection import Connection

TIMEOUT_SECONDS = 2.0
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 1.0

logger = logging.getLogger(__name__)


class AsyncRedis(Protocol):
    """What callers of `pipelined_redis()` may use, whether one server is behind it or a cluster."""

    def execute(self, *command: Any) -> Awaitable[Any]:
        """Run one command, e.g. `await client.execute(b"GET", key)`.

        Replies are bytes, int, None or lists of these (RESP2). Raises redis.exceptions.ConnectionError
        or TimeoutError when Redis is away, and ResponseError when it refuses the command.
        """

    def send(self, packed: bytes, *, key: str | bytes) -> Awaitable[Any]:
        """Run one command that is packed already (RESP2); its first key says where it goes in a cluster."""

    async def aclose(self) -> None:
        """Give up the connections; waiting calls fail."""


class PipelinedRedis:
    """One connection to one server, opened by the first call and again by the first call after a loss.

    A server that cannot be reached is tried again after a pause, which doubles from 0.05 s to 1 s;
    calls in between fail at once, so that a crowd is answered 503 without waiting.
    """

    def __init__(self, address: Address, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._address = address
        self._timeout = timeout_seconds
        self._connection: Connection | None = None
        self._pause = 0.0
        self._not_before = 0.0

    def execute(self, *command: Any) -> asyncio.Future[Any]:
        """Run one command; see `AsyncRedis.execute`. The future is answered even when nobody awaits it."""
        return self.send(hiredis.pack_command(command))

    def send(self, packed: bytes, *, key: str | bytes = b"") -> asyncio.Future[Any]:
        """Run one packed command; the one server has every key."""
        connection = self._connection
        if connection is None or connection.closed:
            connection = self._connect()
        return connection.send(packed)

    async def aclose(self) -> None:
        """Give up the connection; waiting calls fail."""
        if self._connection is not None:
            self._connection.close()

    def _connect(self) -> Connection:
        now = asyncio.get_running_loop().time()
        if self._connection is not None:
            self._note_loss(self._connection, now)
        if now < self._not_before:
            raise exceptions.ConnectionError(f"Redis at {self._address} is away")
        self._connection = Connection(self._address, timeout_seconds=self._timeout)
        return self._connection

    def _note_loss(self, lost: Connection, now: float) -> None:
        self._connection = None
        if lost.was_open:
            self._pause = 0.0
            logger.warning("Lost the connection to Redis at %s", self._address)
            return
        self._pause = min(max(self._pause * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
        self._not_before = now + self._pause
