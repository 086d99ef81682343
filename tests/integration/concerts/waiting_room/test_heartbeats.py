"""Who was told where they stand without Redis is as present as if it had been asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from redis import Redis

from apps.common.errors import ServiceUnavailable
from apps.common.fastlane import FastLane
from apps.concerts.models import Performance, WaitingRoomMode
from apps.concerts.waiting_room import board, fast, heartbeats, kept_positions, store
from apps.concerts.waiting_room.heartbeats import Heartbeat
from apps.concerts.waiting_room.keys import line_key, pass_keys, tick_keys, visit_keys
from apps.concerts.waiting_room.store import QueuePosition
from tests.factories import make_performance
from tests.fast_lane import client_of
from tests.integration.concerts.waiting_room.far_back import (
    FAR,
    LONG_HENCE,
    a_telling_that_fails,
    call,
    cell_of,
    heartbeat,
    join_far_back,
    set_cell,
    the_next_telling,
)
from tests.lua_clock import LuaClock, put_under_clock
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)

GONE = 1


@pytest.fixture(autouse=True)
def each_look_reads_the_board(monkeypatch: pytest.MonkeyPatch) -> None:
    put_under_clock(monkeypatch, board)
    put_under_clock(monkeypatch, heartbeats)
    monkeypatch.setattr(kept_positions, "BOARD_SECONDS", 0.0)


@pytest.fixture
def performance(clock: LuaClock) -> Performance:
    return make_performance(mode=WaitingRoomMode.QUEUE, in_redis=False)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Those about whom Redis was asked."""
    users: list[int] = []
    look = store.look

    async def noting(performance_id: int, user_id: int) -> QueuePosition:
        users.append(user_id)
        return await look(performance_id, user_id)

    monkeypatch.setattr(store, "look", noting)
    return users


