"""Answers written whole: byte for byte what uvicorn itself sends, and only where that can be done."""

from __future__ import annotations

import asyncio
import gc
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import ref

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from apps.common.fastlane import Response
from apps.common.sockets.http_protocol import CLOSES, WHOLE_RESPONSE, HttpProtocol, write_response

DATE = (b"date", b"Mon, 30 Nov 2026 08:00:00 GMT")
JSON = (b"content-type", b"application/json")
TOO_MUCH = 64 * 1024 * 1024

written_whole: list[bool] = []


async def application(scope: Any, _receive: Any, send: Any) -> None:
    """Answer by the path: /204, /304, /408 with an end to the connection, /echo."""
    status = int(scope["path"][1:4]) if scope["path"][1:4].isdigit() else 200
    headers = (JSON, CLOSES) if status == 408 else (JSON,)
    response = Response(status, b"" if status in (204, 304) else scope["path"].encode(), headers)
    head_only = scope["method"] == "HEAD"
    whole = response.write(scope, head_only=head_only)
    written_whole.append(whole)
    if not whole:
        await response.send(send, head_only=head_only)


@asynccontextmanager
async def serving(
    protocol: type[HttpToolsProtocol],
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a server with this protocol."""
    config = uvicorn.Config(application, http=protocol, lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    state.default_headers = [DATE]

    def connection() -> asyncio.Protocol:
        return protocol(config=config, server_state=state, app_state={})

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        try:
            yield reader, writer
        finally:
            writer.close()


async def answers(protocol: type[HttpToolsProtocol], request: bytes) -> bytes:
    """Return all that a server with this protocol sends until the connection ends."""
    async with serving(protocol) as (reader, writer):
        writer.write(request)
        writer.write_eof()
        return await reader.read()


def request(line: str, *headers: str) -> bytes:
    return "\r\n".join([line, "Host: testserver", *headers, "", ""]).encode()


LAST = request("GET /last HTTP/1.1", "Connection: close")


@pytest.mark.parametrize(
    "sent",
    [
        request("GET /a HTTP/1.1") + LAST,
        request("HEAD /a HTTP/1.1") + LAST,
        request("GET /204 HTTP/1.1") + LAST,
        request("GET /304 HTTP/1.1") + LAST,
        request("GET /404 HTTP/1.1") + LAST,
        request("GET /408 HTTP/1.1") + LAST,
        request("GET /408 HTTP/1.1", "Connection: close"),
        request("GET /a HTTP/1.0"),
        request("GET /a HTTP/1.1", "Connection: close"),
        request("GET /a HTTP/1.1") + request("GET /b HTTP/1.1") + request("GET /c HTTP/1.1") + LAST,
        request("POST /a HTTP/1.1", "Content-Length: 5") + b"hello" + LAST,
    ],
    ids=[
        "get",
        "head",
        "204",
        "304",
        "404",
        "closed by the application",
        "closed by both",
        "http 1.0",
        "close",
        "pipelined",
        "body that nobody reads",
    ],
)
def test_an_answer_written_whole_is_what_uvicorn_sends(sent: bytes) -> None:
    written_whole.clear()
    ours = asyncio.run(answers(HttpProtocol, sent))
    assert written_whole
    assert all(written_whole)

    assert ours == asyncio.run(answers(HttpToolsProtocol, sent))
    assert not written_whole[-1]
    assert re.match(rb"HTTP/1.1 \d{3} ", ours)


class Transport:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data


class Flow:
    write_paused = False


def cycle_of(transport: Transport, flow: Flow) -> RequestResponseCycle:
    cycle: RequestResponseCycle = object.__new__(RequestResponseCycle)
    cycle.transport, cycle.flow = transport, flow  # type: ignore[assignment]
    cycle.default_headers, cycle.message_event, cycle.on_response = [DATE], asyncio.Event(), lambda: None
    cycle.disconnected = cycle.response_started = cycle.response_complete = False
    cycle.keep_alive = True
    return cycle


def test_an_answer_to_a_client_that_reads_too_slowly_is_left_to_the_messages_that_wait() -> None:
    transport, flow = Transport(), Flow()
    flow.write_paused = True
    cycle = cycle_of(transport, flow)

    assert not write_response(ref(cycle), 200, [JSON], b"{}")
    assert transport.written == b""


def test_an_answer_that_was_begun_is_not_written_a_second_time() -> None:
    transport = Transport()
    cycle = cycle_of(transport, Flow())

    assert write_response(ref(cycle), 200, [JSON], b"{}")
    once = transport.written
    assert not write_response(ref(cycle), 200, [JSON], b"{}")
    assert transport.written == once


def test_an_answer_to_a_client_that_is_gone_writes_nothing() -> None:
    transport = Transport()
    cycle = cycle_of(transport, Flow())
    cycle.disconnected = True

    assert write_response(ref(cycle), 200, [JSON], b"{}")
    assert transport.written == b""


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"a\nb", b"a\rb"])
def test_a_header_with_a_line_break_is_refused_before_anything_is_written(value: bytes) -> None:
    transport = Transport()

    cycle = cycle_of(transport, Flow())
    with pytest.raises(ValueError, match="line break"):
        write_response(ref(cycle), 200, [(b"x-request-id", value)], b"")
    assert transport.written == b""


def test_requests_leave_nothing_to_the_garbage_collector() -> None:
    left: list[RequestResponseCycle] = []

    async def ask_one_after_the_other() -> None:
        async with serving(HttpProtocol) as (reader, writer):
            gc.collect()
            gc.disable()
            gc.set_debug(gc.DEBUG_SAVEALL)
            for _ in range(20):
                writer.write(request("GET /a HTTP/1.1"))
                await reader.readuntil(b"/a")
            gc.collect()
            left.extend(found for found in gc.garbage if isinstance(found, RequestResponseCycle))

    try:
        asyncio.run(ask_one_after_the_other())
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert left == []


def test_every_request_is_offered_the_extension() -> None:
    offered: list[bool] = []

    async def look(scope: Any, _receive: Any, send: Any) -> None:
        offered.append(WHOLE_RESPONSE in scope["extensions"])
        await Response(204).send(send)

    config = uvicorn.Config(look, http=HttpProtocol, lifespan="off", log_config=None)
    assert config.http is HttpProtocol
    config.load()

    async def ask() -> None:
        loop = asyncio.get_running_loop()
        state = ServerState()
        server = await loop.create_server(
            lambda: HttpProtocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
        )
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
            writer.write(request("GET / HTTP/1.1") + LAST)
            await reader.read()
            writer.close()

    asyncio.run(ask())
    assert offered == [True, True]
