"""The crowd's HTTP client against a server that answers as each test has it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from apps.rehearsal.on_sale.client import Caller, Client
from apps.rehearsal.on_sale.figures import Figures

Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@asynccontextmanager
async def talking_to(
    answering: Answering, *, connections: int = 2, timeout_seconds: float = 60.0
) -> AsyncIterator[tuple[Client, Figures]]:
    server = await asyncio.start_server(answering, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    figures = Figures()
    url = f"http://127.0.0.1:{port}"
    try:
        async with Client(url, connections=connections, figures=figures, timeout_seconds=timeout_seconds) as client:
            yield client, figures
    finally:
        server.close()


def answering_each(*answers: bytes) -> Answering:
    """Answer the requests of each connection with these, one after the other, and then close."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for one in answers:
            if not await request_of(reader):
                break
            writer.write(one)
        writer.close()

    return answer


async def request_of(reader: asyncio.StreamReader) -> bytes:
    """Read one request, with its body; empty at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")), 0)
    return head + await reader.readexactly(length)


async def test_an_answer_comes_with_what_its_person_needs_of_it() -> None:
    head = b'HTTP/1.1 200 OK\r\nETag: W/"7"\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc'
    async with talking_to(answering_each(head)) as (client, figures):
        answer = await Caller(client).get("seats", b"/seats")

    assert (answer.status, answer.body, answer.etag, answer.is_gzip) == (200, b"abc", b'W/"7"', True)
    assert figures.kinds["seats"].outcomes == {"200": 1}


async def test_a_chunked_answer_is_put_together() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    async with talking_to(answering_each(chunked)) as (client, _):
        answer = await Caller(client).get("page", b"/")

    assert answer.body == b"abcde"


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
async def test_the_next_call_follows_an_answer_without_a_body_on_the_same_connection(status: bytes) -> None:
    empty = b"HTTP/1.1 " + status + b"\r\n\r\n"
    async with talking_to(answering_each(empty, OK), connections=1) as (client, _):
        first = await Caller(client).get("first", b"/")
        second = await Caller(client).get("second", b"/")

    assert (first.status, first.body) == (int(status[:3]), b"")
    assert second.status == 200


async def test_a_connection_that_the_server_ends_with_its_answer_is_replaced() -> None:
    closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
    async with talking_to(answering_each(closing), connections=1) as (client, _):
        statuses = [(await Caller(client).get("each", b"/")).status for _ in range(3)]

    assert statuses == [200, 200, 200]


async def test_a_call_onto_a_connection_that_was_just_closed_is_sent_once_more() -> None:
    taken: list[bytes] = []

    async def closes_at_the_second_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(await request_of(reader))
        writer.write(OK)
        taken.append(await request_of(reader))
        writer.close()

    async with talking_to(closes_at_the_second_request, connections=1) as (client, figures):
        await Caller(client).get("first", b"/first")
        answer = await Caller(client).get("second", b"/second")

    assert answer.status == 200
    assert [request.split()[1] for request in taken if request] == [b"/first", b"/second", b"/second"]
    assert figures.calls == 2


async def test_a_call_whose_fresh_connection_breaks_has_no_answer() -> None:
    async with talking_to(answering_each(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")) as (client, figures):
        answer = await Caller(client).get("half", b"/")

    assert (answer.status, answer.is_fault) == (0, True)
    assert figures.kinds["half"].outcomes == {"no answer": 1}
    assert figures.faults == 1


async def test_what_is_not_http_is_no_answer() -> None:
    async with talking_to(answering_each(b"220 mail.example ESMTP\r\n")) as (client, _):
        assert (await Caller(client).get("mail", b"/")).status == 0


async def test_a_call_is_given_up_when_its_time_is_over() -> None:
    async def never_answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with talking_to(never_answers, connections=1, timeout_seconds=0.2) as (client, _):
        calls = [Caller(client).get("silence", b"/") for _ in range(3)]  # one of them on the connection
        assert [answer.status for answer in await asyncio.gather(*calls)] == [0, 0, 0]


async def test_nobody_at_the_address_is_no_answer() -> None:
    figures = Figures()
    async with Client("http://127.0.0.1:9", connections=2, figures=figures) as client:
        answers = await asyncio.gather(*(Caller(client).get("nobody", b"/") for _ in range(5)))

    assert {answer.status for answer in answers} == {0}


async def test_calls_wait_in_their_order_for_one_of_few_connections() -> None:
    order: list[bytes] = []
    open_now: list[int] = [0]
    most: list[int] = [0]

    async def counts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_now[0] += 1
        most[0] = max(most[0], open_now[0])
        while request := await request_of(reader):
            order.append(request.split()[1])
            writer.write(OK)
        open_now[0] -= 1
        writer.close()

    paths = [b"/%d" % number for number in range(30)]
    async with talking_to(counts, connections=1) as (client, _):
        await asyncio.gather(*(Caller(client).get("each", path) for path in paths))
    assert order == paths

    async with talking_to(counts, connections=3) as (client, _):
        await asyncio.gather(*(Caller(client).get("each", path) for path in paths))
    assert most[0] <= 3


async def test_the_call_of_somebody_who_has_gone_is_not_sent() -> None:
    seen: list[bytes] = []
    may_answer = asyncio.Event()

    async def answers_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await request_of(reader):
            seen.append(request.split()[1])
            await may_answer.wait()
            writer.write(OK)
        writer.close()

    async with talking_to(answers_late, connections=1) as (client, _):
        first, second, third = (Caller(client).get("each", path) for path in (b"/1", b"/2", b"/3"))
        second.cancel()
        may_answer.set()
        await asyncio.gather(first, third)

    assert seen == [b"/1", b"/3"]


async def test_a_persons_calls_carry_the_token_and_the_body() -> None:
    seen: list[bytes] = []

    async def keeps(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await request_of(reader):
            seen.append(request)
            writer.write(OK)
        writer.close()

    async with talking_to(keeps, connections=1) as (client, _):
        person = Caller(client, token="abc")
        await person.send("order", b"POST", b"/api/orders", b'{"a":1}', extra=b"\r\nIdempotency-Key: k")
        await person.send("reserve", b"POST", b"/api/orders/x/reserve")
        await person.submit("window", b"/sandbox/window/x", b"choice=decline")

    order, reserve, window = seen
    assert order.startswith(b"POST /api/orders HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\nAuthorization: Bearer abc\r\nIdempotency-Key: k\r\nContent-Type: application/json\r\n" in order
    assert order.endswith(b'Content-Length: 7\r\n\r\n{"a":1}')
    assert reserve.endswith(b"\r\nContent-Length: 0\r\n\r\n")
    assert window.endswith(b"urlencoded\r\nContent-Length: 14\r\n\r\nchoice=decline")


async def test_what_is_cut_off_at_the_end_counts_as_no_answer_of_the_platform() -> None:
    async def never_answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with talking_to(never_answers, connections=1) as (client, figures):
        calls = [Caller(client).get("silence", b"/") for _ in range(2)]
        await asyncio.sleep(0)

    assert [answer.status for answer in await asyncio.gather(*calls)] == [0, 0]
    assert figures.calls == 0
