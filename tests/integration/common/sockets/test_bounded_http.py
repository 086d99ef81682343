"""Every connection to uvicorn ends, whatever its client does or leaves; one that is used in earnest stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from apps.common.sockets import bounded_http
from apps.common.sockets.bounded_http import MAX_HEAD_BYTES, MAX_PIPELINED, BoundedHttpProtocol
from apps.common.sockets.early_refusals import early_refusals
from tests.waiting import LONGEST_SECONDS, until

GET = b"GET /small HTTP/1.1\r\nHost: here\r\n\r\n"
LARGE_BYTES = 32 * 1024 * 1024


class Served:
    """An application behind the protocol; `under_way` is how many requests it is answering.

    `/waits` is answered when `free`, and `/stays` never: `gone` is how many of its clients were told to be gone.
    """

    def __init__(self) -> None:
        self.under_way = 0
        self.free = asyncio.Event()
        self.gone = 0
        self.state = ServerState()
        self.config: Config
        self.port = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.under_way += 1
        try:
            if scope["path"] == "/waits":
                await self.free.wait()
            if scope["path"] == "/stays":
                while (await receive())["type"] != "http.disconnect":
                    pass
                self.gone += 1
                return
            body = b"x" * LARGE_BYTES if scope["path"] == "/large" else b"small"
            close = [(b"connection", b"close")] if scope["query_string"] == b"close" else []
            headers = [(b"content-length", str(len(body)).encode()), *close]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            for start in range(0, len(body), 65_536):
                await send({"type": "http.response.body", "body": body[start : start + 65_536], "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            self.under_way -= 1

    async def connect(self, sent: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent)
        return reader, writer

    async def until_closed(self, sent: bytes) -> bytes:
        """Send something, and return all that is said until the server closes."""
        reader, writer = await self.connect(sent)
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.close()


@pytest.fixture
async def served(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    monkeypatch.setattr(bounded_http, "LOOK_SECONDS", 0.01)
    for name in ("HEAD_SECONDS", "REST_SECONDS"):
        monkeypatch.setattr(bounded_http, name, 0.1)
    application = Served()
    config = application.config = Config(application, log_config=None, ws="none", lifespan="off")
    config.load()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: BoundedHttpProtocol(config=config, server_state=application.state, app_state={}), "127.0.0.1", 0
    )
    application.port = server.sockets[0].getsockname()[1]
    yield application
    server.close()
    for connection in list(application.state.connections):
        connection.transport.abort()
    await until(lambda: not application.state.connections)


async def _trickle(writer: asyncio.StreamWriter, piece: bytes) -> None:
    while True:
        writer.write(piece)
        await asyncio.sleep(bounded_http.LOOK_SECONDS)


async def test_who_says_nothing_is_sent_away(served: Served) -> None:
    assert await served.until_closed(b"") == b""


async def test_a_head_that_does_not_end_is_refused_in_time(served: Served) -> None:
    assert (await served.until_closed(GET[:-2])).startswith(b"HTTP/1.1 408 ")


async def test_a_second_head_that_does_not_end_is_refused_too(served: Served) -> None:
    said = await served.until_closed(GET + GET[:-2])

    assert said.count(b"HTTP/1.1 200 ") == 1
    assert b"HTTP/1.1 408 " in said


async def test_a_head_that_trickles_is_no_longer_than_one_that_stands_still(served: Served) -> None:
    reader, writer = await served.connect(GET[:-2])
    trickling = asyncio.ensure_future(_trickle(writer, b"a: b\r\n"))
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            said = await reader.read()
    except ConnectionResetError:
        said = b""
    finally:
        trickling.cancel()
        writer.close()
    assert b" 200 " not in said


async def test_a_head_has_a_size(served: Served) -> None:
    reader, writer = await served.connect(GET[:-2] + b"a: " + b"x" * MAX_HEAD_BYTES)
    async with asyncio.timeout(LONGEST_SECONDS):
        assert (await reader.readline()).startswith(b"HTTP/1.1 431 ")
    writer.close()


async def test_what_comes_after_the_answer_and_is_no_request_does_not_keep_the_connection(served: Served) -> None:
    head = b"POST /small HTTP/1.1\r\nHost: here\r\nContent-Length: 1000\r\n\r\n"
    reader, writer = await served.connect(head)
    async with asyncio.timeout(LONGEST_SECONDS):
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
        writer.write(b"x")
        await reader.read()  # until it is closed
    writer.close()


async def test_who_is_refused_before_the_body_has_come_has_no_idle_client_s_time_for_it(served: Served) -> None:
    served.config.timeout_keep_alive = int(LONGEST_SECONDS)
    head = b"POST /small HTTP/1.1\r\nHost: here\r\nContent-Length: 1000\r\n\r\n"

    assert (await served.until_closed(head)).startswith(b"HTTP/1.1 200 ")


async def test_a_body_that_trickles_behind_its_refusal_keeps_the_connection_no_longer(served: Served) -> None:
    head = b"POST /small HTTP/1.1\r\nHost: here\r\nContent-Length: 100000\r\n\r\n"
    reader, writer = await served.connect(head)
    async with asyncio.timeout(LONGEST_SECONDS):
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
        trickling = asyncio.ensure_future(_trickle(writer, b"x"))
        with suppress(ConnectionResetError):
            await reader.read()
    trickling.cancel()
    writer.close()


async def test_more_requests_than_anybody_sends_at_once_end_the_connection(served: Served) -> None:
    said = await served.until_closed(GET * 10 * MAX_PIPELINED)

    assert said.count(b"HTTP/1.1 200 ") < 10 * MAX_PIPELINED


async def test_requests_in_one_go_are_answered_in_order_and_the_connection_stays(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[BoundedHttpProtocol] = []
    look = BoundedHttpProtocol.look
    monkeypatch.setattr(BoundedHttpProtocol, "look", lambda protocol: looks.append(protocol) or look(protocol))
    reader, writer = await served.connect(GET * 10)
    answer = b"content-length: 5\r\n\r\nsmall"
    async with asyncio.timeout(LONGEST_SECONDS):
        for _ in range(10):
            await reader.readuntil(answer)
        seen = len(looks)
        await until(lambda: len(looks) > seen + 30)  # more than would end it
        writer.write(GET)
        await reader.readuntil(answer)
    writer.close()


async def test_whose_client_is_gone_is_told_so_though_others_wait_behind_it(served: Served) -> None:
    _, writer = await served.connect(GET.replace(b"/small", b"/stays") * 3)
    await until(lambda: served.under_way and at(served)[0].pipeline)

    writer.transport.abort()

    await until(lambda: served.gone)
    await until(lambda: not served.under_way)
    assert served.gone == 1, "the others never begin"


CALL = b"GET /line/7 HTTP/1.1\r\nHost: here\r\n\r\n"
REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 4\r\ncontent-length: 0\r\n\r\n"
ANSWER = b"content-length: 5\r\n\r\nsmall"


@pytest.fixture
def overload(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line's calls are refused by their bytes."""
    early_refusals.given = 0
    early_refusals.set_up(["/line/{id}"], [REFUSAL])
    monkeypatch.setattr(early_refusals, "are_on", True)


