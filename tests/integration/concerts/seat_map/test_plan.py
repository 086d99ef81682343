"""GET /api/performances/{id}/layout: the hall to draw, which a sale does not change."""

from __future__ import annotations

import pytest

from apps.concerts.seat_map.layout import kept_layouts
from tests.integration.concerts.seat_map.conftest import Reader
from tests.seat_state import FIRST_SEAT_ID, SeatState, layout_of

ANN = 1


async def test_a_plan_says_where_each_seat_is(seat_state: SeatState, reader: Reader) -> None:
    answer = await reader.plan()

    (section,) = answer.json()["sections"]
    assert (section["grade"], section["price"], section["color"]) == ("R", 100_000, "#6b7280")
    assert section["seats"][2] == {
        "id": FIRST_SEAT_ID + 2, "row": "1", "number": 3, "x": 2, "y": 0, "is_accessible": False,
    }  # fmt: skip


async def test_a_sale_leaves_the_plan_as_it_is(seat_state: SeatState, reader: Reader) -> None:
    first = await reader.plan()
    seat_state.hold(ANN, 0)

    again = await reader.plan(headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")


async def test_a_change_of_the_catalogue_changes_the_plan(seat_state: SeatState, reader: Reader) -> None:
    first = await reader.plan()
    seat_state.change_sale(layout_version=2)
    kept_layouts().keep(layout_of(7, 3, version=2))

    again = await reader.plan(headers={"If-None-Match": first.headers["etag"]})

    assert again.status_code == 200
    assert len(again.json()["sections"][0]["seats"]) == 3


async def test_the_plan_stays_up_while_the_seats_are_away(seat_state: SeatState, reader: Reader) -> None:
    seat_state.lose()

    assert (await reader.plan()).status_code == 200


@pytest.mark.django_db(transaction=True)
async def test_an_unknown_performance_has_no_plan(
    seat_state: SeatState, reader: Reader, database_threads_end: None
) -> None:
    assert (await reader.plan(987_654)).status_code == 404
