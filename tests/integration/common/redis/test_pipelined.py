"""The event loop's Redis client: many calls, one connection, and what happens when the server goes."""

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from redis import exceptions

from apps.common.errors import ServiceUnavailable
from apps.common.redis import translate_errors
from apps.common.redis.address import Address
from apps.common.redis.connection import CALLS_PER_WRITE
from apps.common.redis.pipelined import LONGEST_PAUSE_SECONDS, PipelinedRedis
from tests.servers import PrivateRedis
from tests.waiting import LONGEST_SECONDS


@pytest.fixture
async def client(redis_server: PrivateRedis) -> AsyncIterator[PipelinedRedis]:
    client = PipelinedRedis(Address(path=str(redis_server.socket)), timeout_seconds=0.3)
    yield client
    await client.aclose()


async def until(call: Callable[[], Any]) -> Any:
    """Repeat a call until Redis answers it."""
    async with asyncio.timeout(LONGEST_SECONDS):
        while True:
            try:
                return await call()
            except (exceptions.ConnectionError, exceptions.TimeoutError):
                await asyncio.sleep(0.01)


async def test_each_of_many_calls_at_once_gets_its_own_answer(client: PipelinedRedis) -> None:
    answers = await asyncio.gather(*[client.execute(b"ECHO", str(number)) for number in range(2000)])

    assert answers == [str(number).encode() for number in range(2000)]


