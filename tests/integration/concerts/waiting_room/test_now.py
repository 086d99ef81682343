"""What a line tells everybody: how it stands, for how long that is good, and what being asked for it costs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async
from redis import Redis

from apps.common.fastlane import FastLane
from apps.concerts.errors import LineNotReady
from apps.concerts.models import Performance, WaitingRoomMode
from apps.concerts.waiting_room import board, fast, now
from apps.concerts.waiting_room.board import Boards, next_look
from apps.concerts.waiting_room.services.change_waiting_room import change_waiting_room
from apps.concerts.waiting_room.services.tick_waiting_rooms import tick_waiting_rooms
from tests.factories import make_performance
from tests.fast_lane import bearer, client_of
from tests.lua_clock import LuaClock, put_under_clock

CALLED_AHEAD_SECONDS = 4  # a number is served so long before its owner goes in
pytestmark = pytest.mark.django_db(transaction=True)

MEMBERS = {"mode", "rate", "now_serving", "moved_per_second", "seats_left", "next_look_seconds", "opens_at"}
ANOTHER_SECOND = 0.0


@pytest.fixture(autouse=True)
def board_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    put_under_clock(monkeypatch, board)


@pytest.fixture
def each_look_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every look be one of another second."""
    monkeypatch.setattr(board, "KEPT_SECONDS", ANOTHER_SECOND)


@pytest.fixture
def performance(clock: LuaClock) -> Performance:
    return make_performance(mode=WaitingRoomMode.QUEUE, in_redis=False)


async def no_such_address(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError(scope["path"])


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(FastLane([*fast.ROUTES, *now.ROUTES], fallback=no_such_address)) as client:
        yield client


async def look(client: httpx.AsyncClient, performance: Performance, **more: Any) -> httpx.Response:
    return await client.get(f"/api/waiting-room/{performance.pk}/now", **more)


async def join(client: httpx.AsyncClient, performance: Performance, *, user: int) -> Any:
    return (await client.post(f"/api/waiting-room/{performance.pk}/join", headers=bearer(user_id=user))).json()


async def status(client: httpx.AsyncClient, performance: Performance, *, user: int) -> Any:
    return (await client.get(f"/api/waiting-room/{performance.pk}/status", headers=bearer(user_id=user))).json()


async def pass_time(clock: LuaClock, seconds: float) -> None:
    clock.advance(seconds)
    await sync_to_async(tick_waiting_rooms)()


@pytest.mark.usefixtures("each_look_reads")
async def test_ones_own_place_and_wait_follow_from_it(
    client: httpx.AsyncClient, performance: Performance, clock: LuaClock
) -> None:
    for user in range(1, 41):
        last = await join(client, performance, user=user)
    await pass_time(clock, 3)

    payload = (await look(client, performance)).json()

    known = await status(client, performance, user=40)
    assert set(payload) == MEMBERS
    assert (payload["mode"], payload["rate"], payload["now_serving"]) == ("QUEUE", 2.0, known["now_serving"])
    assert last["ahead"] - (payload["now_serving"] - last["now_serving"]) == known["ahead"]
    assert (known["ahead"] + 1) / payload["moved_per_second"] == pytest.approx(
        known["eta_seconds"] - CALLED_AHEAD_SECONDS, abs=1.5
    )
    assert payload["next_look_seconds"] == 1.0


async def test_it_is_public_and_may_be_kept_for_a_second(client: httpx.AsyncClient, performance: Performance) -> None:
    answer = await look(client, performance)
    with_token = await look(client, performance, headers=bearer(user_id=1))
    head = await client.head(f"/api/waiting-room/{performance.pk}/now")

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=1, stale-while-revalidate=2, stale-if-error=30"
    assert "vary" not in answer.headers
    assert with_token.content == answer.content
    assert (head.status_code, head.content, head.headers) == (200, b"", answer.headers)


async def test_who_has_it_already_gets_no_body(client: httpx.AsyncClient, performance: Performance) -> None:
    answer = await look(client, performance)

    again = await look(client, performance, headers={"If-None-Match": answer.headers["etag"]})
    other = await look(client, performance, headers={"If-None-Match": '"another"'})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])
    assert again.headers["cache-control"] == answer.headers["cache-control"]
    assert other.status_code == 200


