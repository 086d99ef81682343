"""A place is free; leaving it and joining anew, which uses up numbers, is not, time and again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async
from pytest_django import Settings
from redis import Redis

from apps.common.errors import TooManyRequests
from apps.common.fastlane import FastLane
from apps.concerts.errors import NotInLine, NotOnSale
from apps.concerts.models import Performance, WaitingRoomMode
from apps.concerts.waiting_room import fast
from tests.factories import make_performance
from tests.fast_lane import bearer, client_of
from tests.integration.concerts.waiting_room.line import PERFORMANCE, Line
from tests.integration.concerts.waiting_room.test_losses import lose_and_make_anew, token_of
from tests.lua_clock import LuaClock

TWO = ("u:1", "2/600")
LEFT = f"left:{{performance:{PERFORMANCE}}}"


def test_who_has_left_time_and_again_gets_no_new_number_for_a_while(line: Line) -> None:
    for _ in range(2):
        line.join(1, who=TWO)
        line.leave(1, who=TWO)
    last = line.client.hget(f"line:{{performance:{PERFORMANCE}}}", "next")

    with pytest.raises(TooManyRequests) as refused:
        line.join(1, who=TWO)

    assert refused.value.headers() == {"Retry-After": "300"}
    assert line.client.hget(f"line:{{performance:{PERFORMANCE}}}", "next") == last
    assert line.join(2, who=("u:2", "2/600")).number == 3
    line.clock.advance(300)
    assert line.join(1, who=TWO).number == 4


def test_joining_again_without_having_left_is_the_same_place_and_free(line: Line) -> None:
    first = line.join(1, who=TWO)

    assert {line.join(1, who=TWO).number for _ in range(20)} == {first.number}
    line.leave(1, who=TWO)
    assert line.join(1, who=TWO).number == 2


def test_nothing_is_stored_of_who_joins_and_stays(line: Line) -> None:
    for user_id in range(1, 50):
        line.join(user_id, who=(f"u:{user_id}", "2/600"))

    assert not line.client.exists(LEFT)


def test_leaving_is_never_refused(line: Line) -> None:
    none = ("u:1", "1/600")
    line.join(1, who=none)
    line.leave(1, who=none)
    line.join(1)
    line.leave(1, who=none)

    with pytest.raises(NotInLine):
        line.look(1)
    assert 600 <= line.client.ttl(LEFT) <= 1200


def test_leaving_without_a_number_costs_nothing(line: Line) -> None:
    for _ in range(5):
        line.leave(1, who=TWO)

    assert line.join(1, who=TWO).number == 1


def test_a_place_that_a_loss_has_taken_is_given_back_all_the_same(line: Line) -> None:
    for user_id in (2, 3, 4):
        line.join(user_id)
    token = token_of(line.join(1))
    lose_and_make_anew(line, last_known=4)
    for _ in range(3):
        line.leave(1, who=TWO)
    line.join(9)
    line.client.zadd(LEFT, {"u:1#1": line.clock.now + 600})

    assert line.join(1, token=token, who=TWO).number == token.number


def test_a_closed_room_says_so_first(line: Line) -> None:
    line.client.zadd(LEFT, {"u:1#1": line.clock.now + 600})
    line.change(mode="CLOSED")

    with pytest.raises(NotOnSale):
        line.join(1, who=TWO)


@pytest.mark.django_db(transaction=True)
async def test_the_api_says_when_to_join_again(settings: Settings, clock: LuaClock, redis: Redis) -> None:
    settings.SALE_RATES = {**settings.SALE_RATES, "joins": {"account": "1/10 minutes", "address": ""}}
    performance = await _performance()
    async with client_of(FastLane(fast.ROUTES, fallback=_nowhere)) as client:
        assert (await _call(client, "join", performance)).status_code == 200
        assert (await _call(client, "leave", performance)).status_code == 204
        refused = await _call(client, "join", performance)
        left = await _call(client, "leave", performance)

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert refused.headers["Retry-After"] == "600"
    assert left.status_code == 204


async def _performance() -> Performance:
    return await sync_to_async(make_performance)(mode=WaitingRoomMode.QUEUE, in_redis=False)


async def _call(client: httpx.AsyncClient, what: str, performance: Performance) -> httpx.Response:
    return await client.post(f"/api/waiting-room/{performance.pk}/{what}", headers=bearer(user_id=1))


async def _nowhere(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError(scope["path"])
