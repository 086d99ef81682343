"""GET /api/performances/{id}/seats: what each reader sees, and what a reader need not be sent."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any

import pytest

from apps.common.redis.script_calls import Call
from apps.concerts.seat_map import live_map
from apps.concerts.seat_map.layout import Layout, kept_layouts
from apps.concerts.seat_states import reading
from apps.orders.seat_holds import store
from tests.integration.concerts.seat_map.conftest import Reader
from tests.seat_state import FIRST_SEAT_ID, PERFORMANCE, SeatState, layout_of

ANN, BOB = 1, 2


def noted_when_run(call: Call[..., Any], names: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Note the script's name in `names` whenever the call is made on the event loop."""
    arun = call.arun

    async def noted(*args: Any, **kwargs: Any) -> Any:
        names.append(call.script.header.name)
        return await arun(*args, **kwargs)

    monkeypatch.setattr(call, "arun", noted)


async def test_the_map_has_the_form_of_the_contract(seat_state: SeatState, reader: Reader) -> None:
    answer = await reader.get()

    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    (section,) = body["sections"]
    assert body["performance_id"] == PERFORMANCE
    assert body["version"] == seat_state.version
    assert {key: value for key, value in section.items() if key != "seats"} == {
        "id": 1, "code": "A", "name": "A", "grade": "R", "price": 100_000,
    }  # fmt: skip
    assert section["seats"][0] == {"id": FIRST_SEAT_ID, "row": "1", "number": 1, "status": "AVAILABLE"}


async def test_each_reader_sees_their_own_holds(seat_state: SeatState, reader: Reader) -> None:
    seat_state.lose()
    seat_state.build(blocked=[7])
    seat_state.hold(ANN, 0, 1)
    seat_state.sell(ANN, 2)
    seat_state.draft(ANN, 3)

    assert await reader.statuses() == "hhsaaaab"
    assert await reader.statuses(user_id=BOB) == "hhsaaaab"
    assert await reader.statuses(user_id=ANN) == "mmsaaaab"


async def test_a_reader_sees_every_change_at_once(seat_state: SeatState, reader: Reader) -> None:
    assert await reader.statuses() == "aaaaaaaa"
    order_id, _ = seat_state.hold(ANN, 0, 1)
    assert await reader.statuses() == "hhaaaaaa"
    store.mark_sold(order_id)
    assert await reader.statuses() == "ssaaaaaa"
    store.free_seats(order_id, ordinals=[1])
    assert await reader.statuses() == "saaaaaaa"


async def test_a_hold_that_has_ended_is_free_without_a_sweep(seat_state: SeatState, reader: Reader) -> None:
    seat_state.hold(ANN, 0)
    first = await reader.get()
    seat_state.clock.advance(600)

    answer = await reader.get(headers={"If-None-Match": first.headers["etag"]})

    assert answer.status_code == 200
    assert await reader.statuses(user_id=ANN) == "aaaaaaaa"


async def test_who_has_the_map_is_told_so(seat_state: SeatState, reader: Reader) -> None:
    seat_state.hold(ANN, 0)
    for user_id in (None, ANN, BOB):
        first = await reader.get(user_id=user_id)
        again = await reader.get(user_id=user_id, headers={"If-None-Match": first.headers["etag"]})

        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]


async def test_one_readers_map_is_not_anothers(seat_state: SeatState, reader: Reader) -> None:
    seat_state.hold(ANN, 0)
    anns = await reader.get(user_id=ANN)

    for user_id in (None, BOB):
        answer = await reader.get(user_id=user_id, headers={"If-None-Match": anns.headers["etag"]})
        assert answer.status_code == 200
    assert "Authorization" in anns.headers["vary"]


async def test_a_change_makes_the_readers_map_old(seat_state: SeatState, reader: Reader) -> None:
    first = await reader.get()
    seat_state.hold(ANN, 0)

    answer = await reader.get(headers={"If-None-Match": first.headers["etag"]})

    assert answer.status_code == 200
    assert answer.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize("user_id", [None, ANN])
async def test_a_map_is_compressed_for_who_takes_it(seat_state: SeatState, reader: Reader, user_id: int | None) -> None:
    seat_state.hold(ANN, 0)

    plain = await reader.get(user_id=user_id, headers={"Accept-Encoding": "identity"})
    packed = await reader.get(user_id=user_id, headers={"Accept-Encoding": "br, gzip"})
    refused = await reader.get(user_id=user_id, headers={"Accept-Encoding": "gzip; q=0"})

    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in refused.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == plain.json() == refused.json()
    assert "Accept-Encoding" in packed.headers["vary"]


async def test_changes_are_those_since_the_readers_version(seat_state: SeatState, reader: Reader) -> None:
    seat_state.hold(ANN, 0)
    since = seat_state.version
    order_id, _ = seat_state.hold(ANN, 1)
    seat_state.hold(BOB, 2)
    store.release_hold(order_id)
    seat_state.sell(BOB, 5)

    assert await reader.changes(since) == {1: "a", 2: "h", 5: "s"}
    assert await reader.changes(since, user_id=BOB) == {1: "a", 2: "m", 5: "s"}
    assert await reader.changes(seat_state.version) == {}


