"""/topic/NAME for all subscribers and /queue/NAME for one consumer a message: where clients try out their STOMP.

For tests, public client suites and benchmarks: anybody who is logged in may send and listen there. A platform has them
with STOMP_OPEN_DESTINATIONS=true. A queue lives in one process, as long as that does.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from apps.common.event_loop.per_loop import PerLoop
from apps.stomp.destinations import Client, Destination, Listener, SendRequest, Source, SubscribeRequest
from apps.stomp.hub import Published, current_hub

MAX_QUEUED = 10_000  # of one queue: the oldest go first

_encode = msgspec.json.Encoder().encode
_decode_headers = msgspec.json.Decoder(dict[str, str]).decode


def _packed(request: SendRequest) -> bytes:
    return _encode(request.headers) + b"\n" + request.body


def _read(payload: bytes) -> tuple[Mapping[str, str], bytes]:
    headers, _, body = payload.partition(b"\n")
    return _decode_headers(headers), body


class _OpenTopic:
    """A subscription to a topic."""

    def __init__(self, name: str, listener: Listener) -> None:
        self._name = name
        self._listener = listener

    async def start(self) -> None:
        await current_hub().join(self._name, self)

    def stop(self) -> None:
        current_hub().leave(self._name, self)

    def deliver(self, published: Published) -> None:
        self._listener.hear(published, read=_read)

    def resynchronise(self) -> None:
        """Nothing is kept here."""


class _Delivered:
    """A message at its consumer's, and where it goes back to."""

    __slots__ = ("_published", "_queue")

    def __init__(self, queue: _Queue, published: Published) -> None:
        self._queue = queue
        self._published = published

    def give_back(self) -> None:
        self._queue.put_back(self._published)


class _Consumer:
    """A subscription to a queue."""

    def __init__(self, queue: _Queue, listener: Listener) -> None:
        self._queue = queue
        self._listener = listener

    async def start(self) -> None:
        self._queue.add(self)

    def stop(self) -> None:
        self._queue.remove(self)

    def take(self, published: Published) -> None:
        self._listener.hear(published, read=_read, handle=_Delivered(self._queue, published))


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


_queues: PerLoop[defaultdict[str, _Queue]] = PerLoop(lambda: defaultdict(_Queue))


def _queue(destination: str) -> _Queue:
    return _queues()[destination]


async def _publish(request: SendRequest) -> None:
    current_hub().publish(f"open{request.destination}", _packed(request))


async def _publish_all(requests: Sequence[SendRequest]) -> None:
    for request in requests:
        await _publish(request)


async def _hear_topic(request: SubscribeRequest) -> Source:
    return lambda listener: _OpenTopic(f"open{request.destination}", listener)


async def _put(request: SendRequest) -> None:
    _queue(request.destination).put(Published(_packed(request)))


async def _put_all(requests: Sequence[SendRequest]) -> None:
    for request in requests:
        await _put(request)


async def _hear_queue(request: SubscribeRequest) -> Source:
    return lambda listener: _Consumer(_queue(request.destination), listener)


async def anybody(_client: Client, _params: Mapping[str, Any]) -> None:
    """Let everybody send who has logged in."""


DESTINATIONS = [
    Destination("/topic/{name}", send=_publish, subscribe=_hear_topic, send_together=_publish_all, may_send=anybody),
    Destination("/queue/{name}", send=_put, subscribe=_hear_queue, send_together=_put_all, may_send=anybody),
]