@pytest.mark.usefixtures("each_look_reads")
async def test_a_line_that_stands_still_keeps_its_tag_and_one_that_moves_has_another(
    client: httpx.AsyncClient, performance: Performance, clock: LuaClock
) -> None:
    await join(client, performance, user=1)
    still = [(await look(client, performance)).headers["etag"] for _ in range(2)]

    await pass_time(clock, 1)

    assert still[0] == still[1]
    assert (await look(client, performance)).headers["etag"] != still[0]


async def test_all_looks_of_a_second_cost_one_reading(
    client: httpx.AsyncClient, performance: Performance, redis: Redis, clock: LuaClock
) -> None:
    await join(client, performance, user=1)
    redis.config_resetstat()

    answers = await asyncio.gather(*(look(client, performance) for _ in range(50)))
    later = [await look(client, performance) for _ in range(50)]

    assert {answer.status_code for answer in [*answers, *later]} == {200}
    calls = redis.info("commandstats")
    assert sum(calls.get(name, {"calls": 0})["calls"] for name in ("cmdstat_eval", "cmdstat_evalsha")) <= 2


@pytest.mark.parametrize("performance_id", ["4711", "0", "-1", "x", "9" * 30, str(2**63 - 1)])
@pytest.mark.usefixtures("clock")
async def test_a_performance_that_nobody_knows_is_not_found(client: httpx.AsyncClient, performance_id: str) -> None:
    answers = [await client.get(f"/api/waiting-room/{performance_id}/now") for _ in range(2)]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not_found")] * 2


async def test_a_crowd_that_asks_for_unknown_performances_shares_few_queries(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, clock: LuaClock
) -> None:
    queries = counted(monkeypatch)

    answers = await asyncio.gather(*(client.get(f"/api/waiting-room/{4711 + n}/now") for n in range(200)))
    again = await asyncio.gather(*(client.get(f"/api/waiting-room/{4711 + n}/now") for n in range(200)))

    assert {answer.status_code for answer in [*answers, *again]} == {404}
    assert {answer.headers["cache-control"] for answer in answers} == {"public, max-age=1"}
    assert len(queries) <= 10, "calls that are let in together share one"
    assert sum(queries) == 200