async def test_following_the_changes_gives_the_map(seat_state: SeatState, reader: Reader) -> None:
    version, seen = seat_state.version, dict(enumerate("aaaaaaaa"))
    for step in range(8):
        if step % 3 == 2:
            seat_state.clock.advance(600)
        else:
            seat_state.hold(100 + step, step)
        seen |= await reader.changes(version)
        version = (await reader.get(params={"since": version})).json()["version"]

        assert "".join(seen[ordinal] for ordinal in range(8)) == await reader.statuses()


@pytest.mark.parametrize(
    "gap", ["older than the log", "many changes ago", "from a later time", "another layout", "before a rebuild"]
)
async def test_a_version_that_the_log_does_not_reach_gives_the_whole_map(
    seat_state: SeatState, reader: Reader, gap: str
) -> None:
    since = seat_state.version
    seat_state.hold(ANN, 0)
    if gap == "older than the log":
        seat_state.redis.xtrim(f"changes:{{performance:{PERFORMANCE}}}", maxlen=0)
    elif gap == "many changes ago":
        for _ in range(100):
            store.release_hold(seat_state.hold(BOB, 1)[0])
    elif gap == "from a later time":
        since = seat_state.version + 1
    elif gap == "another layout":
        seat_state.change_sale(layout_version=2)
        kept_layouts().keep(layout_of(PERFORMANCE, 8, version=2))
    else:
        newest = seat_state.version
        seat_state.lose()
        seat_state.build(version=newest + 1_000_000)

    answer = await reader.get(params={"since": since})

    assert "sections" in answer.json()
    assert "changed" not in answer.json()


async def test_another_layout_is_drawn_anew(seat_state: SeatState, reader: Reader) -> None:
    await reader.statuses()
    seat_state.change_sale(layout_version=2)
    kept_layouts().keep(layout_of(PERFORMANCE, 3, version=2))

    assert await reader.statuses() == "aaa"


async def test_a_layout_that_the_database_does_not_have_is_not_waited_for(
    seat_state: SeatState, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def newest(performance_id: int, *, at_least: int = 0) -> Layout:
        return layout_of(performance_id, 8)

    monkeypatch.setattr(live_map, "aget_layout", newest)
    seat_state.change_sale(layout_version=2)

    assert await reader.statuses() == "aaaaaaaa"


@pytest.mark.parametrize("since", ["-1", "x", "1.5", str(2**60)])
async def test_a_version_that_is_none_is_refused(seat_state: SeatState, reader: Reader, since: str) -> None:
    answer = await reader.get(params={"since": since})

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")


@pytest.mark.parametrize("token", ["nonsense", "a.b.c"])
async def test_a_wrong_token_is_refused_not_passed_over(seat_state: SeatState, reader: Reader, token: str) -> None:
    answer = await reader.get(headers={"Authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


async def test_a_map_whose_state_is_missing_comes_later(seat_state: SeatState, reader: Reader) -> None:
    seat_state.lose()

    for params in ({}, {"since": 1}):
        answer = await reader.get(params=params)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


@pytest.mark.django_db(transaction=True)
async def test_an_unknown_performance_is_not_there(
    seat_state: SeatState, reader: Reader, database_threads_end: None
) -> None:
    answer = await reader.get(987_654)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_map_that_nobody_changed_costs_one_call_and_no_drawing(
    seat_state: SeatState, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    for call in (reading.read_version, reading.read_cells, reading.read_changes):
        noted_when_run(call, calls, monkeypatch)
    first = await reader.get()
    calls.clear()

    await reader.get()
    await reader.get(headers={"If-None-Match": first.headers["etag"]})

    assert calls == ["read_version", "read_version"]


async def test_one_drawing_serves_all_who_wait_for_it(
    seat_state: SeatState, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_map, "REDRAW_SECONDS", 0.05)
    drawn: list[str] = []
    noted_when_run(reading.read_cells, drawn, monkeypatch)
    await reader.get()
    seat_state.hold(ANN, 0)

    answers = await asyncio.gather(*(reader.get() for _ in range(20)))

    assert len(drawn) == 2
    assert {answer.json()["version"] for answer in answers} == {seat_state.version}


async def test_redis_that_came_back_older_is_believed(seat_state: SeatState, reader: Reader) -> None:
    seat_state.hold(ANN, 0)
    await reader.statuses()
    seat_state.redis.hincrby(f"sale:{{performance:{PERFORMANCE}}}", "version", -1)
    seat_state.redis.setrange(f"cells:{{performance:{PERFORMANCE}}}", 0, bytes(8))

    assert await reader.statuses() == "aaaaaaaa"


async def test_the_compressed_body_is_whole(seat_state: SeatState, reader: Reader) -> None:
    async with reader.client.stream(
        "GET", f"/api/performances/{PERFORMANCE}/seats", headers={"Accept-Encoding": "gzip"}
    ) as answer:
        raw = b"".join([chunk async for chunk in answer.aiter_raw()])

    assert len(raw) == int(answer.headers["content-length"])
    assert json.loads(gzip.decompress(raw))["version"] == seat_state.version
