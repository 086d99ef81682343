"""Who waits far from their turn is told where they stand without Redis, as Redis would tell it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from asgiref.sync import sync_to_async
from redis import Redis

from apps.common.fastlane import FastLane
from apps.concerts.models import Performance, WaitingRoomMode
from apps.concerts.waiting_room import board, fast, heartbeats, kept_positions, store
from apps.concerts.waiting_room.board import Boards
from apps.concerts.waiting_room.kept_positions import KeptPositions
from apps.concerts.waiting_room.keys import line_key, pass_keys
from apps.concerts.waiting_room.queue_token import read_queue_token
from apps.concerts.waiting_room.services.change_waiting_room import change_waiting_room
from apps.concerts.waiting_room.services.tick_waiting_rooms import tick_waiting_rooms
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
    the_next_telling,
)
from tests.lua_clock import LuaClock, put_under_clock

pytestmark = pytest.mark.django_db(transaction=True)

NEAR = 50


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


# What is told


async def test_who_has_joined_is_told_where_they_stand_without_redis(
    client: httpx.AsyncClient, performance: Performance, redis: Redis, asked: list[int]
) -> None:
    number = await join_far_back(client, performance, redis)

    answers = [(await call(client, "status", performance)).json() for _ in range(3)]

    assert asked == []
    assert {(answer["status"], answer["number"], answer["ahead"]) for answer in answers} == {("WAITING", number, FAR)}


async def test_a_process_that_does_not_know_somebody_asks_redis_once(
    client: httpx.AsyncClient, performance: Performance, redis: Redis, asked: list[int]
) -> None:
    await join_far_back(client, performance, redis)
    kept_positions.kept_positions().forget(performance.pk, 1)

    for _ in range(3):
        await call(client, "status", performance)

    assert asked == [1]


async def test_both_answers_are_the_same(
    client: httpx.AsyncClient, performance: Performance, redis: Redis, clock: LuaClock, asked: list[int]
) -> None:
    await join_far_back(client, performance, redis)
    clock.advance(30)
    await sync_to_async(tick_waiting_rooms)()

    kept = (await call(client, "status", performance)).json()
    kept_positions.kept_positions().forget(performance.pk, 1)
    of_redis = (await call(client, "status", performance)).json()

    assert asked == [1]
    for answer in (kept, of_redis):
        assert 0.85 * 60 - 0.1 <= answer.pop("poll_after_seconds") <= 1.15 * 60
    assert kept.pop("eta_seconds") == pytest.approx(of_redis.pop("eta_seconds"), abs=1)
    assert kept == of_redis
    assert list(kept) == list(of_redis)


async def test_a_line_that_moves_is_told_of(
    client: httpx.AsyncClient, performance: Performance, redis: Redis, asked: list[int]
) -> None:
    await join_far_back(client, performance, redis)
    redis.hset(line_key(performance.pk), "cursor", 1_000)

    answer = (await call(client, "status", performance)).json()

    assert (answer["ahead"], answer["now_serving"]) == (FAR - 1_000, 1_000)
    assert asked == []


async def test_a_place_is_signed_anew_after_a_while(
    client: httpx.AsyncClient, performance: Performance, redis: Redis, clock: LuaClock
) -> None:
    await join_far_back(client, performance, redis)
    places = []
    for seconds in (0, 300, 301):
        clock.advance(seconds)
        places.append((await call(client, "status", performance)).json()["place"])

    assert places[0] == places[1] != places[2]
    ages = [clock.now - read_queue_token(place, performance_id=performance.pk, user_id=1).signed_at for place in places]
    assert ages == [601, 601, 0]


async def test_many_looks_of_a_moment_cost_one_reading(
    client: httpx.AsyncClient, performance: Performance, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_positions, "BOARD_SECONDS", 3600.0)
    await join_far_back(client, performance, redis)
    await call(client, "status", performance)
    redis.config_resetstat()

    for _ in range(50):
        await call(client, "status", performance)

    calls = redis.info("commandstats")
    assert sum(calls.get(name, {"calls": 0})["calls"] for name in ("cmdstat_eval", "cmdstat_evalsha")) == 0


# Who is for Redis to tell


@pytest.mark.parametrize("cursor", [FAR - NEAR, FAR + 1], ids=["nearly", "called"])
async def test_near_the_turn_redis_is_asked(
    client: httpx.AsyncClient, performance: Performance, redis: Redis, asked: list[int], cursor: int
) -> None:
    await join_far_back(client, performance, redis)
    await call(client, "status", performance)
    redis.hset(line_key(performance.pk), "cursor", cursor)

    for _ in range(2):
        await call(client, "status", performance)

    assert asked == [1, 1]


@pytest.mark.parametrize("mode", ["PAUSED", "CLOSED", "OPEN"])
async def test_another_mode_is_told_at_once(
    client: httpx.AsyncClient, performance: Performance, redis: Redis, mode: str
) -> None:
    await join_far_back(client, performance, redis)
    await call(client, "status", performance)
    await sync_to_async(change_waiting_room)(performance.pk, actor=None, mode=mode)

    assert (await call(client, "status", performance)).json()["status"] == mode


async def test_after_staff_have_changed_the_line_redis_is_asked_once(
    client: httpx.AsyncClient, performance: Performance, redis: Redis, asked: list[int]
) -> None:
    """Who holds seats since a time with an open door has a pass, of which only Redis knows."""
    await join_far_back(client, performance, redis)
    await sync_to_async(change_waiting_room)(performance.pk, actor=None, mode="OPEN")
    redis.zadd(pass_keys(performance.pk)[0], {"1": LONG_HENCE})
    await sync_to_async(change_waiting_room)(performance.pk, actor=None, mode="QUEUE")

    answers = [(await call(client, "status", performance)).json()["status"] for _ in range(2)]

    assert answers == ["ADMITTED", "ADMITTED"]
    assert asked == [1, 1]


async def test_who_leaves_is_not_in_line_any_more(
    client: httpx.AsyncClient, performance: Performance, redis: Redis
) -> None:
    await join_far_back(client, performance, redis)
    await call(client, "status", performance)

    await call(client, "leave", performance)

    assert (await call(client, "status", performance)).status_code == 404
    await the_next_telling()
    assert (await call(client, "status", performance)).status_code == 404


async def test_a_line_that_was_lost_knows_nobody_and_is_made_anew(
    client: httpx.AsyncClient, performance: Performance, redis: Redis, clock: LuaClock
) -> None:
    await join_far_back(client, performance, redis)
    await call(client, "status", performance)
    redis.flushall()
    clock.advance(0)

    assert (await call(client, "status", performance)).json()["code"] == "not_in_line"
    assert store.has_line(performance.pk)


async def test_a_number_of_an_earlier_life_of_the_line_is_not_told(
    client: httpx.AsyncClient, performance: Performance, redis: Redis, clock: LuaClock
) -> None:
    await join_far_back(client, performance, redis)
    redis.flushall()
    clock.advance(1)
    await call(client, "join", performance, user=2)

    assert (await call(client, "status", performance)).json()["code"] == "not_in_line"


async def test_who_is_in_line_no_more_is_not_told_so_and_then_a_place(
    client: httpx.AsyncClient, performance: Performance, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    await join_far_back(client, performance, redis)
    await store.leave(performance.pk, 1)
    kept_positions.kept_positions().heartbeats.note(performance.pk, *heartbeat(1, user=99))
    await a_telling_that_fails(monkeypatch)

    answer_of_redis = await call(client, "status", performance)
    await the_next_telling()

    assert answer_of_redis.status_code == 404
    assert (await call(client, "status", performance)).status_code == 404


# Several processes, many people


async def test_two_processes_tell_of_the_same_person(
    client: httpx.AsyncClient, performance: Performance, redis: Redis, clock: LuaClock
) -> None:
    number = await join_far_back(client, performance, redis)
    one, other = KeptPositions(Boards()), KeptPositions(Boards())
    for kept in (one, other):
        kept.learn(performance.pk, 1, await store.look(performance.pk, 1))
    before = cell_of(redis, performance, number)

    earlier = await one.answer(performance.pk, 1)
    clock.advance(40)
    later = await other.answer(performance.pk, 1)
    await other.heartbeats.tell()
    await one.heartbeats.tell()

    assert earlier is not None
    assert later is not None
    assert msgspec.json.decode(earlier)["number"] == msgspec.json.decode(later)["number"] == number
    assert cell_of(redis, performance, number) == pytest.approx(before + 40, abs=1)


async def test_only_the_last_numbers_are_kept(
    client: httpx.AsyncClient, performance: Performance, redis: Redis
) -> None:
    kept = KeptPositions(Boards(), most=3)
    await join_far_back(client, performance, redis)
    for user in range(1, 6):
        kept.learn(performance.pk, user, await store.join(performance.pk, user))

    known = [user for user in range(1, 6) if await kept.answer(performance.pk, user) is not None]

    assert len(kept) == 3
    assert known == [3, 4, 5]


async def test_the_line_that_was_asked_for_last_keeps_its_numbers(
    client: httpx.AsyncClient, performance: Performance, redis: Redis
) -> None:
    other = await sync_to_async(make_performance)(mode=WaitingRoomMode.QUEUE, in_redis=False)
    kept = KeptPositions(Boards(), most=2)
    for one in (performance, other):
        await join_far_back(client, one, redis)
        kept.learn(one.pk, 1, await store.join(one.pk, 1))

    kept.learn(performance.pk, 2, await store.join(performance.pk, 2))

    assert len(kept) == 2
    assert await kept.answer(other.pk, 1) is None
    assert await kept.answer(performance.pk, 1) is not None


async def test_who_is_inside_is_not_kept(client: httpx.AsyncClient, performance: Performance, redis: Redis) -> None:
    await join_far_back(client, performance, redis)
    kept = KeptPositions(Boards())
    kept.learn(performance.pk, 1, await store.look(performance.pk, 1))
    redis.zadd(pass_keys(performance.pk)[0], {"1": LONG_HENCE})

    kept.learn(performance.pk, 1, await store.look(performance.pk, 1))

    assert len(kept) == 0
