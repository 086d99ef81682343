"""GET /api/performances/{id}/layout: the hall to draw, which a sale does not change."""

from __future__ import annotations

import pytest

from apps.concerts.seat_map.layout import kept_layouts
from tests.integration.seat_map.conftest import Reader
from tests.seat_house import FIRST_SEAT_ID, House, house_layout

ANN = 1


async def test_a_plan_says_where_each_seat_is(house: House, reader: Reader) -> None:
    answer = await reader.plan()

    (section,) = answer.json()["sections"]
    assert (section["grade"], section["price"], section["color"]) == ("R", 100_000, "#6b7280")
    assert section["seats"][2] == {
        "id": FIRST_SEAT_ID + 2, "row": "1", "number": 3, "x": 2, "y": 0, "is_accessible": False,
    }  # fmt: skip


async def test_a_sale_leaves_the_plan_as_it_is(house: House, reader: Reader) -> None:
    first = await reader.plan()
    house.hold(ANN, 0)

    again = await reader.plan(headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")


async def test_a_change_of_the_catalogue_changes_the_plan(house: House, reader: Reader) -> None:
    first = await reader.plan()
    house.change_sale(layout_version=2)
    kept_layouts().keep(house_layout(7, 3, version=2))

    again = await reader.plan(headers={"If-None-Match": first.headers["etag"]})

    assert again.status_code == 200
    assert len(again.json()["sections"][0]["seats"]) == 3


async def test_the_plan_stays_up_while_the_seats_are_away(house: House, reader: Reader) -> None:
    house.lose()

    assert (await reader.plan()).status_code == 200


@pytest.mark.django_db(transaction=True)
async def test_an_unknown_performance_has_no_plan(house: House, reader: Reader, database_threads_end: None) -> None:
    assert (await reader.plan(987_654)).status_code == 404