async def no_such_address(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError(scope["path"])


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(FastLane(fast.ROUTES, fallback=no_such_address)) as client:
        yield client


async def test_who_was_told_without_redis_counts_as_present(
    client: httpx.AsyncClient, performance: Performance, redis: Redis, clock: LuaClock, asked: list[int]
) -> None:
    number = await join_far_back(client, performance, redis)
    before = cell_of(redis, performance, number)
    clock.advance(50)

    await call(client, "status", performance)
    await the_next_telling()

    assert asked == []
    assert cell_of(redis, performance, number) == pytest.approx(before + 50, abs=1)


async def test_it_is_told_by_itself(
    client: httpx.AsyncClient,
    performance: Performance,
    redis: Redis,
    clock: LuaClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heartbeats, "TELLING_SECONDS", 0.0)
    number = await join_far_back(client, performance, redis)
    for _ in range(2):
        before = cell_of(redis, performance, number)
        clock.advance(50)
        await call(client, "status", performance)
        await until(lambda before=before: cell_of(redis, performance, number) > before)  # type: ignore[misc]


async def test_what_could_not_be_told_is_told_by_itself(
    client: httpx.AsyncClient,
    performance: Performance,
    redis: Redis,
    clock: LuaClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    number = await join_far_back(client, performance, redis)
    before = cell_of(redis, performance, number)
    clock.advance(50)
    answers: list[Any] = [ServiceUnavailable, ServiceUnavailable]
    real = heartbeats.count_present.arun

    async def refuse_twice(performance_id: int, some: list[Heartbeat]) -> list[int]:
        if answers:
            raise answers.pop()
        return await real(performance_id, some)

    monkeypatch.setattr(heartbeats.count_present, "arun", refuse_twice)
    monkeypatch.setattr(heartbeats, "TELLING_SECONDS", 0.0)
    await call(client, "status", performance)

    await until(lambda: cell_of(redis, performance, number) > before)


async def test_at_the_end_of_a_process_what_is_left_is_told(
    client: httpx.AsyncClient, performance: Performance, redis: Redis, clock: LuaClock
) -> None:
    number = await join_far_back(client, performance, redis)
    before = cell_of(redis, performance, number)
    clock.advance(50)
    await call(client, "status", performance)

    await kept_positions.close_kept_positions()

    assert cell_of(redis, performance, number) > before


async def test_a_crowd_is_told_in_short_calls(
    client: httpx.AsyncClient, performance: Performance, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    await join_far_back(client, performance, redis)
    sizes = []
    real = heartbeats.count_present.arun

    async def noting(performance_id: int, some: list[Heartbeat]) -> list[int]:
        sizes.append(len(some))
        return await real(performance_id, some)

    monkeypatch.setattr(heartbeats.count_present, "arun", noting)
    crowd = range(1_000, 1_000 + 2 * heartbeats.AT_ONCE + 1)
    for user in crowd:
        redis.hset(visit_keys(performance.pk, user)[1], str(user % 100), FAR + user)
        kept_positions.kept_positions().heartbeats.note(performance.pk, user, FAR + user, LONG_HENCE)

    await the_next_telling()

    assert sizes == [heartbeats.AT_ONCE, heartbeats.AT_ONCE, 1]
    assert {cell_of(redis, performance, FAR + user) for user in crowd} == {LONG_HENCE}


async def test_who_left_through_another_process_is_found_by_the_next_telling(
    client: httpx.AsyncClient, performance: Performance, redis: Redis
) -> None:
    number = await join_far_back(client, performance, redis)
    await store.leave(performance.pk, 1)

    await call(client, "status", performance)
    await the_next_telling()

    assert (await call(client, "status", performance)).status_code == 404
    assert cell_of(redis, performance, number) == GONE


async def test_who_left_and_came_back_through_another_process_has_the_new_number(
    client: httpx.AsyncClient, performance: Performance, redis: Redis
) -> None:
    await join_far_back(client, performance, redis)
    await store.leave(performance.pk, 1)
    new = (await store.join(performance.pk, 1)).number

    await call(client, "status", performance)
    await the_next_telling()

    assert (await call(client, "status", performance)).json()["number"] == new


async def test_presence_is_only_made_longer(client: httpx.AsyncClient, performance: Performance, redis: Redis) -> None:
    number = await join_far_back(client, performance, redis)
    before = cell_of(redis, performance, number)

    found = await heartbeats.count_present.arun(performance.pk, [heartbeat(number, ends=before - 1)])

    assert found == []
    assert cell_of(redis, performance, number) == before


async def test_a_number_that_was_passed_keeps_the_time_since_when_it_was(
    client: httpx.AsyncClient, performance: Performance, redis: Redis
) -> None:
    number = await join_far_back(client, performance, redis)
    redis.hset(line_key(performance.pk), "cursor", number)
    before = cell_of(redis, performance, number)

    found = await heartbeats.count_present.arun(performance.pk, [heartbeat(number)])

    assert found == [0]
    assert cell_of(redis, performance, number) == before


async def test_a_number_that_is_gone_stays_so(
    client: httpx.AsyncClient, performance: Performance, redis: Redis
) -> None:
    number = await join_far_back(client, performance, redis)
    set_cell(redis, performance, number, GONE)

    assert await heartbeats.count_present.arun(performance.pk, [heartbeat(number)]) == [0]
    assert cell_of(redis, performance, number) == GONE


async def test_a_number_that_has_another_owner_is_not_kept_for_them_by_others(
    client: httpx.AsyncClient, performance: Performance, redis: Redis
) -> None:
    """Redis came back from a copy that did not have the last to join, and gave the number out once more."""
    number = await join_far_back(client, performance, redis)
    redis.hdel(visit_keys(performance.pk, 1)[1], "1")
    redis.hset(visit_keys(performance.pk, 2)[1], "2", number)
    before = cell_of(redis, performance, number)

    found = await heartbeats.count_present.arun(performance.pk, [heartbeat(number)])

    assert found == [0]
    assert cell_of(redis, performance, number) == before


@pytest.mark.parametrize("pass_end", [LONG_HENCE, -LONG_HENCE], ids=["running", "about to begin"])
async def test_who_has_a_pass_is_for_redis_to_tell(
    client: httpx.AsyncClient, performance: Performance, redis: Redis, pass_end: int
) -> None:
    number = await join_far_back(client, performance, redis)
    redis.zadd(pass_keys(performance.pk)[0], {"1": pass_end})

    assert await heartbeats.count_present.arun(performance.pk, [heartbeat(number)]) == [0]


async def test_of_a_line_that_is_not_there_nobody_is_counted(performance: Performance, redis: Redis) -> None:
    assert await heartbeats.count_present.arun(performance.pk, [heartbeat(FAR)]) == []
    assert not redis.exists(tick_keys(performance.pk)[1])


async def test_while_redis_cannot_be_told_it_is_asked(
    client: httpx.AsyncClient,
    performance: Performance,
    redis: Redis,
    clock: LuaClock,
    asked: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Redis may take no writes and answer what only reads: nobody is told a place that they then lose."""
    number = await join_far_back(client, performance, redis)
    before = cell_of(redis, performance, number)
    clock.advance(50)
    await call(client, "status", performance)

    await a_telling_that_fails(monkeypatch)
    await call(client, "status", performance, user=1)
    is_asked = list(asked)
    set_cell(redis, performance, number, 2)
    await the_next_telling()
    await call(client, "status", performance, user=1)

    assert is_asked == asked == [1]
    assert cell_of(redis, performance, number) == pytest.approx(before + 50, abs=1)
