"""Many people's calls to one address over few connections, on the event loop alone.

The crowd shares its processors with those who serve it, so a call costs little here: its bytes are put together
once, it waits in a plain queue for a connection, and its answer is not looked into beyond what its person needs.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import deque
from typing import Self
from urllib.parse import urlsplit

from apps.rehearsal.on_sale.connection import NO_ANSWER, Answer, Call, Connection
from apps.rehearsal.on_sale.figures import Figures

TIMEOUT_SECONDS = 60.0
LOOK_SECONDS = 1.0


class Client:
    """Calls one address. The time of a call begins when it is made, so the wait for a connection counts.

    A call without an answer after `timeout_seconds`, or whose connection breaks, gets the status 0. As browsers do, a
    call is sent once more where a connection that had been kept alive was closed before a byte of the answer came.
    """

    def __init__(
        self, base_url: str, *, connections: int, figures: Figures, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        parts = urlsplit(base_url)
        self.base_url = base_url.rstrip("/")
        self.host = parts.netloc.encode()
        self._address = (parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._limit = connections
        self._timeout_seconds = timeout_seconds
        self._figures = figures
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._waiting: deque[Call] = deque()
        self._loop: asyncio.AbstractEventLoop
        self._is_closing = False

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._watching = self._loop.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_closing = True
        self._watching.cancel()
        for task in [*self._opening]:
            task.cancel()
        for connection in [*self._open]:
            connection.abort()
        while self._waiting:
            self._fail(self._waiting.popleft())
        await asyncio.sleep(0)

    @property
    def waiting(self) -> int:
        """How many calls have no connection yet."""
        return len(self._waiting)

    @property
    def in_flight(self) -> int:
        """How many calls wait for their answer, a connection or none."""
        return len(self._waiting) + len(self._open) - len(self._idle)

    def call(self, kind: str, request: bytes) -> asyncio.Future[Answer]:
        """Send the bytes of a request; the answer is counted under `kind`."""
        loop = self._loop
        call = Call(kind, request, started=time.monotonic(), answered=loop.create_future())
        if self._idle:
            self._idle.pop().send(call)
        else:
            self._waiting.append(call)
            self._open_another()
        return call.answered

    def opened(self, connection: Connection) -> None:
        self._open.add(connection)
        self._give_work(connection)

    def finished(self, connection: Connection, call: Call, answer: Answer) -> None:
        self._settle(call, answer)
        if connection.transport is not None and not connection.transport.is_closing():
            self._give_work(connection)

    def broken(self, connection: Connection, call: Call | None, *, may_resend: bool) -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if call is not None:
            if may_resend and not call.is_resent and not self._is_closing:
                call.is_resent = True
                self._waiting.appendleft(call)
            else:
                self._fail(call)
        self._open_another()

    def _give_work(self, connection: Connection) -> None:
        while self._waiting:
            call = self._waiting.popleft()
            if not call.answered.cancelled():  # its person has been called away before it was sent
                connection.send(call)
                return
        self._idle.append(connection)

    def _open_another(self) -> None:
        count = len(self._open) + len(self._opening)
        if count < self._limit and len(self._opening) < len(self._waiting) and not self._is_closing:
            task = self._loop.create_task(self._connect())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _connect(self) -> None:
        host, port = self._address
        try:
            await asyncio.wait_for(
                self._loop.create_connection(lambda: Connection(self), host, port, ssl=self._tls),
                self._timeout_seconds,
            )
        except (OSError, TimeoutError):
            if self._waiting:
                self._fail(self._waiting.popleft())

    def _settle(self, call: Call, answer: Answer) -> None:
        if not self._is_closing:  # what is cut off at the end is no answer of the platform's
            self._figures.count(call.kind, answer, started=call.started, ended=time.monotonic())
        if not call.answered.done():  # its person may have been called away
            call.answered.set_result(answer)

    def _fail(self, call: Call) -> None:
        self._settle(call, Answer(NO_ANSWER))

    async def _watch(self) -> None:
        """Give up what has waited for too long."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            oldest = time.monotonic() - self._timeout_seconds
            while self._waiting and self._waiting[0].started < oldest:
                self._fail(self._waiting.popleft())
            for connection in [*self._open]:
                if connection.call is not None and connection.call.started < oldest:
                    connection.abort()
            self._open_another()  # where an attempt to connect has failed, and people wait


class Caller:
    """One person's side of a client: the headers of each of their calls, put together once."""

    __slots__ = ("_client", "_headers")

    def __init__(self, client: Client, *, token: str = "", headers: bytes = b"") -> None:
        """`headers` are those of another caller of the same address; without them they are made, for the token."""
        if not headers:
            headers = b" HTTP/1.1\r\nHost: " + client.host
            if token:
                headers += b"\r\nAuthorization: Bearer " + token.encode()
        self._client = client
        self._headers = headers

    def over(self, client: Client) -> Caller:
        """The same person's calls over another client of the same address."""
        return Caller(client, headers=self._headers)

    def get(self, kind: str, path: bytes, extra: bytes = b"") -> asyncio.Future[Answer]:
        """GET a path; `extra` are further headers, each begun by CR LF."""
        return self._client.call(kind, b"GET " + path + self._headers + extra + b"\r\n\r\n")

    def send(
        self, kind: str, method: bytes, path: bytes, body: bytes = b"", *, extra: bytes = b""
    ) -> asyncio.Future[Answer]:
        """Send a body of JSON, or none."""
        head = method + b" " + path + self._headers + extra
        if not body:
            return self._client.call(kind, head + b"\r\nContent-Length: 0\r\n\r\n")
        length = b"\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        return self._client.call(kind, head + length + body)

    def submit(self, kind: str, path: bytes, form: bytes) -> asyncio.Future[Answer]:
        """POST a form."""
        length = b"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(form)
        return self._client.call(kind, b"POST " + path + self._headers + length + form)
