"""A STOMP client for rehearsals: real WebSockets, frames read and written by the server's own codec."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect

from apps.stomp.protocol.decoder import Decoder, Frame
from apps.stomp.protocol.encoder import encode
from apps.stomp.protocol.limits import Limits

ERRORS = "/user/queue/errors"
PATIENCE_SECONDS = 120.0


class Refused(Exception):
    """The platform said no; the text has its code."""


class Line:
    """One connection. MESSAGEs go to the queue of their subscription, receipts to whoever waits for them."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._decoder = Decoder(Limits(max_body_bytes=1 << 20))
        self._decoder.version = "1.2"
        self._receipts: dict[str, asyncio.Future[None]] = {}
        self._queues: dict[str, asyncio.Queue[Any]] = {}
        self._numbers = count(1)
        self._connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, url: str, token: str) -> AsyncIterator[Line]:
        """Connect and log in; errors of SENDs raise Refused at whoever waits for their receipt."""
        options: dict[str, Any] = {"subprotocols": ["v12.stomp"], "compression": None, "max_size": None, "proxy": None}
        async with connect(url, **options) as socket:
            line = cls(socket)
            try:
                headers = {"accept-version": "1.2", "host": "rehearsal", "Authorization": f"Bearer {token}"}
                await line._write("CONNECT", headers)
                await asyncio.wait_for(line._connected, PATIENCE_SECONDS)
                await line.subscribe(ERRORS)
                yield line
            finally:
                line._reading.cancel()

    async def subscribe(self, destination: str, **headers: str) -> asyncio.Queue[Any]:
        """Return the queue of the subscription's JSON bodies, once the server has it."""
        number = str(next(self._numbers))
        queue: asyncio.Queue[Any] = asyncio.Queue()
        if destination != ERRORS:
            self._queues[number] = queue
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        await self._ask("SUBSCRIBE", {"id": number, "destination": destination, **named})
        return queue

    async def send(self, destination: str, body: Any) -> None:
        """Send JSON, and return when its effect is durable."""
        await self._ask("SEND", {"destination": destination}, msgspec.json.encode(body))

    def drop(self) -> None:
        """Break the connection off, as a lost network does."""
        self._socket.transport.abort()

    async def _ask(self, command: str, headers: dict[str, str], body: bytes = b"") -> None:
        receipt = f"r{next(self._numbers)}"
        waiting = self._receipts[receipt] = asyncio.get_running_loop().create_future()
        await self._write(command, headers | {"receipt": receipt}, body)
        try:
            await asyncio.wait_for(waiting, PATIENCE_SECONDS)
        finally:
            self._receipts.pop(receipt, None)

    async def _write(self, command: str, headers: dict[str, str], body: bytes = b"") -> None:
        # The server reads CONNECT without escapes, as it is to be written.
        version = "1.0" if command == "CONNECT" else "1.2"
        await self._socket.send(encode(command, headers.items(), body, version=version))  # type: ignore[arg-type]

    async def _read(self) -> None:
        try:
            async for data in self._socket:
                for frame in self._decoder.feed(data):
                    self._heard(frame)
        finally:
            for waiting in (*self._receipts.values(), self._connected):
                if not waiting.done():
                    waiting.set_exception(ConnectionError("the connection has ended"))

    def _heard(self, frame: Frame) -> None:
        headers = frame.headers
        if frame.command == "CONNECTED":
            self._connected.set_result(None)
        elif frame.command == "RECEIPT":
            waiting = self._receipts.get(headers["receipt-id"])
            if waiting is not None and not waiting.done():
                waiting.set_result(None)
        elif frame.command == "ERROR" or headers.get("destination") == ERRORS:
            self._refused(frame)
        else:
            queue = self._queues.get(headers.get("subscription", ""))
            if queue is not None:
                queue.put_nowait(msgspec.json.decode(frame.body))

    def _refused(self, frame: Frame) -> None:
        error = Refused(frame.body.decode(errors="replace"))
        waiting = self._receipts.get(frame.headers.get("receipt-id", ""))
        for one in [waiting] if waiting is not None else [*self._receipts.values(), self._connected]:
            if not one.done():
                one.set_exception(error)