async def test_the_calls_of_one_turn_leave_in_few_writes(
    client: PipelinedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.execute(b"PING")
    connection = client._connection
    assert connection is not None
    assert connection._transport is not None
    written: list[bytes] = []

    class Watched:
        def __init__(self, transport: asyncio.Transport) -> None:
            self.transport = transport

        def write(self, data: bytes) -> None:
            written.append(data)
            self.transport.write(data)

        def abort(self) -> None:
            self.transport.abort()

    monkeypatch.setattr(connection, "_transport", Watched(connection._transport))
    await asyncio.gather(*[client.execute(b"PING") for _ in range(3 * CALLS_PER_WRITE + 2)])

    assert len(written) == 4


async def test_a_refused_command_fails_alone(client: PipelinedRedis) -> None:
    await client.execute(b"SET", b"word", b"seat")

    answers = await asyncio.gather(
        client.execute(b"INCR", b"word"),
        client.execute(b"GET", b"word"),
        client.execute(b"EVALSHA", b"0" * 40, 0),
        client.execute(b"LRANGE", b"list", 0, -1),
        return_exceptions=True,
    )

    assert isinstance(answers[0], exceptions.ResponseError)
    assert answers[1] == b"seat"
    assert isinstance(answers[2], exceptions.NoScriptError)
    assert answers[3] == []


async def test_a_caller_that_gives_up_does_not_shift_the_answers(client: PipelinedRedis) -> None:
    first = client.execute(b"ECHO", b"first")
    second = client.execute(b"ECHO", b"second")
    first.cancel()

    assert await second == b"second"


async def test_an_argument_that_redis_has_no_form_for_spoils_nothing(client: PipelinedRedis) -> None:
    with pytest.raises(TypeError):
        client.execute(b"SET", b"key", None)

    assert await client.execute(b"ECHO", b"still here") == b"still here"


async def test_when_the_server_dies_all_waiting_calls_are_answered_503_and_later_ones_succeed(
    client: PipelinedRedis, redis_server: PrivateRedis
) -> None:
    await client.execute(b"SET", b"kept", b"yes")
    os.kill(redis_server.pid, signal.SIGSTOP)  # so that all calls surely wait when it dies

    async def call() -> Any:
        with translate_errors():
            return await client.execute(b"GET", b"kept")

    calls = [asyncio.create_task(call()) for _ in range(100)]
    await asyncio.sleep(0)
    redis_server.kill()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [ServiceUnavailable] * 100

    redis_server.start()
    assert await until(lambda: client.execute(b"PING")) == b"PONG"


async def test_a_server_that_does_not_answer_is_given_up_after_the_time_out(
    client: PipelinedRedis, redis_server: PrivateRedis
) -> None:
    await client.execute(b"PING")
    os.kill(redis_server.pid, signal.SIGSTOP)
    try:
        started = asyncio.get_running_loop().time()
        async with asyncio.timeout(LONGEST_SECONDS):
            outcomes = await asyncio.gather(*[client.execute(b"PING") for _ in range(3)], return_exceptions=True)
        took = asyncio.get_running_loop().time() - started
    finally:
        os.kill(redis_server.pid, signal.SIGCONT)

    assert [type(outcome) for outcome in outcomes] == [exceptions.TimeoutError] * 3
    assert took >= 0.3
    assert await until(lambda: client.execute(b"PING")) == b"PONG"


async def test_while_the_server_is_away_calls_fail_at_once_and_it_is_tried_now_and_then(
    client: PipelinedRedis, redis_server: PrivateRedis
) -> None:
    redis_server.kill()
    with pytest.raises(exceptions.ConnectionError, match="cannot be reached"):
        await client.execute(b"PING")

    with pytest.raises(exceptions.ConnectionError, match="is away"):
        client.execute(b"PING")
    assert client._not_before - asyncio.get_running_loop().time() <= LONGEST_PAUSE_SECONDS

    redis_server.start()
    assert await until(lambda: client.execute(b"PING")) == b"PONG"


async def test_a_call_that_waits_for_the_connection_is_sent_after_the_log_in(redis_server: PrivateRedis) -> None:
    with redis_server.client() as admin:
        admin.acl_setuser("seller", enabled=True, passwords=["+secret"], keys=["*"], commands=["+@all"])
    address = Address(path=str(redis_server.socket), db=5, username="seller", password="secret")
    client = PipelinedRedis(address)

    answers = await asyncio.gather(client.execute(b"ACL", b"WHOAMI"), client.execute(b"SET", b"here", 1))

    assert answers == [b"seller", b"OK"]
    with redis_server.client() as admin:
        assert admin.get("here") is None
        admin.select(5)
        assert admin.get("here") == b"1"
    await client.aclose()


@pytest.mark.parametrize("wrong", [{"password": "guess"}, {"db": 99}])
async def test_a_wrong_log_in_or_database_sends_nothing(redis_server: PrivateRedis, wrong: dict[str, Any]) -> None:
    with redis_server.client() as admin:
        admin.config_set("requirepass", "secret")
    address = Address(path=str(redis_server.socket), **{"password": "secret", **wrong})
    client = PipelinedRedis(address)

    with pytest.raises(exceptions.ConnectionError):
        await client.execute(b"SET", b"here", 1)

    await client.aclose()
    right = PipelinedRedis(Address(path=str(redis_server.socket), password="secret"))
    assert await right.execute(b"EXISTS", b"here") == 0
    await right.aclose()


async def test_a_lost_connection_leaves_no_complaint_behind(client: PipelinedRedis, redis_server: PrivateRedis) -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
    await client.execute(b"PING")
    redis_server.kill()
    await asyncio.gather(*[client.execute(b"PING") for _ in range(10)], return_exceptions=True)
    redis_server.start()
    await until(lambda: client.execute(b"PING"))
    gc.collect()

    assert complaints == []


async def test_a_connection_that_cannot_be_opened_for_whatever_reason_fails_its_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def open_wrongly(_address: Address, _protocol: object) -> None:
        raise UnicodeError("label too long")  # what the resolver says of some names

    monkeypatch.setattr(Address, "open", open_wrongly)
    client = PipelinedRedis(Address(path="/nowhere"))
    calls = [client.execute(b"PING") for _ in range(2)]

    async with asyncio.timeout(LONGEST_SECONDS):
        answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(answer) for answer in answers] == [exceptions.ConnectionError] * 2
