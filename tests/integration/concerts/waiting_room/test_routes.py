"""Join, status and leave as a client meets them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async

from apps.common.fastlane import FastLane
from apps.concerts.models import Performance, WaitingRoomMode
from apps.concerts.waiting_room import fast
from apps.concerts.waiting_room.services.tick_waiting_rooms import tick_waiting_rooms
from tests.factories import make_performance
from tests.fast_lane import bearer, client_of
from tests.lua_clock import LuaClock

pytestmark = pytest.mark.django_db(transaction=True)

MEMBERS = {
    "status", "number", "position", "ahead", "behind", "eta_seconds", "poll_after_seconds", "place",
    "pass_expires_at", "now_serving", "rate", "mode", "seats_left",
}  # fmt: skip


@pytest.fixture
def performance(clock: LuaClock) -> Performance:
    return make_performance(mode=WaitingRoomMode.QUEUE, in_redis=False)


async def no_such_address(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError(scope["path"])


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(FastLane(fast.ROUTES, fallback=no_such_address)) as client:
        yield client


async def call(client: httpx.AsyncClient, what: str, performance: Performance, *, user: int, **more: Any) -> Any:
    method = "GET" if what == "status" else "POST"
    path = f"/api/waiting-room/{performance.pk}/{what}"
    return await client.request(method, path, headers=bearer(user_id=user), **more)


async def pass_time(clock: LuaClock, seconds: float) -> None:
    clock.advance(seconds)
    await sync_to_async(tick_waiting_rooms)()


async def test_a_line_nobody_asked_for_yet_is_made_by_the_first_to_join(
    client: httpx.AsyncClient, performance: Performance
) -> None:
    first = await call(client, "join", performance, user=1)
    second = await call(client, "join", performance, user=2, json={})

    assert (first.status_code, second.status_code) == (200, 200)
    assert set(first.json()) == MEMBERS
    assert [answer.json()["number"] for answer in (first, second)] == [1, 2]
    assert [answer.json()["position"] for answer in (first, second)] == [1, 2]
    assert (first.json()["status"], second.json()["behind"]) == ("WAITING", 0)
    assert (await call(client, "status", performance, user=1)).json()["behind"] == 1


async def test_who_is_admitted_learns_until_when(
    client: httpx.AsyncClient, performance: Performance, clock: LuaClock
) -> None:
    await call(client, "join", performance, user=1)
    await pass_time(clock, 1)

    answer = (await call(client, "status", performance, user=1)).json()

    assert (answer["status"], answer["position"], answer["eta_seconds"]) == ("ADMITTED", 0, 0)
    assert datetime.fromisoformat(answer["pass_expires_at"]).timestamp() == int(clock.now) + 600
    assert (await call(client, "join", performance, user=1)).json()["status"] == "ADMITTED"


async def test_the_poll_interval_is_jittered_around_what_the_line_says(
    client: httpx.AsyncClient, performance: Performance
) -> None:
    answers = [(await call(client, "join", performance, user=user)).json() for user in range(1, 12)]
    intervals = [answer["poll_after_seconds"] for answer in answers if answer["ahead"] <= 5]  # told 2 s by the line

    assert all(1.7 <= interval <= 2.3 for interval in intervals)
    assert len(set(intervals)) > 1


async def test_leaving_answers_nothing_and_may_be_repeated(client: httpx.AsyncClient, performance: Performance) -> None:
    await call(client, "join", performance, user=1)

    for _ in range(2):
        left = await call(client, "leave", performance, user=1)
        assert (left.status_code, left.content) == (204, b"")

    gone = await call(client, "status", performance, user=1)
    assert (gone.status_code, gone.json()["code"]) == (404, "not_in_line")


async def test_a_place_survives_the_loss_of_redis(
    client: httpx.AsyncClient, performance: Performance, clock: LuaClock, redis: Any
) -> None:
    place = (await call(client, "join", performance, user=1)).json()["place"]
    redis.flushall()
    clock.advance(1)
    assert (await call(client, "join", performance, user=2)).json()["number"] > 1

    back = (await call(client, "join", performance, user=1, json={"place": place})).json()

    assert (back["number"], back["ahead"]) == (1, 0)


async def test_the_place_that_a_status_hands_over_is_as_good(
    client: httpx.AsyncClient, performance: Performance, clock: LuaClock, redis: Any
) -> None:
    await call(client, "join", performance, user=1)
    place = (await call(client, "status", performance, user=1)).json()["place"]
    await pass_time(clock, 1)
    admitted = (await call(client, "status", performance, user=1)).json()
    assert admitted["status"] == "ADMITTED"

    for kept in (place, admitted["place"]):
        redis.flushall()
        clock.advance(1)
        assert (await call(client, "join", performance, user=1, json={"place": kept})).json()["number"] == 1


async def test_who_only_comes_back_gets_the_place_and_never_a_new_one(
    client: httpx.AsyncClient, performance: Performance, clock: LuaClock, redis: Any
) -> None:
    place = (await call(client, "join", performance, user=1)).json()["place"]
    back = {"place": place, "only_come_back": True}
    assert (await call(client, "join", performance, user=1, json=back)).json()["number"] == 1

    redis.flushall()
    clock.advance(1)
    assert (await call(client, "join", performance, user=1, json=back)).json()["number"] == 1

    await call(client, "leave", performance, user=1)
    refused = await call(client, "join", performance, user=1, json=back)
    assert (refused.status_code, refused.json()["code"]) == (404, "not_in_line")
    assert (await call(client, "status", performance, user=1)).status_code == 404


@pytest.mark.parametrize("body", [{"place": "A" * 32}, {"place": ""}, {"place": 5}, {"place": "x" * 5000}])
async def test_a_forged_place_is_refused_and_changes_nothing(
    client: httpx.AsyncClient, performance: Performance, body: dict[str, Any]
) -> None:
    refused = await call(client, "join", performance, user=1, json=body)

    assert (refused.status_code, refused.json()["code"]) == (422, "validation_error")
    assert list(refused.json()["errors"]) == ["place"]
    assert (await call(client, "status", performance, user=1)).status_code == 404
    assert (await call(client, "join", performance, user=2)).json()["number"] == 1


async def test_somebody_elses_place_is_refused(client: httpx.AsyncClient, performance: Performance) -> None:
    place = (await call(client, "join", performance, user=1)).json()["place"]

    refused = await call(client, "join", performance, user=2, json={"place": place})

    assert (refused.status_code, refused.json()["code"]) == (422, "validation_error")


@pytest.mark.parametrize("what", ["join", "status", "leave"])
@pytest.mark.parametrize("performance_id", ["4711", "0", "-1", "x", "9" * 30])
async def test_a_line_that_does_not_exist_is_not_found(
    client: httpx.AsyncClient, what: str, performance_id: str
) -> None:
    method = "GET" if what == "status" else "POST"
    answer = await client.request(method, f"/api/waiting-room/{performance_id}/{what}", headers=bearer(user_id=1))

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("what", ["join", "status", "leave"])
async def test_nobody_is_in_a_line_without_a_token(
    client: httpx.AsyncClient, performance: Performance, what: str
) -> None:
    method = "GET" if what == "status" else "POST"
    answer = await client.request(method, f"/api/waiting-room/{performance.pk}/{what}")

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


async def test_joining_long_before_the_sale_is_refused(client: httpx.AsyncClient, clock: LuaClock) -> None:
    performance = await sync_to_async(make_performance)(
        mode=WaitingRoomMode.QUEUE, opens_in=timedelta(hours=1), in_redis=False
    )

    early = await call(client, "join", performance, user=1)
    clock.advance(1801)
    in_time = await call(client, "join", performance, user=1)

    assert (early.status_code, early.json()["code"]) == (409, "not_on_sale")
    assert in_time.json()["status"] == "WAITING"
    assert 1798 <= in_time.json()["eta_seconds"] <= 1801


async def test_an_open_room_has_no_queue(client: httpx.AsyncClient, clock: LuaClock) -> None:
    performance = await sync_to_async(make_performance)(mode=WaitingRoomMode.OPEN, in_redis=False)

    answer = (await call(client, "join", performance, user=1)).json()

    assert (answer["status"], answer["number"], answer["position"], answer["place"]) == ("OPEN", None, 0, None)


async def test_who_is_refused_a_place_is_told_where_they_stand(
    client: httpx.AsyncClient, performance: Performance
) -> None:
    for user in (1, 2):
        await call(client, "join", performance, user=user)
    place = (await call(client, "status", performance, user=1)).json()["place"]

    in_line = await call(client, "join", performance, user=2, json={"place": place})
    stranger = await call(client, "join", performance, user=3, json={"place": place})

    assert (in_line.status_code, in_line.json()["standing"]) == (422, {"status": "WAITING", "number": 2, "ahead": 1})
    assert (stranger.status_code, stranger.json()["standing"]) == (422, None)


async def test_another_shows_place_is_refused(client: httpx.AsyncClient, performance: Performance) -> None:
    other = await sync_to_async(make_performance)(mode=WaitingRoomMode.QUEUE, in_redis=False)
    place = (await call(client, "join", other, user=1)).json()["place"]

    assert (await call(client, "join", performance, user=1, json={"place": place})).status_code == 422


async def test_who_is_called_is_told_the_moment_to_the_millisecond(
    client: httpx.AsyncClient, performance: Performance, clock: LuaClock
) -> None:
    for user in range(1, 8):
        await call(client, "join", performance, user=user)
    await pass_time(clock, 1)

    answers = [(await call(client, "status", performance, user=4)).json()["poll_after_seconds"] for _ in range(5)]

    assert answers == [pytest.approx(1.5, abs=0.003)] * 5


async def test_an_answer_waits_for_a_moment_that_is_near(
    client: httpx.AsyncClient, performance: Performance, clock: LuaClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.advance(seconds)

    monkeypatch.setattr(fast.asyncio, "sleep", sleep)
    for user in (1, 2):
        await call(client, "join", performance, user=user)
    await pass_time(clock, 1)
    clock.advance(0.3)

    answer = (await call(client, "status", performance, user=2)).json()

    assert answer["status"] == "ADMITTED"
    assert slept == [pytest.approx(0.2, abs=0.003)]


async def test_an_answer_does_not_wait_for_long(
    client: httpx.AsyncClient, performance: Performance, clock: LuaClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for user in (1, 2):
        await call(client, "join", performance, user=user)
    await pass_time(clock, 1)
    monkeypatch.setattr(fast.asyncio, "sleep", None)

    assert (await call(client, "status", performance, user=2)).json()["status"] == "WAITING"
