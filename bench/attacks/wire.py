"""HTTP/1.1 for the honest and for those who are not: bytes out, answers in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import NamedTuple

STREAM_BYTES = 4 * 1024 * 1024  # a client's buffer: more than any answer here
HEAD_END = b"\r\n\r\n"


class Address(NamedTuple):
    """Of the web process."""

    host: str
    port: int


class Answer(NamedTuple):
    """What was answered, whole."""

    status: int
    body: bytes


@dataclass(slots=True)
class Connection:
    """One connection, for one call at a time. Every failure of it is an OSError or an EOFError."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, address: Address) -> Connection:
        """Connect."""
        return cls(*await asyncio.open_connection(address.host, address.port, limit=STREAM_BYTES))

    async def ask(self, request: bytes) -> Answer:
        """Send a request and return its answer."""
        self.writer.write(request)
        return await self.answer()

    async def answer(self) -> Answer:
        """Return the next answer that comes."""
        head = (await self.reader.readuntil(HEAD_END)).lower()
        status = int(head[9:12])
        if b"transfer-encoding: chunked" in head:
            return Answer(status, await self._chunks())
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        return Answer(status, await self.reader.readexactly(int(length or 0)))

    async def _chunks(self) -> bytes:
        content = b""
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            content += (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readexactly(2)
        return content

    def close(self) -> None:
        """Close it at once, whatever was not sent or read."""
        self.writer.transport.abort()


def request(method: str, path: str, *headers: str, body: bytes = b"", length: int | None = None) -> bytes:
    """Return a request as bytes; `length` is what its head says where that is not the body's."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers]
    if method != "GET":
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join([*lines, "", ""]).encode() + body
