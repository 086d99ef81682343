"""STOMP over WebSocket: a thin Channels consumer around `StompConnection`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from channels.consumer import AsyncConsumer
from django.conf import settings

from apps.common.errors import PROBLEM_CONTENT_TYPE
from apps.common.http.addresses import crowd_network_of_scope
from apps.stomp.budgets import CONNECTIONS, OverBudget
from apps.stomp.connection import StompConnection
from apps.stomp.counters import counters
from apps.stomp.origins import is_allowed_origin
from apps.stomp.protocol.session import Wire
from apps.stomp.server import StompServer

SUBPROTOCOLS = ("v12.stomp", "v11.stomp", "v10.stomp")
JOINED_BYTES = 32 * 1024  # frames of one turn of the event loop share a WebSocket message up to this size
MAX_QUEUED_FRAMES = 10_000

Message = dict[str, Any]


class StompConsumer(AsyncConsumer):
    """`StompConsumer.as_asgi(server=...)` serves every WebSocket of an address.

    It reads the next message when the last has taken effect, and needs neither the channel layer nor a task
    for each message (decision 0081).
    """

    def __init__(self, *, server: StompServer) -> None:
        self._server = server

    async def __call__(self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Any) -> None:
        await receive()  # websocket.connect
        if not is_allowed_origin(scope["headers"]):
            await send({"type": "websocket.close"})
            return
        budgets, network = self._server.budgets, crowd_network_of_scope(scope)
        address = budgets.address(network)
        try:
            await budgets.take(CONNECTIONS, address)
        except OverBudget as error:
            await _refuse_handshake(scope, send, error)
            return
        try:
            await self._talk(scope, receive, send, network=network)
        finally:
            budgets.give_back(CONNECTIONS, address)

    async def _talk(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Any, *, network: str | None
    ) -> None:
        """Take the handshake up, and serve the connection to its end."""
        await send({"type": "websocket.accept", "subprotocol": _chosen(scope["subprotocols"])})
        transport = self.transport(send)
        connection = StompConnection(transport, server=self._server, network=network)
        try:
            await self._serve(connection, receive, transport)
        finally:
            connection.lost()
            await transport.finish()

    def transport(self, send: Callable[[Message], Awaitable[None]]) -> WebSocketTransport:
        """Return what carries the frames out."""
        return WebSocketTransport(send)

    def read(self, data: Wire) -> Sequence[Wire]:
        """Return what a message says: STOMP as it is."""
        return [data]

    async def _serve(
        self, connection: StompConnection, receive: Callable[[], Awaitable[Message]], transport: WebSocketTransport
    ) -> None:
        """Hand over what comes, until either side has enough."""
        while True:
            message = await transport.receive(receive)
            if message is None or message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            for said in self.read(message["bytes"] if text is None else text):
                await connection.received(said)


class WebSocketTransport:
    """Frames on their way out: those of one turn of the event loop together, and never more than the limit.

    A client that does not read them is dropped, so that nobody else waits for it.
    """

    def __init__(self, send: Callable[[Message], Awaitable[None]]) -> None:
        self._send = send
        self._joins = settings.STOMP_JOIN_FRAMES
        self._limit = settings.STOMP_QUEUE_BYTES
        self._loop = asyncio.get_running_loop()
        self._queue: list[Wire] = []
        self._queued_bytes = 0
        self._writing: asyncio.Task[None] | None = None
        self._closing: tuple[int, str] | None = None
        self._reading: asyncio.Task[Any] | None = None
        self._is_full = False

    def send(self, frame: Wire) -> None:
        if self._closing is not None:
            return
        self._queue.append(frame)
        self._queued_bytes += len(frame)
        if self._queued_bytes > self._limit or len(self._queue) > MAX_QUEUED_FRAMES:
            self._is_full = True
            counters.closed["slow_consumer"] += 1
            self.close(1008, "slow consumer")
        elif self._writing is None:
            self._writing = self._loop.create_task(self._write())

    def close(self, code: int, reason: str) -> None:
        if self._closing is None:
            self._closing = (code, reason)
            reading, self._reading = self._reading, None
            if reading is not None:
                reading.cancel()
                reading.uncancel()

    async def receive(self, receiving: Callable[[], Awaitable[Message]]) -> Message | None:
        """Return what is received next, or None once this side has closed."""
        if self._closing is not None:
            return None
        self._reading = asyncio.current_task()
        try:
            return await receiving()
        except asyncio.CancelledError:
            if self._reading is not None:
                raise  # somebody else's doing
            return None
        finally:
            self._reading = None

    async def finish(self) -> None:
        """Send what is queued, and the close; give up on a client that does not read."""
        if self._is_full:
            self._queue.clear()
        writing = self._writing
        if writing is not None:
            if self._is_full:
                writing.cancel()
            await asyncio.wait((writing,), timeout=CLOSE_SECONDS)
            writing.cancel()
        if self._closing is not None:
            closing = asyncio.ensure_future(self._say_good_bye(*self._closing))
            _, unfinished = await asyncio.wait((closing,), timeout=0 if self._is_full else CLOSE_SECONDS)
            for task in unfinished:
                task.cancel()

    async def _say_good_bye(self, code: int, reason: str) -> None:
        await self._send({"type": "websocket.close", "code": code, "reason": reason})

    def messages(self, frames: list[Wire]) -> list[Message]:
        """Return the WebSocket messages that carry these frames."""
        return _messages(frames, joins=self._joins)

    async def _write(self) -> None:
        """Write until nothing is queued."""
        try:
            while self._queue:
                frames, self._queue = self._queue, []
                for message in self.messages(frames):
                    await self._send(message)
                self._queued_bytes -= sum(map(len, frames))
        except OSError:  # the client has gone; the reading side hears of it
            self._queue.clear()
        finally:
            self._writing = None


CLOSE_SECONDS = 2.0


def _messages(frames: list[Wire], *, joins: bool) -> list[Message]:
    """Return the WebSocket messages that carry the frames: text, and binary where a frame is no text."""
    if len(frames) == 1 or not joins:
        return [_message(frame) for frame in frames]
    messages: list[Message] = []
    texts: list[str] = []
    size = 0
    for frame in frames:
        if isinstance(frame, str) and size < JOINED_BYTES:
            texts.append(frame)
            size += len(frame)
            continue
        if texts:
            messages.append(_message("".join(texts)))
        texts, size = [], 0
        if isinstance(frame, str):
            texts, size = [frame], len(frame)
        else:
            messages.append(_message(frame))
    if texts:
        messages.append(_message("".join(texts)))
    return messages


def _message(frame: Wire) -> Message:
    if isinstance(frame, str):
        return {"type": "websocket.send", "text": frame}
    return {"type": "websocket.send", "bytes": frame}


async def _refuse_handshake(scope: Message, send: Callable[[Message], Awaitable[None]], error: OverBudget) -> None:
    """Answer a handshake with the refusal instead (429, Retry-After), where the server can."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    named = {"content-type": PROBLEM_CONTENT_TYPE, **error.headers()}
    headers = [(name.lower().encode(), value.encode()) for name, value in named.items()]
    await send({"type": "websocket.http.response.start", "status": error.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": msgspec.json.encode(error.problem())})


def _chosen(offered: list[str]) -> str | None:
    """Take the first version that the client offers; one that offers none gets none (RFC 6455, section 4.2.2)."""
    return next((name for name in offered if name in SUBPROTOCOLS), None)
