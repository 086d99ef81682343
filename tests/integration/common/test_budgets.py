"""A budget in Redis: so many at once, as many again evenly, and nothing taken by who is refused."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from apps.common.budgets import agive_back, spend, spending
from apps.common.errors import TooManyRequests
from apps.common.redis import pipelined_redis, sync_redis
from tests.lua_clock import LuaClock, put_under_clock
from tests.servers import PrivateRedis

ANN, BOB = ("u:1", "3/60"), ("u:2", "3/60")
KEY = "budget:{talk}"


@pytest.fixture
def redis() -> Redis:
    return sync_redis()


@pytest.fixture
def clock(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> LuaClock:
    put_under_clock(monkeypatch, spending)
    return LuaClock(redis)


def wait_of(who: tuple[str, ...]) -> int:
    """Spend once; return the seconds to wait, 0 where it went through."""
    try:
        spend("talk", who)
    except TooManyRequests as refusal:
        return int(refusal.headers()["Retry-After"])
    return 0


def test_so_many_at_once_and_as_many_again_evenly(clock: LuaClock) -> None:
    assert [wait_of(ANN) for _ in range(4)] == [0, 0, 0, 20]

    clock.advance(20)
    assert [wait_of(ANN), wait_of(ANN)] == [0, 20]
    clock.advance(60)
    assert [wait_of(ANN) for _ in range(4)] == [0, 0, 0, 20]


def test_everybody_has_a_budget_of_their_own(clock: LuaClock) -> None:
    for _ in range(3):
        wait_of(ANN)

    assert wait_of(BOB) == 0


def test_who_waits_as_told_is_let_through(clock: LuaClock) -> None:
    for _ in range(3):
        wait_of(ANN)
    clock.advance(7.3)

    clock.advance(wait_of(ANN))
    assert wait_of(ANN) == 0


def test_a_second_rate_makes_it_scarcer_with_use(clock: LuaClock) -> None:
    who = ("u:1", "2/60 4/3600")
    for _ in range(4):
        assert wait_of(who) == 0
        clock.advance(30)

    assert wait_of(who) > 600
    clock.advance(900)
    assert wait_of(who) == 0


def test_a_refusal_by_one_takes_nothing_from_the_other(clock: LuaClock, redis: Redis) -> None:
    address = ("n:203.0.113.7", "1/60")
    assert wait_of((*ANN, *address)) == 0
    before = redis.zrange(KEY, 0, -1, withscores=True)

    assert wait_of((*ANN, *address)) == 60
    assert redis.zrange(KEY, 0, -1, withscores=True) == before
    assert [wait_of(ANN), wait_of(ANN), wait_of(ANN)] == [0, 0, 20]


def test_at_once_from_many_threads_no_more_go_through_than_there_are() -> None:
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: wait_of(ANN), range(40)))

    assert waits.count(0) == 3


async def test_the_event_loop_and_threads_share_a_budget() -> None:
    for _ in range(3):
        await spend.arun("talk", ANN)

    assert await asyncio.to_thread(wait_of, ANN) > 0
    await pipelined_redis().aclose()


async def test_what_is_given_back_can_be_spent_again(clock: LuaClock, redis: Redis) -> None:
    for _ in range(3):
        wait_of(ANN)
    await agive_back(KEY, ANN)
    await agive_back(KEY, BOB)

    assert redis.zrange(KEY, 0, -1) == [b"u:1#1"], "who spent nothing is not written down"
    assert [wait_of(ANN), wait_of(ANN)] == [0, 20]
    assert [wait_of(BOB) for _ in range(4)] == [0, 0, 0, 20], "who spent nothing gets nothing"
    await pipelined_redis().aclose()


def test_what_has_come_back_is_forgotten(clock: LuaClock, redis: Redis) -> None:
    for number in range(100):
        wait_of((f"u:{number}", "3/60"))
    assert redis.zcard(KEY) == 100

    clock.advance(60)
    for number in range(7):
        wait_of((f"u:{number}", "3/60"))

    assert redis.zcard(KEY) <= 7
    assert 60 <= redis.ttl(KEY) <= 120


def test_a_short_rate_does_not_end_what_a_long_one_has_counted(clock: LuaClock, redis: Redis) -> None:
    wait_of(("u:1", "3/3600"))
    wait_of(("n:203.0.113.7", "3/60"))

    assert redis.ttl(KEY) >= 3600


def test_without_redis_each_process_counts_by_itself(redis_server: PrivateRedis) -> None:
    redis_server.kill()

    assert [wait_of(ANN) for _ in range(4)] == [0, 0, 0, 20]
    assert wait_of(BOB) == 0


async def test_what_cannot_be_given_back_without_redis_is_lost_and_nothing_fails(redis_server: PrivateRedis) -> None:
    redis_server.kill()

    await agive_back(KEY, ANN)

    await pipelined_redis().aclose()
