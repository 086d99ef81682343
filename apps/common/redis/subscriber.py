"""One connection to Redis on which a process hears what is published: SUBSCRIBE, and messages pushed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, cast

import hiredis
from django.conf import settings
from redis import exceptions
from redis.connection import DefaultParser

from apps.common.redis.address import Address, RedisUrl

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 1.0
CONNECT_TIMEOUT_SECONDS = 1.0
PING_SECONDS = 2.0  # a server that has not answered the last ping when the next is due counts as lost

logger = logging.getLogger(__name__)

OnMessage = Callable[[str, bytes], None]


class Subscriber:
    """Keeps the process subscribed to its channels, over every loss of the connection.

    What is published while the connection is down is gone (Redis pub/sub delivers at most once): `on_restored`
    is called when all channels are subscribed again, so that whoever must not miss anything looks it up.
    A cluster passes what is published on to all its nodes, so that any of them will do.

    Args:
        addresses: the servers to try, in order.
        on_message: called with channel and payload, from the event loop.
        on_restored: called after a loss once all is as before.
    """

    def __init__(
        self, addresses: tuple[Address, ...], *, on_message: OnMessage, on_restored: Callable[[], None]
    ) -> None:
        self._addresses = addresses
        self._on_message = on_message
        self._on_restored = on_restored
        self._channels: dict[str, asyncio.Future[None]] = {}
        self._unconfirmed: set[str] = set()
        self._link: _Link | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._was_up = False

    @classmethod
    def of_settings(cls, *, on_message: OnMessage, on_restored: Callable[[], None]) -> Subscriber:
        """Return a subscriber to the server, or the cluster, of `settings.REDIS_URL`."""
        addresses = RedisUrl.parse(settings.REDIS_URL).addresses
        return cls(addresses, on_message=on_message, on_restored=on_restored)

    def subscribe(self, channel: str) -> asyncio.Future[None]:
        """Return a future that is done when Redis has confirmed: nothing published from then on is missed.

        While Redis is away it waits for it to come back.
        """
        confirmed = self._channels.get(channel)
        if confirmed is None:
            confirmed = self._channels[channel] = asyncio.get_running_loop().create_future()
            self._unconfirmed.add(channel)
            if self._link is not None and self._link.is_up:
                self._link.write(b"SUBSCRIBE", channel)
            elif self._keeper is None or self._keeper.done():
                self._keeper = asyncio.create_task(self._keep())
        return confirmed

    def unsubscribe(self, channel: str) -> None:
        """Hear no more of a channel."""
        confirmed = self._channels.pop(channel, None)
        if confirmed is not None:
            confirmed.cancel()
            self._unconfirmed.discard(channel)
            if self._link is not None and self._link.is_up:
                self._link.write(b"UNSUBSCRIBE", channel)

    async def aclose(self) -> None:
        """Give up the connection and all channels."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        for channel in list(self._channels):
            self.unsubscribe(channel)

    async def _keep(self) -> None:
        """Connect, and again whenever the connection is lost."""
        pause = FIRST_PAUSE_SECONDS
        turn = 0
        while True:
            link = self._link = _Link(self._heard)
            address = self._addresses[turn % len(self._addresses)]
            try:
                await link.open(address)
                if self._channels:
                    link.write(b"SUBSCRIBE", *self._channels)
                pause = FIRST_PAUSE_SECONDS
                await link.lost()
            except (OSError, TimeoutError, exceptions.RedisError) as error:
                logger.debug("Redis at %s cannot be reached: %r", address, error)
            finally:
                link.close()
            turn += 1
            self._forget_confirmations()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _forget_confirmations(self) -> None:
        loop = asyncio.get_running_loop()
        for channel, confirmed in self._channels.items():
            if confirmed.done():
                self._channels[channel] = loop.create_future()
        self._unconfirmed.update(self._channels)

    def _heard(self, kind: bytes, channel: str, payload: Any) -> None:
        if kind == b"message":
            self._on_message(channel, payload)
            return
        confirmed = self._channels.get(channel) if kind == b"subscribe" else None
        if confirmed is not None and not confirmed.done():
            confirmed.set_result(None)
            self._unconfirmed.discard(channel)
            if not self._unconfirmed and self._link is not None:
                self._note_completeness(self._link)

    def _note_completeness(self, link: _Link) -> None:
        """All channels are subscribed; after a loss that is worth telling."""
        if self._was_up and not link.is_complete:
            self._on_restored()
        self._was_up = link.is_complete = True


class _Link(asyncio.Protocol):
    """One connection, from its opening to its loss."""

    def __init__(self, heard: Callable[[bytes, str, Any], None]) -> None:
        self._heard = heard
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader(protocolError=exceptions.InvalidResponse, replyError=DefaultParser.parse_error)
        self._transport: asyncio.Transport | None = None
        self._lost: asyncio.Future[None] = self._loop.create_future()
        self._pinging: asyncio.TimerHandle | None = None
        self._answered = True
        self.is_up = False
        self.is_complete = False

    async def open(self, address: Address) -> None:
        """Connect and log in; what is written afterwards goes out behind it."""
        async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
            await address.open(lambda: self)
        for command in address.handshake():
            self.write(*command)
        self.is_up = True
        self._ping()

    async def lost(self) -> None:
        """Return when the connection is no more; raise why."""
        await self._lost

    def write(self, *command: Any) -> None:
        if self._transport is not None:
            self._transport.write(hiredis.pack_command(command))

    def close(self) -> None:
        self.is_up = False
        if self._pinging is not None:
            self._pinging.cancel()
        if self._transport is not None:
            self._transport.abort()
        if not self._lost.done():
            self._lost.cancel()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.is_up = False
        if not self._lost.done():
            self._lost.set_exception(error or exceptions.ConnectionError("the server has closed the connection"))

    def data_received(self, data: bytes) -> None:
        self._answered = True
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not False:
                if isinstance(reply, Exception):
                    self._fail(reply)
                    return
                if isinstance(reply, list) and len(reply) == _PUSHED:
                    kind, channel, payload = reply
                    self._heard(kind, channel.decode() if channel else "", payload)
        except exceptions.InvalidResponse as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if not self._lost.done():
            self._lost.set_exception(error)

    def _ping(self) -> None:
        """Ask the server whether it is there; no answer until the next time means that it is not."""
        if not self._answered:
            self._fail(exceptions.TimeoutError(f"no answer for {PING_SECONDS} s"))
            return
        self._answered = False
        self.write(b"PING")
        self._pinging = self._loop.call_later(PING_SECONDS, self._ping)


_PUSHED = 3  # parts of what Redis pushes: kind, channel, payload (or the number of channels)
