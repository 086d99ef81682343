"""The short forms for large halls on small devices say the same as the long ones."""

from __future__ import annotations

import gzip
import json
from itertools import accumulate
from typing import Any

import pytest

from apps.concerts.seat_map.fast import VERSIONS_SHORTER_THAN_COLUMNS
from apps.concerts.seat_map.layout import kept_layouts
from apps.orders.seat_holds import store
from tests.fast_lane import bearer
from tests.integration.concerts.seat_map.conftest import Reader
from tests.seat_state import FIRST_SEAT_ID, PERFORMANCE, SeatState, layout_of

ANN, BOB = 1, 2
PLAN, STATUSES = (f"/api/performances/{PERFORMANCE}/{name}/columns" for name in ("layout", "seats"))


async def statuses(
    reader: Reader, *, user_id: int | None = None, since: int | str | None = None, **headers: str
) -> Any:
    bearers = bearer(user_id=user_id) if user_id else {}
    params = {} if since is None else {"since": since}
    return await reader.client.get(STATUSES, params=params, headers=headers | bearers)


async def test_the_plan_in_columns_has_every_seat_of_the_plan(seat_state: SeatState, reader: Reader) -> None:
    columns = (await reader.client.get(PLAN)).json()
    plan = (await reader.plan()).json()

    assert (columns["performance_id"], columns["version"]) == (plan["performance_id"], plan["version"])
    for short, long in zip(columns["sections"], plan["sections"], strict=True):
        assert {name: short[name] for name in ("id", "code", "name", "grade", "price", "color")} == {
            name: long[name] for name in ("id", "code", "name", "grade", "price", "color")
        }
        rows = [label for label, seats in short["rows"] for _ in range(seats)]
        figures = [list(accumulate(short[name])) for name in ("ids", "numbers", "x", "y")]
        seats = [
            (row, seat_id, number, x / 100, y / 100) for row, seat_id, number, x, y in zip(rows, *figures, strict=True)
        ]
        assert seats == [(seat["row"], seat["id"], seat["number"], seat["x"], seat["y"]) for seat in long["seats"]]
        assert short["accessible"] == [n for n, seat in enumerate(long["seats"]) if seat["is_accessible"]]


async def test_whoever_has_the_plan_in_columns_is_told_so(seat_state: SeatState, reader: Reader) -> None:
    first = await reader.client.get(PLAN)
    again = await reader.client.get(PLAN, headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["content-encoding"] == "gzip"


async def test_the_statuses_in_columns_are_those_of_the_map(seat_state: SeatState, reader: Reader) -> None:
    seat_state.lose()
    seat_state.build(blocked=[7])
    seat_state.hold(ANN, 0, 1)
    seat_state.sell(ANN, 2)

    for user_id, letters in ((None, "HHSAAAAB"), (BOB, "HHSAAAAB"), (ANN, "MMSAAAAB")):
        answer = await statuses(reader, user_id=user_id)
        assert answer.json() == {
            "performance_id": PERFORMANCE, "version": seat_state.version, "layout_version": 1, "statuses": letters,
        }  # fmt: skip
        assert letters.lower() == await reader.statuses(user_id=user_id)


async def test_the_statuses_follow_every_change(seat_state: SeatState, reader: Reader) -> None:
    order_id, _ = seat_state.hold(ANN, 0, 1)
    first = await statuses(reader)
    unchanged = await statuses(reader, **{"If-None-Match": first.headers["etag"]})
    store.mark_sold(order_id)
    changed = await statuses(reader, **{"If-None-Match": first.headers["etag"]})

    assert unchanged.status_code == 304
    assert (first.json()["statuses"], changed.json()["statuses"]) == ("HHAAAAAA", "SSAAAAAA")


async def test_the_statuses_tell_what_changed_since_a_version(seat_state: SeatState, reader: Reader) -> None:
    version = (await statuses(reader)).json()["version"]
    seat_state.hold(BOB, 3)
    changed = [[FIRST_SEAT_ID + 3, "HELD"]]

    for user_id, status in ((None, "HELD"), (ANN, "HELD"), (BOB, "MINE")):
        changed[0][1] = status
        answer = await statuses(reader, user_id=user_id, since=version)
        assert answer.json() == {
            "performance_id": PERFORMANCE, "version": seat_state.version, "layout_version": 1, "changed": changed,
        }  # fmt: skip
        assert "etag" not in answer.headers
    assert await reader.changes(version) == {3: "h"}


async def test_so_many_changes_that_all_statuses_are_shorter_are_answered_with_them(
    seat_state: SeatState, reader: Reader
) -> None:
    version = (await statuses(reader)).json()["version"]
    for _ in range(VERSIONS_SHORTER_THAN_COLUMNS // 2):
        order_id, _ = seat_state.hold(BOB, 3)
        store.release_hold(order_id)
    at_most = await statuses(reader, since=version)
    seat_state.hold(BOB, 3)
    more = await statuses(reader, since=version)

    assert at_most.json()["changed"] == [[FIRST_SEAT_ID + 3, "AVAILABLE"]]
    assert (more.json()["statuses"], more.json()["version"]) == ("AAAHAAAA", seat_state.version)
    assert more.headers["etag"] == f'W/"{seat_state.version}"'


@pytest.mark.parametrize("since", ["-1", "x", str(2**53 + 1)])
async def test_a_version_that_is_none_is_refused(seat_state: SeatState, reader: Reader, since: str) -> None:
    assert (await statuses(reader, since=since)).status_code == 422


async def test_statuses_say_which_plan_they_go_with(seat_state: SeatState, reader: Reader) -> None:
    assert (await statuses(reader)).json()["layout_version"] == 1
    seat_state.change_sale(layout_version=2)
    kept_layouts().keep(layout_of(PERFORMANCE, 3, version=2))

    answer = (await statuses(reader)).json()

    assert (answer["layout_version"], answer["statuses"]) == (2, "AAA")
    assert (await reader.client.get(PLAN)).json()["version"] == 2


async def test_seats_that_redis_has_lost_are_asked_for(seat_state: SeatState, reader: Reader) -> None:
    seat_state.lose()

    assert (await statuses(reader)).status_code == 503
    assert seat_state.redis.keys("*wanted*")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["layout", "seats"])
async def test_an_unknown_performance_has_no_columns(
    seat_state: SeatState, reader: Reader, database_threads_end: None, what: str
) -> None:
    assert (await reader.client.get(f"/api/performances/987654/{what}/columns")).status_code == 404


async def test_ten_thousand_seats_are_a_few_kilobytes(seat_state: SeatState, reader: Reader) -> None:
    kept_layouts().keep(layout_of(PERFORMANCE, 10_000, version=2))
    seat_state.change_sale(layout_version=2)

    async with reader.client.stream("GET", PLAN) as answer:
        raw = b"".join([chunk async for chunk in answer.aiter_raw()])

    (section,) = json.loads(gzip.decompress(raw))["sections"]
    assert (len(section["ids"]), section["ids"][0]) == (10_000, FIRST_SEAT_ID)
    assert len(raw) < 30_000
