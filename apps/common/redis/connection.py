"""One connection to one Redis server, shared by every call of the process."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import hiredis
from redis import exceptions
from redis.connection import DefaultParser

from apps.common.database.threads import in_database_thread
from apps.common.redis.address import Address
from apps.common.redis.new_servers import all_rebuilds, greet

CONNECT_TIMEOUT_SECONDS = 1.0
GREETING_TIMEOUT_SECONDS = 10.0  # a server that this process sees first is looked through
SWEEPS_PER_TIMEOUT = 8
MAX_WAITING_CALLS = 50_000
CALLS_PER_WRITE = 32  # Redis begins with these while the process is still busy with the rest of its turn

_INCOMPLETE = object()

logger = logging.getLogger(__name__)


class Connection(asyncio.Protocol):
    """Send the calls of one turn of the event loop in few writes; answer them first in, first out.

    Opens itself when it is made; calls made meanwhile wait. It is used until it is `closed`, and then
    no more. When it is lost, or its oldest call has waited for too long, all waiting calls fail: whether
    the server has carried them out is then unknown to the caller.
    """

    def __init__(self, address: Address, *, timeout_seconds: float) -> None:
        self.address = address
        self.closed = False
        self.was_open = False
        self._timeout = timeout_seconds
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader(
            protocolError=exceptions.InvalidResponse,
            replyError=DefaultParser.parse_error,
            notEnoughData=_INCOMPLETE,
        )
        self._outgoing: list[bytes] = []
        self._turn = 0.0
        self._waiting: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._transport: asyncio.Transport | None = None
        self._rebuilding: list[asyncio.Task[None]] = []
        self._opening = self._loop.create_task(self._open())
        self._opening.add_done_callback(self._opened)

    def send(self, packed: bytes) -> asyncio.Future[Any]:
        """Send a packed command with the others of this turn; the future has the reply, or the error.

        Raises redis.exceptions.ConnectionError at once when too many calls are waiting.
        """
        if len(self._waiting) >= MAX_WAITING_CALLS:
            raise exceptions.ConnectionError(f"more than {MAX_WAITING_CALLS} calls are waiting for {self.address}")
        if not self._outgoing:
            self._turn = self._loop.time()
            self._loop.call_soon(self._flush)
        self._outgoing.append(packed)
        reply = self._loop.create_future()
        self._waiting.append((reply, self._turn))
        if len(self._outgoing) == CALLS_PER_WRITE:
            self._flush()
        return reply

    def close(self, error: Exception | None = None) -> None:
        """Give up the connection; all waiting calls fail with `error`."""
        if self.closed:
            return
        self.closed = True
        if self._transport is None:
            self._opening.cancel()
        else:
            self._transport.abort()
        failed = error or exceptions.ConnectionError(f"the connection to Redis at {self.address} was closed")
        while self._waiting:
            reply, _ = self._waiting.popleft()
            if not reply.done():
                reply.set_exception(type(failed)(*failed.args))  # one each, for its own traceback

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=0)  # uvloop then writes at once, not at the end of the turn

    def data_received(self, data: bytes) -> None:
        gets, waiting = self._reader.gets, self._waiting
        self._reader.feed(data)
        try:
            while (reply := gets()) is not _INCOMPLETE:
                future, _ = waiting.popleft()
                if future.done():
                    continue
                if isinstance(reply, Exception):
                    future.set_exception(reply)
                    if isinstance(reply, exceptions.ReadOnlyError):  # once it is a primary again it has to be looked at
                        self.close(reply)
                        return
                else:
                    future.set_result(reply)
        except (exceptions.InvalidResponse, IndexError) as error:
            self.close(exceptions.ConnectionError(f"Redis at {self.address} sent what nobody asked for: {error}"))

    def connection_lost(self, exc: Exception | None) -> None:
        self.close(exceptions.ConnectionError(f"the connection to Redis at {self.address} was lost: {exc or 'closed'}"))

    async def _open(self) -> None:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
                transport = await self.address.open(lambda: self)
                await self._shake_hands(transport)
            async with asyncio.timeout(GREETING_TIMEOUT_SECONDS):
                has_stopped = await self._greet(transport)
        except (OSError, exceptions.RedisError) as error:  # asyncio's TimeoutError is an OSError
            why = str(error) or repr(error)
            self.close(exceptions.ConnectionError(f"Redis at {self.address} cannot be reached: {why}"))
            return
        self.was_open = True
        if has_stopped:
            self._rebuilding = [self._loop.create_task(self._rebuild(rebuild)) for rebuild in all_rebuilds()]
        self._flush()
        self._sweep()

    def _opened(self, _opening: asyncio.Task[None]) -> None:
        """Let no call wait for a connection whose opening has failed in a way that nobody thought of."""
        if not self.was_open:
            self.close(exceptions.ConnectionError(f"Redis at {self.address} cannot be reached"))

    async def _shake_hands(self, transport: asyncio.Transport) -> None:
        """Log in and choose the database before anything that already waits is sent."""
        commands = self.address.handshake()
        replies = [self._loop.create_future() for _ in commands]
        self._waiting.extendleft((reply, self._loop.time()) for reply in reversed(replies))
        transport.write(b"".join(hiredis.pack_command(command) for command in commands))
        await asyncio.gather(*replies)

    async def _greet(self, transport: asyncio.Transport) -> bool:
        """Look who answers, one command after the other, while all others wait; tell whether state was stopped."""
        greeting = greet(str(self.address))
        reply: Any = None
        while True:
            try:
                command = greeting.send(reply)
            except StopIteration as end:
                return bool(end.value)
            waiting = self._loop.create_future()
            self._waiting.appendleft((waiting, self._loop.time()))
            transport.write(hiredis.pack_command(command))
            reply = await waiting

    async def _rebuild(self, rebuild: Callable[[], object]) -> None:
        """Bring stopped state back without the worker, which may be busy or lose its own connection just now."""
        try:
            await in_database_thread(rebuild)
        except Exception:
            logger.warning("what was stopped at %s is left to the worker", self.address, exc_info=True)

    def _flush(self) -> None:
        if self.was_open and self._outgoing and self._transport is not None:
            self._transport.write(b"".join(self._outgoing))
            self._outgoing.clear()

    def _sweep(self) -> None:
        """Look a few times per time-out whether the oldest call has waited for too long."""
        if self.closed:
            return
        if self._waiting and self._loop.time() - self._waiting[0][1] > self._timeout:
            self.close(exceptions.TimeoutError(f"Redis at {self.address} has not answered for {self._timeout} s"))
            return
        self._loop.call_later(self._timeout / SWEEPS_PER_TIMEOUT, self._sweep)
