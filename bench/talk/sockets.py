"""A client's side of STOMP over WebSocket for load: it counts frames and does not read what it need not read.

The mask of every frame is zero, which RFC 6455 allows, so that a frame is masked once for all times it is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
FIN, MASKED = 0x80, 0x80
SHORT, EXTENDED_16, EXTENDED_64 = 125, 126, 127
HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: v12.stomp\r\n{more}\r\n"
)


def websocket_frame(payload: bytes, *, opcode: int = TEXT) -> bytes:
    """Return one whole frame of a client's (RFC 6455, section 5.2)."""
    length = len(payload)
    if length <= SHORT:
        head = bytes([FIN | opcode, MASKED | length])
    elif length < 1 << 16:
        head = bytes([FIN | opcode, MASKED | EXTENDED_16]) + length.to_bytes(2, "big")
    else:
        head = bytes([FIN | opcode, MASKED | EXTENDED_64]) + length.to_bytes(8, "big")
    return head + bytes(4) + payload


def stomp_frame(command: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return a STOMP frame in a WebSocket frame. The values have nothing that needs an escape."""
    lines = [command, *(f"{name}:{value}" for name, value in headers.items())]
    return websocket_frame("\n".join([*lines, "", ""]).encode() + body + b"\x00")


class Closed(Exception):
    """The server has ended the connection; the text says what it said last."""


class Socket(asyncio.Protocol):
    """One connection. `on_messages(payload, count)` hears of STOMP frames that have come, `count` in a payload.

    `handshake` are further lines of the handshake's head, each with its end.
    """

    def __init__(self, url: tuple[str, int, str], *, handshake: str = "") -> None:
        self._host, self._port, self._path = url
        self._handshake = handshake
        self._buffer = b""
        self._upgraded = False
        self._transport: asyncio.Transport | None = None
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answer: asyncio.Future[bytes] | None = None
        self._last = b""
        self.on_messages: Callable[[bytes, int], None] | None = None

    async def open(self, headers: dict[str, str]) -> None:
        """Connect, upgrade and log in; raise Closed where the server refuses."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, self._host, self._port)
        await self._opened
        answer = await self.ask(stomp_frame("CONNECT", {"accept-version": "1.2", "host": self._host, **headers}))
        if not answer.startswith(b"CONNECTED"):
            raise Closed(answer.decode(errors="replace"))

    async def subscribe(self, destination: str) -> None:
        """Return once the server has the subscription."""
        headers = {"id": "0", "destination": destination, "receipt": "subscribed"}
        answer = await self.ask(stomp_frame("SUBSCRIBE", headers))
        if not answer.startswith(b"RECEIPT"):
            raise Closed(answer.decode(errors="replace"))

    async def ask(self, frame: bytes) -> bytes:
        """Send a frame and return the next payload that comes."""
        self._answer = asyncio.get_running_loop().create_future()
        self.write(frame)
        return await self._answer

    def write(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance
        host = f"{self._host}:{self._port}"
        self.write(HANDSHAKE.format(path=self._path, host=host, more=self._handshake).encode())

    def connection_lost(self, error: Exception | None) -> None:
        for waiting in (self._opened, self._answer):
            if waiting is not None and not waiting.done():
                waiting.set_exception(Closed(self._last.decode(errors="replace") or repr(error)))

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
        position = 0 if self._upgraded else self._read_upgrade(data)
        size = len(data)
        while size - position >= 2:
            length = data[position + 1]
            start = position + 2
            if length >= EXTENDED_16:
                start += 2 if length == EXTENDED_16 else 8
                length = int.from_bytes(data[position + 2 : start], "big")
            if size < start + length:
                break
            self._heard(data[position] & 0x0F, data[start : start + length])
            position = start + length
        self._buffer = data[position:]

    def _read_upgrade(self, data: bytes) -> int:
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return len(data) if not data else 0
        if b" 101 " not in data[:16]:
            self._last = data
            self.close()
            return len(data)
        self._upgraded = True
        self._opened.set_result(None)
        return end + 4

    def _heard(self, opcode: int, payload: bytes) -> None:
        if opcode in (TEXT, BINARY):
            frames = payload.count(b"\x00")
            if frames and self._answer is not None and not self._answer.done():
                self._answer.set_result(payload)
            elif frames and self.on_messages is not None:
                self.on_messages(payload, frames)
            self._last = payload
        elif opcode == PING:
            self.write(websocket_frame(payload, opcode=PONG))
        elif opcode == CLOSE:
            self._last = self._last or payload
            self.close()