async def test_under_overload_a_call_is_refused_by_its_bytes_and_the_connection_goes_on(
    served: Served, overload: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = await served.connect(b"")
    async with asyncio.timeout(LONGEST_SECONDS):
        for are_on, request, expected in (
            (True, CALL, REFUSAL),
            (True, GET, ANSWER),
            (True, CALL, REFUSAL),
            (False, CALL, ANSWER),
            (True, CALL[:10], b""),
            (True, CALL[10:], ANSWER),  # it was begun before it was known
        ):
            monkeypatch.setattr(early_refusals, "are_on", are_on)
            writer.write(request)
            await writer.drain()
            if expected:
                said = await reader.readuntil(expected)
                assert said.startswith(b"HTTP/1.1 503 " if expected is REFUSAL else b"HTTP/1.1 200 ")
            else:
                await until(lambda: is_amid_a_head(served))
    writer.close()


async def test_no_refusal_goes_before_the_answer_to_an_earlier_request(served: Served, overload: None) -> None:
    reader, writer = await served.connect(GET.replace(b"/small", b"/waits"))
    await until(lambda: served.under_way)
    writer.write(CALL)
    await until(lambda: at(served)[0].pipeline or early_refusals.given)
    served.free.set()

    async with asyncio.timeout(LONGEST_SECONDS):
        for _ in range(2):
            assert (await reader.readuntil(ANSWER)).startswith(b"HTTP/1.1 200 ")
    writer.close()


@pytest.mark.parametrize("before", [0, 1])
async def test_what_looks_like_a_call_of_the_crowd_within_a_head_is_of_that_head(
    served: Served, overload: None, before: int
) -> None:
    reader, writer = await served.connect(GET * before + b"GET /small HTTP/1.1\r\nX: ")
    async with asyncio.timeout(LONGEST_SECONDS):
        for _ in range(before):
            await reader.readuntil(ANSWER)
        await until(
            lambda: any(one.scope and (one.cycle is None or one.scope is not one.cycle.scope) for one in at(served))
        )
        writer.write(CALL)
        assert (await reader.readuntil(ANSWER)).startswith(b"HTTP/1.1 200 ")
    writer.close()


async def test_a_body_that_looks_like_a_call_of_the_crowd_is_a_body(
    served: Served, overload: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_http, "REST_SECONDS", LONGEST_SECONDS)
    head = b"POST /small HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n" % len(CALL)
    reader, writer = await served.connect(head)
    async with asyncio.timeout(LONGEST_SECONDS):
        await reader.readuntil(ANSWER)
        writer.write(CALL)
        await until(lambda: at(served)[0].timeout_keep_alive_task is None)  # it has been received
        writer.write(GET)
        assert (await reader.readuntil(ANSWER)).startswith(b"HTTP/1.1 200 ")
    writer.close()


async def test_who_does_not_read_gets_no_more_refusals_into_a_full_buffer(served: Served, overload: None) -> None:
    reader, writer = await served.connect(GET)
    async with asyncio.timeout(LONGEST_SECONDS):
        await reader.readuntil(ANSWER)
        flow = at(served)[0].flow
        flow.pause_writing()
        writer.write(CALL)
        await until(lambda: served.under_way or early_refusals.given)
        flow.resume_writing()
        assert (await reader.readuntil(ANSWER)).startswith(b"HTTP/1.1 200 ")
    writer.close()


async def test_who_is_refused_by_bytes_has_the_time_of_an_idle_connection_from_there_on(
    served: Served, overload: None
) -> None:
    reader, writer = await served.connect(GET)
    async with asyncio.timeout(LONGEST_SECONDS):
        await reader.readuntil(ANSWER)
        before = at(served)[0].timeout_keep_alive_task
        writer.write(CALL)
        await reader.readuntil(REFUSAL)
    after = at(served)[0].timeout_keep_alive_task
    writer.close()

    assert before.cancelled()
    assert after.when() > before.when()


async def test_who_says_nothing_after_a_refusal_by_bytes_is_sent_away_as_any_idle_client(
    served: Served, overload: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_http, "HEAD_SECONDS", LONGEST_SECONDS)
    served.config.timeout_keep_alive = 0  # in the next turn

    assert await served.until_closed(CALL) == REFUSAL


async def test_whoever_is_refused_by_bytes_again_and_again_keeps_the_connection(
    served: Served, overload: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[BoundedHttpProtocol] = []
    look = BoundedHttpProtocol.look
    monkeypatch.setattr(BoundedHttpProtocol, "look", lambda protocol: looks.append(protocol) or look(protocol))
    reader, writer = await served.connect(b"")
    async with asyncio.timeout(LONGEST_SECONDS):
        for _ in range(5):
            seen = len(looks)
            writer.write(CALL)
            await reader.readuntil(REFUSAL)
            await until(lambda: len(looks) > seen + 5)  # noqa: B023 - five of them are more than one may be silent for
    writer.close()


def at(served: Served) -> list[Any]:
    return list(served.state.connections)


def is_amid_a_head(served: Served) -> bool:
    return any(one.scope and (one.cycle is None or one.cycle.scope is not one.scope) for one in at(served))