async def test_more_unknown_performances_at_once_than_one_query_takes_are_told_to_come_back(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, clock: LuaClock
) -> None:
    counted(monkeypatch)
    monkeypatch.setattr(board, "MOST_LOOKED_UP", 10)

    answers = await asyncio.gather(*(client.get(f"/api/waiting-room/{4711 + n}/now") for n in range(50)))

    refused = [answer for answer in answers if answer.status_code == 503]
    assert refused
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert {answer.status_code for answer in answers} == {404, 503}


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many performances each question to the database is about, from now on."""
    asked: list[int] = []
    real = board.list_lines_on_record

    def noting(performance_ids: Any) -> Any:
        asked.append(len(performance_ids))
        return real(performance_ids)

    monkeypatch.setattr(board, "list_lines_on_record", noting)
    return asked


async def test_only_the_boards_that_were_looked_at_last_are_kept(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, clock: LuaClock
) -> None:
    monkeypatch.setattr(board, "BOARDS_KEPT", 3)
    boards = Boards()
    for performance_id in range(4711, 4721):
        await boards.read(performance_id)

    assert [boards.fresh(n) is not None for n in range(4711, 4721)] == [False] * 7 + [True] * 3


async def test_a_line_that_nobody_has_asked_for_is_told_of_and_not_made(
    client: httpx.AsyncClient, performance: Performance, redis: Redis
) -> None:
    payload = (await look(client, performance)).json()

    assert (payload["mode"], payload["now_serving"], payload["moved_per_second"]) == ("QUEUE", 0, 2.0)
    assert not redis.exists(f"line:{{performance:{performance.pk}}}")


@pytest.mark.usefixtures("each_look_reads")
@pytest.mark.parametrize("is_made", [False, True], ids=["before anybody came", "with a line"])
async def test_before_anybody_may_join_it_is_closed_and_says_when_to_look(
    client: httpx.AsyncClient, clock: LuaClock, *, is_made: bool
) -> None:
    performance = await sync_to_async(make_performance)(
        mode=WaitingRoomMode.QUEUE, opens_in=timedelta(minutes=30, seconds=12), in_redis=False
    )
    if is_made:
        await sync_to_async(tick_waiting_rooms)()

    payload = (await look(client, performance)).json()

    assert payload["mode"] == "CLOSED"
    assert 8 <= payload["next_look_seconds"] <= 13
    clock.advance(60)
    if is_made:
        assert (await look(client, performance)).json()["mode"] == "QUEUE"


@pytest.mark.parametrize("is_made", [False, True], ids=["without a line", "with a line"])
async def test_after_the_sale_it_is_closed(
    client: httpx.AsyncClient, clock: LuaClock, redis: Redis, *, is_made: bool
) -> None:
    performance = await sync_to_async(make_performance)(mode=WaitingRoomMode.QUEUE, in_redis=False)
    await join(client, performance, user=1)
    await pass_time(clock, 1)
    performance.sale_closes_at = performance.sale_opens_at + timedelta(minutes=1)
    await performance.asave()
    await sync_to_async(tick_waiting_rooms)()
    if not is_made:
        redis.delete(f"line:{{performance:{performance.pk}}}")

    answer = await look(client, performance)

    payload = answer.json()
    assert (answer.status_code, payload["mode"]) == (200, "CLOSED")
    assert payload["now_serving"] == int(is_made), "the mark is behind those who were called and have not come"


@pytest.mark.usefixtures("each_look_reads")
@pytest.mark.parametrize("mode", ["PAUSED", "CLOSED", "OPEN"])
async def test_another_mode_is_told_at_the_next_look(
    client: httpx.AsyncClient, performance: Performance, mode: str
) -> None:
    await join(client, performance, user=1)
    await sync_to_async(change_waiting_room)(performance.pk, actor=None, mode=mode)

    assert (await look(client, performance)).json()["mode"] == mode


async def test_a_cancelled_performance_is_closed(client: httpx.AsyncClient, performance: Performance) -> None:
    await join(client, performance, user=1)
    performance.status = Performance.Status.CANCELLED
    await performance.asave()
    await sync_to_async(tick_waiting_rooms)()

    assert (await look(client, performance)).json()["mode"] == "CLOSED"


async def test_a_line_that_was_lost_says_when_to_come_back_and_nobody_is_told_another_number(
    client: httpx.AsyncClient, performance: Performance, redis: Redis, clock: LuaClock
) -> None:
    await join(client, performance, user=1)
    redis.flushall()
    clock.advance(0)

    lost = await look(client, performance)
    await pass_time(clock, 1)
    back = await look(client, performance)

    assert (lost.status_code, lost.json()["code"]) == (503, LineNotReady.code)
    assert int(lost.headers["retry-after"]) >= 1
    assert "cache-control" not in lost.headers
    assert back.status_code == 200


@pytest.mark.parametrize(
    ("mode", "pace", "opens_in", "joins_in", "seconds"),
    [
        ("QUEUE", 100.0, 0, 0, 1),
        ("QUEUE", 0.25, 0, 0, 4),
        ("QUEUE", 0.001, 0, 0, 10),
        ("QUEUE", 100.0, 600, 0, 30),
        ("QUEUE", 100.0, 50, 0, 5),
        ("QUEUE", 100.0, 0.5, 0, 1),
        ("PAUSED", 100.0, 0, 0, 5),
        ("OPEN", 100.0, 0, 0, 30),
        ("CLOSED", 100.0, 0, 0, 30),
        ("CLOSED", 100.0, 900, 7.04, 7),
        ("CLOSED", 100.0, 90_000, 86_000, 30),
    ],
)
def test_a_look_is_worth_while_once_something_can_have_changed(
    mode: str, pace: float, opens_in: float, joins_in: float, seconds: float
) -> None:
    assert next_look(mode, pace=pace, opens_in=opens_in, joins_in=joins_in) == seconds
