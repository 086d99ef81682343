"""uvicorn's HTTP protocol with an end to whatever a client can keep open.

uvicorn ends a connection that is idle between two requests. Nothing ends one that sends nothing at all, or a head
that never ends, or that goes on with a body whose answer is out. One look a second at all connections finds those by
what uvicorn keeps of each: a request costs nothing more. Those that do not read are the guard's (`sockets/guard.py`).
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from apps.common.event_loop.per_loop import PerLoop
from apps.common.sockets.early_refusals import early_refusals

LOOK_SECONDS = 1.0
HEAD_SECONDS = 15  # from the connection's beginning or the request's first byte on
REST_SECONDS = 10  # of whatever still comes, or is awaited, when the answer is out and is no new request
MAX_HEAD_BYTES = 64 * 1024
MAX_PIPELINED = 64  # requests that wait for the one before
PIECE_BYTES = 16 * 1024  # that are parsed in one go: the requests in it are made before their number is known

TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)
TOO_SLOW = (
    b"HTTP/1.1 408 Request Timeout\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)


class BoundedHttpProtocol(HttpToolsProtocol):
    """HTTP/1.1 of uvicorn, whose every connection ends."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._seen: tuple[str, object] | None = None  # the state that it was last seen in, for `_looks` in a row
        self._looks = 0
        self._head: object = None
        self._head_bytes = 0
        self._answered: Any = None  # the request that was begun last

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        _attendants().watch(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the application, which uvicorn does not where further requests wait behind the one it answers."""
        cycle = self._answered
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def data_received(self, data: bytes) -> None:
        """Parse what has come; close the connection where it is more of a head, or of requests, than anybody needs."""
        if early_refusals.are_on and self._is_refused_early(data):
            return
        if len(data) > PIECE_BYTES:
            for start in range(0, len(data), PIECE_BYTES):
                if self.transport.is_closing() or self.transport.get_protocol() is not self:
                    return
                self.data_received(data[start : start + PIECE_BYTES])
            return
        super().data_received(data)
        scope, cycle = self.scope, self.cycle
        if scope is not None and (cycle is None or cycle.scope is not scope):
            self._count_head(scope, len(data))
        elif len(self.pipeline) > MAX_PIPELINED:
            self.transport.abort()

    def _is_refused_early(self, data: bytes) -> bool:
        """Refuse a request by its bytes, where the connection has nothing else under way; say whether that was done."""
        scope, cycle = self.scope, self.cycle
        is_idle = scope is None or (cycle is not None and cycle.scope is scope and cycle.response_complete)
        if not is_idle or self.flow.write_paused:
            return False
        if scope is not None and cycle.more_body:
            return False
        answer = early_refusals.answer_to(data)
        if answer is None:
            return False
        self._seen = None
        self.transport.write(answer)
        self._begin_keep_alive()
        return True

    def _begin_keep_alive(self) -> None:
        """Let the time of an idle connection begin anew, as uvicorn does after each answer of its own."""
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _count_head(self, scope: Any, size: int) -> None:
        """Count the bytes of a head that has not ended yet."""
        if self._head is not scope:
            self._head, self._head_bytes = scope, 0
        self._head_bytes += size
        if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self._refuse(TOO_LARGE)

    def look(self) -> None:
        """End the connection if it has been in one of the states that have to pass for as long as it may be."""
        found = self._stuck()
        if found is None:
            self._seen = None
            return
        state, seconds, which = found
        if self._seen is None or self._seen[0] != state or self._seen[1] is not which:
            self._seen, self._looks = (state, which), 0
        self._looks += 1
        if self._looks * LOOK_SECONDS > seconds:
            if state == "head" and which is not None:
                self._refuse(TOO_SLOW)
            else:
                self.transport.abort()

    def _stuck(self) -> tuple[str, float, object] | None:
        """Return the state that has to pass, the seconds that it may last, and what it is one and the same by."""
        if self.transport.is_closing() or self.flow.write_paused:
            return None
        scope, cycle = self.scope, self.cycle
        if scope is None or cycle is None or cycle.scope is not scope:
            return "head", HEAD_SECONDS, scope
        is_idle = self.timeout_keep_alive_task is not None and not cycle.more_body  # uvicorn's own, until a byte comes
        if cycle.response_complete and not is_idle:
            return "rest", REST_SECONDS, cycle
        return None

    def _refuse(self, answer: bytes) -> None:
        """Answer where no request is being answered, and close."""
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(answer)
            self.transport.close()
        else:
            self.transport.abort()


class Attendant:
    """Looks at all connections of an event loop once a second, as long as there are any."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._connections: set[Any] = set()
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, protocol: BoundedHttpProtocol) -> None:
        """Look at a connection, and at all that uvicorn knows beside it, from now on."""
        self._connections = protocol.connections
        if self._timer is None:
            self._timer = self._loop.call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        for connection in list(self._connections):
            if isinstance(connection, BoundedHttpProtocol):
                connection.look()
        self._timer = self._loop.call_later(LOOK_SECONDS, self._look) if self._connections else None


_attendants = PerLoop(Attendant)
