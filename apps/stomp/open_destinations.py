"""/topic/** for all subscribers and /queue/** for one consumer a message: where clients try out their STOMP.

Only where STOMP_OPEN_DESTINATIONS opens them, which is for tests, public client suites and benchmarks: anybody
who is logged in may send and listen there. A queue lives in one process, as long as that does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from apps.stomp.hub import Hub, Published
from apps.stomp.protocol.acknowledgements import Subscription
from apps.stomp.protocol.encoder import MessageTemplate

TOPICS, QUEUES = "/topic/", "/queue/"
MAX_QUEUED = 10_000  # of one queue: the oldest go first

_encode = msgspec.json.Encoder().encode
_decode_headers = msgspec.json.Decoder(dict[str, str]).decode


class Messenger(Protocol):
    """A connection, as far as a destination needs it."""

    def message(self, subscription: Subscription, template: MessageTemplate, *, handle: object = None) -> None:
        """Send a MESSAGE of a subscription."""


class OpenDestinations:
    """The open destinations of one process."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._queues: dict[str, _Queue] = {}

    @staticmethod
    def has(destination: str) -> bool:
        return destination.startswith((TOPICS, QUEUES))

    def send(self, destination: str, headers: Mapping[str, str], body: bytes) -> None:
        payload = _encode(headers) + b"\n" + body
        if destination.startswith(TOPICS):
            self._hub.publish(f"open{destination}", payload)
        else:
            self._queue(destination).put(Published(payload))

    async def subscribed(self, connection: Messenger, subscription: Subscription) -> _OpenTopic | _Consumer:
        """Start a subscription."""
        if subscription.destination.startswith(TOPICS):
            listener = _OpenTopic(self._hub, connection, subscription)
            await self._hub.join(listener.topic, listener)
            return listener
        consumer = _Consumer(self._queue(subscription.destination), connection, subscription)
        consumer.queue.add(consumer)
        return consumer

    def give_back(self, handles: Iterable[object]) -> None:
        """Put messages back where they were: they were refused, or their consumer has gone."""
        for handle in reversed(list(handles)):
            if isinstance(handle, _Delivered):
                handle.queue.put_back(handle.published)

    def _queue(self, destination: str) -> _Queue:
        queue = self._queues.get(destination)
        if queue is None:
            queue = self._queues[destination] = _Queue()
        return queue


def _read(payload: bytes) -> tuple[Mapping[str, str], bytes]:
    headers, _, body = payload.partition(b"\n")
    return _decode_headers(headers), body


class _OpenTopic:
    """A subscription to a topic."""

    __slots__ = ("_connection", "_hub", "_subscription", "topic")

    def __init__(self, hub: Hub, connection: Messenger, subscription: Subscription) -> None:
        self._hub = hub
        self._connection = connection
        self._subscription = subscription
        self.topic = f"open{subscription.destination}"

    def deliver(self, published: Published) -> None:
        subscription = self._subscription
        self._connection.message(subscription, published.template(subscription.destination, read=_read))

    def resynchronise(self) -> None:
        """Nothing is kept here."""

    def stop(self) -> None:
        self._hub.leave(self.topic, self)


class _Delivered:
    """A message at its consumer's, and where it goes back to."""

    __slots__ = ("published", "queue")

    def __init__(self, queue: _Queue, published: Published) -> None:
        self.queue = queue
        self.published = published


class _Consumer:
    """A subscription to a queue."""

    __slots__ = ("_connection", "_subscription", "queue")

    def __init__(self, queue: _Queue, connection: Messenger, subscription: Subscription) -> None:
        self.queue = queue
        self._connection = connection
        self._subscription = subscription

    def take(self, published: Published) -> None:
        subscription = self._subscription
        template = published.template(subscription.destination, read=_read)
        self._connection.message(subscription, template, handle=_Delivered(self.queue, published))

    def stop(self) -> None:
        """Leave; what was not acknowledged goes to somebody else."""
        self.queue.remove(self)
        for delivery in reversed(list(self._subscription.waiting.values())):
            self.queue.put_back(delivery.handle.published)


class _Queue:
    """Messages that wait, or consumers that do."""

    def __init__(self) -> None:
        self._messages: deque[Published] = deque(maxlen=MAX_QUEUED)
        self._consumers: deque[_Consumer] = deque()

    def put(self, published: Published) -> None:
        self._messages.append(published)
        self._hand_out()

    def put_back(self, published: Published) -> None:
        self._messages.appendleft(published)
        self._hand_out()

    def add(self, consumer: _Consumer) -> None:
        self._consumers.appendleft(consumer)  # it has had nothing yet
        self._hand_out()

    def remove(self, consumer: _Consumer) -> None:
        if consumer in self._consumers:
            self._consumers.remove(consumer)

    def _hand_out(self) -> None:
        """Give each message to the next consumer in turn."""
        while self._messages and self._consumers:
            consumer = self._consumers[0]
            self._consumers.rotate(-1)
            consumer.take(self._messages.popleft())
