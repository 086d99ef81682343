"""Who listens to what in this process, and the one subscription at Redis for each topic."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable
from typing import Any, Protocol

from redis.exceptions import RedisError

from apps.common.errors import ServiceUnavailable
from apps.common.event_loop.per_loop import PerLoop
from apps.common.redis import pipelined_redis
from apps.common.redis.subscriber import Subscriber
from apps.stomp.hub.published import Published

CHANNEL = "topic:"
CONFIRMATION_SECONDS = 2.0
LINGER_SECONDS = 2.0  # a topic without receivers stays subscribed, for somebody who comes back at once
TAG = b"\x01"  # begins what this hub published; JSON never does
TAG_LENGTH = 9

logger = logging.getLogger(__name__)


class Receiver(Protocol):
    """Somebody who listens to a topic. Neither method may wait, or raise."""

    def deliver(self, published: Published) -> None:
        """Take a message."""

    def resynchronise(self) -> None:
        """Messages may have been lost: Redis was away."""


class _Audience:
    """The receivers of a topic, in the order they came."""

    __slots__ = ("leaving", "receivers")

    def __init__(self) -> None:
        self.receivers: dict[Receiver, None] = {}
        self.leaving: asyncio.TimerHandle | None = None


class Hub:
    """The topics of one event loop.

    A message that this process publishes reaches its own receivers at once, and those of other processes by
    Redis; of one publisher all receive it in order. Nobody receives it twice: what comes back from Redis under
    the hub's own tag is passed over.
    """

    def __init__(self) -> None:
        self._audiences: dict[str, _Audience] = {}
        self._tag = TAG + secrets.token_bytes(TAG_LENGTH - len(TAG))
        self._subscriber = Subscriber.of_settings(on_message=self._heard, on_restored=self._restored)

    async def join(self, topic: str, receiver: Receiver) -> None:
        """Return once nothing that is published from now on will be missed; raise ServiceUnavailable without Redis."""
        audience = self._audiences.get(topic)
        if audience is None:
            audience = self._audiences[topic] = _Audience()
        if audience.leaving is not None:
            audience.leaving.cancel()
            audience.leaving = None
        audience.receivers[receiver] = None
        confirmed = self._subscriber.subscribe(CHANNEL + topic)
        if confirmed.done():
            return
        try:
            async with asyncio.timeout(CONFIRMATION_SECONDS):
                await asyncio.shield(confirmed)
        except BaseException as error:
            self.leave(topic, receiver)
            if isinstance(error, TimeoutError):
                raise ServiceUnavailable from error
            raise

    def leave(self, topic: str, receiver: Receiver) -> None:
        """Deliver nothing more to this receiver; leaving twice does nothing."""
        audience = self._audiences.get(topic)
        if audience is None:
            return
        audience.receivers.pop(receiver, None)
        if not audience.receivers and audience.leaving is None:
            audience.leaving = asyncio.get_running_loop().call_later(LINGER_SECONDS, self._forget, topic)

    def publish(self, topic: str, payload: bytes) -> None:
        """Tell everybody who listens, at most once; without Redis only those of this process."""
        self.hand_over(topic, Published(payload))
        try:
            sent: Awaitable[Any] = pipelined_redis().execute(b"PUBLISH", CHANNEL + topic, self._tag + payload)
        except RedisError as error:
            logger.debug("not published on %s: %s", topic, error)
            return
        asyncio.ensure_future(sent).add_done_callback(_ignore_failure)

    async def aclose(self) -> None:
        """Give up all topics and the connection."""
        for audience in self._audiences.values():
            if audience.leaving is not None:
                audience.leaving.cancel()
        self._audiences.clear()
        await self._subscriber.aclose()

    def _heard(self, channel: str, payload: bytes) -> None:
        if payload.startswith(TAG):
            if payload.startswith(self._tag):
                return
            payload = payload[TAG_LENGTH:]
        self.hand_over(channel[len(CHANNEL) :], Published(payload))

    def hand_over(self, topic: str, published: Published) -> None:
        """Tell the receivers of this process alone."""
        audience = self._audiences.get(topic)
        if audience is not None:
            for receiver in list(audience.receivers):
                receiver.deliver(published)

    def _restored(self) -> None:
        for audience in list(self._audiences.values()):
            for receiver in list(audience.receivers):
                receiver.resynchronise()

    def _forget(self, topic: str) -> None:
        audience = self._audiences.get(topic)
        if audience is not None and not audience.receivers:
            del self._audiences[topic]
            self._subscriber.unsubscribe(CHANNEL + topic)


def _ignore_failure(sent: asyncio.Future[Any]) -> None:
    """Whoever must not miss anything looks it up after the loss."""
    if not sent.cancelled():
        sent.exception()


current_hub = PerLoop(Hub)
"""Returns the hub of the running event loop."""
