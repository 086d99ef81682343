"""uvicorn's HTTP protocol, which also takes an answer whole.

ASGI hands an answer over in two messages, each awaited; uvicorn checks every header of it by two regular
expressions and writes twice. For answers of a few hundred bytes that is a fifth of the server's work. This protocol
offers the ASGI extension `WHOLE_RESPONSE` ("Extensions", asgi.readthedocs.io): one call, one write. An application
that does not look for the extension is served as ever.

It goes by three things of uvicorn's httptools protocol that are no public interface: `_start_asgi_task` is called once
for each request, in order; a `RequestResponseCycle` has the attributes used below; `on_response` ends its
request. tests/unit/common/sockets/test_http_protocol.py fails where an upgrade changes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from weakref import ref

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from apps.common.sockets.bounded_http import BoundedHttpProtocol

WHOLE_RESPONSE = "ticketlive.http.response.whole"
"""The extension's name, in `scope["extensions"]`: a `WriteResponse`."""

Header = tuple[bytes, bytes]
CLOSES: Header = (b"connection", b"close")
WriteResponse = Callable[[int, Sequence[Header], bytes], bool]


class HttpProtocol(BoundedHttpProtocol):
    """Serves HTTP as uvicorn does, with an end to every connection, and offers `WHOLE_RESPONSE` to the application."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        extensions: dict[str, Any] = {WHOLE_RESPONSE: partial(write_response, ref(cycle))}
        cycle.scope["extensions"] = extensions
        super()._start_asgi_task(cycle, app)


def write_response(cycle_ref: ref[RequestResponseCycle], status: int, headers: Sequence[Header], body: bytes) -> bool:
    """Write a whole answer, and tell whether that could be done: where not, nothing was written.

    The scope holds this function and the cycle holds the scope, so the cycle is known by a weak reference: with a
    strong one each request would be left to the garbage collector, which costs more than the request. The server
    holds the cycle for as long as the application runs.

    It cannot be while the client reads too slowly (the caller then sends the usual messages, which wait), nor after
    an answer was begun. `headers` are in lower case and say the body's length, if there is one. An answer to a client
    that is gone counts as written, as it does in uvicorn. `CLOSES` among the headers ends the connection.

    Raises ValueError for a header with a line break.
    """
    cycle = cycle_ref()
    if cycle is None or cycle.flow.write_paused or cycle.response_started:
        return False
    if cycle.disconnected:
        return True
    head = b"".join([b"%b: %b\r\n" % header for header in headers])
    if head.count(b"\n") != len(headers) or head.count(b"\r") != len(headers):
        raise ValueError("a header of the answer has a line break")
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.message_event.set()
    end = b"\r\n"
    if CLOSES in headers:
        cycle.keep_alive = False
    elif not cycle.keep_alive:
        end = b"connection: close\r\n\r\n"
    cycle.transport.write(b"".join((STATUS_LINE[status], _of_the_server(cycle.default_headers), head, end, body)))
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True


class _Rendered:
    """The server's own headers, `date` above all, as they were rendered last."""

    headers: list[Header] | None = None
    text = b""


def _of_the_server(headers: list[Header]) -> bytes:
    """Render the headers that uvicorn adds to every answer: a new list each second, so that its identity tells."""
    if headers is not _Rendered.headers:
        _Rendered.headers = headers
        _Rendered.text = b"".join([b"%b: %b\r\n" % header for header in headers])
    return _Rendered.text
