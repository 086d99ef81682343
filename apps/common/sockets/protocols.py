"""The protocols for HTTP and WebSocket, under the guard, and with bounds on what a client makes them keep.

They rely on these internals of uvicorn, which tests/unit/common/sockets/test_uvicorn.py holds it to:

- both keep `connections` (each is in it as long as it has a descriptor), `loop` and `transport`;
- both call `connection_made` when a descriptor is theirs, and `shutdown` when the server has been asked to end;
- the WebSocket's `close_sent` says that the closing handshake has begun; `handle_ping` and `handle_cont` are called
  for each such frame, the pong being in `conn` by then; `frames` has the parts of an unfinished message;
  `read_paused` says that messages wait for the application, `writable` that the transport takes more.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from apps.common.sockets.guard import CLOSING, HURRIED, OPEN, Terms, bound_kernel, guard
from apps.common.sockets.http_protocol import HttpProtocol
from apps.common.sockets.turns import turns

PIECE_BYTES = 2 * 1024  # of what has come, parsed at once: 341 frames at most, and as many wait for the application


class HTTPConnection(HttpProtocol):
    """Its client takes what is answered at some pace, or is dropped."""

    kind = "http"
    _is_hurried = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        bound_kernel(transport)
        guard.watch(cast("Any", self.connections), self.loop)

    def terms(self) -> Terms:
        return HURRIED if self._is_hurried else OPEN

    def shutdown(self) -> None:
        self._is_hurried = True
        guard.end()
        super().shutdown()


class WebSocketConnection(WebSocketsSansIOProtocol):
    """Its close has an end, and what comes in is parsed as far as the application takes it."""

    kind = "websocket"

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._unparsed = b""
        self._parsed_bytes = 0  # of these, from their beginning
        self._has_turn = False  # a later turn of the loop parses on
        self._joined = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        guard.watch(cast("Any", self.connections), self.loop)

    def terms(self) -> Terms:
        return CLOSING if self.close_sent or self.transport.is_closing() else OPEN

    def shutdown(self) -> None:
        guard.end()
        super().shutdown()

    def data_received(self, data: bytes) -> None:
        """Parse what this turn of the loop has time for, until a message waits for the application."""
        if self._unparsed:
            self._unparsed = self._unparsed[self._parsed_bytes :] + data
            self._parsed_bytes = 0
        else:
            self._unparsed = data
            self._go_on()

    def parse_piece(self) -> bool:
        """Parse some of what has come; tell whether more of it may be parsed. Then the transport reads no more."""
        start, end = self._parsed_bytes, self._parsed_bytes + PIECE_BYTES
        piece, self._parsed_bytes = self._unparsed[start:end], end
        if end >= len(self._unparsed) or self.transport.is_closing():
            self._unparsed, self._parsed_bytes = b"", 0
        if not self.transport.is_closing():
            super().data_received(piece)
        if self._unparsed and not self.read_paused:
            return True
        if self._has_turn:
            self._has_turn = False
            if not self.read_paused and not self.transport.is_closing():
                self.transport.resume_reading()
        return False

    def _go_on(self) -> None:
        """Parse on now, or in a later turn."""
        if not turns().parse(self):
            self._has_turn = True
            if not self.transport.is_closing():
                self.transport.pause_reading()

    async def receive(self) -> Any:
        message = await super().receive()
        if self._unparsed and not self._has_turn and not self.read_paused:
            self._go_on()
        return message

    def handle_ping(self) -> None:
        """Answer, unless the client does not read: it has pongs enough (RFC 6455, section 5.5.3)."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def handle_cont(self, event: Frame) -> None:
        """Join the parts as they come: a message of many empty ones is no larger than it looks."""
        if self.frames:
            self._joined = bytearray(self.frames.pop())
        self._joined += event.data
        if event.fin:
            self.frames = [bytes(self._joined)]
            self.send_receive_event_to_app()
