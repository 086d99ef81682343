"""Lua scripts on a real server, from threads and from the event loop."""

import asyncio

import pytest
from redis import exceptions

from apps.common.redis import pipelined_redis, sync_redis
from apps.common.redis.scripts import Header, LuaScript

SOURCE = """\
-- count: add to a counter, and say what is in it.
-- KEYS[1] counter:{performance:ID}
-- ARGV[1] how much
-- returns the sum
return redis.call("INCRBY", KEYS[1], ARGV[1])
"""
KEYS = ["counter:{performance:1}"]


@pytest.fixture
def count() -> LuaScript:
    return LuaScript(SOURCE, header=Header.parse(SOURCE))


def test_a_thread_runs_a_script_that_the_server_has_lost(count: LuaScript) -> None:
    assert count.run(KEYS, [2]) == 2
    sync_redis().script_flush()

    assert count.run(KEYS, [3]) == 5
    assert sync_redis().script_exists(count.sha.decode()) == [True]


async def test_the_event_loop_runs_a_script_that_the_server_has_lost(count: LuaScript) -> None:
    await pipelined_redis().execute(b"SCRIPT", b"FLUSH")

    answers = await asyncio.gather(*[count.arun(KEYS, [1]) for _ in range(20)])

    assert sorted(answers) == list(range(1, 21))
    assert await pipelined_redis().execute(b"SCRIPT", b"EXISTS", count.sha) == [1]


async def test_the_tasks_of_a_loop_share_a_client_and_the_next_loop_has_another() -> None:
    first = pipelined_redis()

    async def other() -> object:
        assert pipelined_redis() is pipelined_redis()
        return pipelined_redis()

    assert await asyncio.create_task(other()) is not None
    assert pipelined_redis() is first
    assert await asyncio.to_thread(lambda: asyncio.run(other())) is not first


def test_a_mistake_in_a_script_is_the_scripts(count: LuaScript) -> None:
    sync_redis().set(KEYS[0], "no number")

    with pytest.raises(exceptions.ResponseError, match="not an integer"):
        count.run(KEYS, [1])
