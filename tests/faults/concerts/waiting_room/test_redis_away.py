"""Redis stopped, killed, emptied: the door is closed, never open, and opens again by itself."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async

from apps.common.errors import ServiceUnavailable
from apps.common.fastlane import FastLane
from apps.common.redis import sync_redis
from apps.concerts.models import Performance, WaitingRoomMode
from apps.concerts.tasks import tick_waiting_rooms
from apps.concerts.waiting_room import fast, now, store
from apps.concerts.waiting_room.permission import require_access_pass
from apps.concerts.waiting_room.services.change_waiting_room import change_waiting_room
from tests.factories import make_performance
from tests.fast_lane import bearer, client_of
from tests.redis_again import until_connected
from tests.servers import PrivateRedis

pytestmark = pytest.mark.django_db(transaction=True)


async def no_such_address(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError(scope["path"])


@pytest.fixture
def performance(redis_server: PrivateRedis) -> Performance:
    return make_performance(mode=WaitingRoomMode.QUEUE, in_redis=False)


async def ask(performance: Performance, what: str, *, user: int = 1, **more: Any) -> httpx.Response:
    async with client_of(FastLane([*fast.ROUTES, *now.ROUTES], fallback=no_such_address)) as client:
        method = "GET" if what in {"status", "now"} else "POST"
        path = f"/api/waiting-room/{performance.pk}/{what}"
        return await client.request(method, path, headers=bearer(user_id=user), **more)


@pytest.mark.parametrize("what", ["join", "status", "leave", "now"])
async def test_without_redis_every_call_says_when_to_come_back(
    performance: Performance, redis_server: PrivateRedis, what: str
) -> None:
    assert (await ask(performance, "join")).status_code == 200
    redis_server.kill()

    answer = await ask(performance, what)

    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    assert int(answer.headers["retry-after"]) >= 1


def test_without_redis_nobody_has_a_pass_not_even_through_an_open_door(
    performance: Performance, redis_server: PrivateRedis
) -> None:
    change_waiting_room(performance.pk, actor=None, mode="OPEN")
    require_access_pass(performance.pk, 1)
    redis_server.kill()

    with pytest.raises(ServiceUnavailable):
        require_access_pass(performance.pk, 1)


async def test_after_a_restart_everybody_is_where_they_were(
    performance: Performance, redis_server: PrivateRedis
) -> None:
    numbers = [(await ask(performance, "join", user=user)).json()["number"] for user in (1, 2, 3)]
    redis_server.kill()
    assert (await ask(performance, "status", user=3)).status_code == 503
    redis_server.start()
    await until_connected()

    back = [(await ask(performance, "status", user=user)).json()["number"] for user in (1, 2, 3)]

    assert back == numbers == [1, 2, 3]


async def test_after_a_loss_of_everything_a_place_is_enough(
    performance: Performance, redis_server: PrivateRedis
) -> None:
    places = {user: (await ask(performance, "join", user=user)).json()["place"] for user in (1, 2, 3)}
    sync_redis().flushall()

    assert (await ask(performance, "status", user=2)).json()["code"] == "not_in_line"
    newcomer = (await ask(performance, "join", user=9)).json()
    for user in (2, 3, 1):
        await ask(performance, "join", user=user, json={"place": places[user]})

    positions = [(await ask(performance, "status", user=user)).json() for user in (1, 2, 3, 9)]
    assert [position["ahead"] for position in positions] == [0, 1, 2, 3]
    assert newcomer["number"] == positions[3]["number"]


def test_the_tick_fails_without_redis_and_goes_on_by_itself(
    performance: Performance, redis_server: PrivateRedis
) -> None:
    redis_server.kill()
    with pytest.raises(ServiceUnavailable):
        tick_waiting_rooms()

    redis_server.start()
    tick_waiting_rooms()

    assert store.has_line(performance.pk)


def test_a_change_made_without_redis_is_in_force_after_the_next_tick(
    performance: Performance, redis_server: PrivateRedis
) -> None:
    tick_waiting_rooms()
    redis_server.kill()
    change_waiting_room(performance.pk, actor=None, mode="PAUSED")
    redis_server.start()

    tick_waiting_rooms()

    assert sync_redis().hget(f"line:{{performance:{performance.pk}}}", "mode") == b"PAUSED"


async def test_a_crowd_that_finds_no_line_makes_one_and_gets_numbers_from_one_on(performance: Performance) -> None:
    async with client_of(FastLane(fast.ROUTES, fallback=no_such_address)) as client:
        path = f"/api/waiting-room/{performance.pk}/join"
        answers = await asyncio.gather(*(client.post(path, headers=bearer(user_id=user)) for user in range(1, 51)))

    assert sorted(answer.json()["number"] for answer in answers) == list(range(1, 51))
    assert await sync_to_async(store.has_line)(performance.pk)
