"""One HTTP/1.1 connection that takes a call after the other: bytes out, an answer in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, cast

import httptools

NO_ANSWER = 0


class Answer:
    """What came back; `status` is 0 when no answer came. The body is as it was sent: perhaps compressed."""

    __slots__ = ("body", "etag", "is_gzip", "location", "retry_after", "status")

    def __init__(self, status: int) -> None:
        self.status = status
        self.body = b""
        self.etag: bytes | None = None
        self.is_gzip = False
        self.location: bytes | None = None
        self.retry_after = 0.0

    @property
    def is_fault(self) -> bool:
        """Whether the platform failed: no answer, or a 5xx."""
        return self.status == NO_ANSWER or self.status >= 500  # noqa: PLR2004


class Call:
    """One call on its way. `started` is when its person made it, by the monotonic clock."""

    __slots__ = ("answered", "is_resent", "kind", "request", "started")

    def __init__(self, kind: str, request: bytes, *, started: float, answered: asyncio.Future[Answer]) -> None:
        self.kind = kind
        self.request = request
        self.started = started
        self.answered = answered
        self.is_resent = False


class Pool(Protocol):
    """Who owns the connections."""

    def opened(self, connection: Connection) -> None: ...

    def finished(self, connection: Connection, call: Call, answer: Answer) -> None: ...

    def broken(self, connection: Connection, call: Call | None, *, may_resend: bool) -> None: ...


class Connection(asyncio.Protocol):
    """Keeps one call at a time. The server's answers are read by httptools, which calls the `on_` methods."""

    __slots__ = ("_answer", "_body", "_has_answered", "_parser", "_pool", "_write", "call", "transport")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._parser: Any = httptools.HttpResponseParser(self)
        self._answer: Answer | None = None
        self._body: list[bytes] = []
        self._has_answered = False
        self._write: Callable[[bytes], None]
        self.transport: asyncio.Transport | None = None
        self.call: Call | None = None

    def send(self, call: Call) -> None:
        self.call = call
        self._write(call.request)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._write = self.transport.write
        self._pool.opened(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        call, self.call = self.call, None
        may_resend = self._has_answered and self._answer is None  # it was kept alive, and closed as the call left
        self._pool.broken(self, call, may_resend=may_resend)

    def abort(self) -> None:
        """Break off at once; whoever waits for an answer gets none."""
        if self.transport is not None:
            self.transport.abort()

    def on_message_begin(self) -> None:
        self._answer = Answer(NO_ANSWER)

    def on_header(self, name: bytes, value: bytes) -> None:
        answer = cast("Answer", self._answer)
        match name.lower():
            case b"etag":
                answer.etag = value
            case b"content-encoding":
                answer.is_gzip = value == b"gzip"
            case b"location":
                answer.location = value
            case b"retry-after":
                answer.retry_after = float(value) if value.isdigit() else 1.0
            case _:
                pass

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        answer, call = self._answer, self.call
        if answer is None or call is None:  # nobody has asked
            self.abort()
            return
        answer.status = self._parser.get_status_code()
        body = self._body
        if body:
            answer.body = body[0] if len(body) == 1 else b"".join(body)
            body.clear()
        if answer.status < 200:  # noqa: PLR2004 - an interim answer: the real one follows
            return
        self._answer = self.call = None
        self._has_answered = True
        is_kept = self._parser.should_keep_alive()
        self._pool.finished(self, call, answer)
        if not is_kept:
            self.abort()
