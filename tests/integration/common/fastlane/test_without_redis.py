"""What a crowd on the fast lane is told while Redis is away."""

import asyncio
import os
import signal
from typing import Any

import httpx
import pytest

from apps.common.fastlane import FastLane, Request, Response, Route, json_response
from apps.common.redis import pipelined_redis
from apps.common.redis.scripts import Header, LuaScript
from tests.fast_lane import bearer, client_of
from tests.servers import PrivateRedis
from tests.waiting import LONGEST_SECONDS

SOURCE = """\
-- join: give out the next number.
-- KEYS[1] line:{performance:ID}
-- returns the number
return redis.call("INCR", KEYS[1])
"""
SCRIPT = LuaScript(SOURCE, header=Header.parse(SOURCE))


async def join(request: Request) -> Response:
    return json_response(200, {"number": await SCRIPT.arun([f"line:{{performance:{request.path_params['id']}}}"])})


async def nowhere(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("the fast lane has this address")


@pytest.fixture
def lane() -> FastLane:
    return FastLane([Route("POST", "/lines/{id:int}/join", join)], fallback=nowhere)


async def test_a_crowd_is_answered_503_when_redis_dies_and_served_when_it_is_back(
    lane: FastLane, redis_server: PrivateRedis
) -> None:
    async with client_of(lane) as client:

        async def ask() -> httpx.Response:
            return await client.post("/lines/1/join", headers=bearer())

        assert (await ask()).json() == {"number": 1}
        os.kill(redis_server.pid, signal.SIGSTOP)
        crowd = [asyncio.create_task(ask()) for _ in range(50)]
        await asyncio.sleep(0)
        redis_server.kill()
        refused = await asyncio.gather(*crowd)
        redis_server.start()
        async with asyncio.timeout(LONGEST_SECONDS):
            while (served := await ask()).status_code != 200:
                await asyncio.sleep(0.01)

    assert {answer.status_code for answer in refused} == {503}
    assert {answer.json()["code"] for answer in refused} == {"service_unavailable"}
    assert {answer.headers["retry-after"] for answer in refused} == {"1"}
    assert served.json()["number"] >= 2
    await pipelined_redis().aclose()
