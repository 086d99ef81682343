"""The JSON that is put together from fragments is the JSON that an encoder would write."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence

import pytest

from apps.concerts.seat_map.drawing import GZIP_FORMAT, Template
from apps.concerts.seat_map.layout import Layout, LayoutSeat, LayoutSection
from apps.concerts.seat_states.reading import CellsRead
from apps.concerts.seat_states.records import BLOCKED, CELL, SOLD, OrderRecord, RecordState

NOW = 1_000
NAME = '1층 "가운데" \\ <b>'


def cells(*states: tuple[int, int], version: int = 9) -> CellsRead:
    return CellsRead(version, 3, NOW, b"".join(CELL.pack(*state) for state in states))


def layout(*sections: Sequence[int]) -> Layout:
    return Layout(
        performance_id=5,
        venue_id=1,
        version=3,
        sections=tuple(
            LayoutSection(
                id=number, code=f"S{number}", name=NAME, grade="VIP", price_krw=150_000, color="#123456",
                seats=tuple(
                    LayoutSeat(
                        id=100 + ordinal, ordinal=ordinal, row=f"{number}", number=ordinal, x=0, y=0,
                        is_accessible=False, section=NAME, grade="VIP", price_krw=150_000,
                    )
                    for ordinal in ordinals
                ),
            )
            for number, ordinals in enumerate(sections)
        ),
    )  # fmt: skip


def test_a_drawing_is_the_json_of_its_seats() -> None:
    states = [(0, 0), (NOW, 4), (NOW + 1, 5), (SOLD, 6), (BLOCKED, 7)]

    drawing = Template(layout([0, 1, 2], [3, 4])).draw(cells(*states))

    def seat(ordinal: int, row: str, status: str) -> dict[str, object]:
        return {"id": 100 + ordinal, "row": row, "number": ordinal, "status": status}

    head = {"name": NAME, "grade": "VIP", "price": 150_000}
    first = [seat(0, "0", "AVAILABLE"), seat(1, "0", "AVAILABLE"), seat(2, "0", "HELD")]
    second = [seat(3, "1", "SOLD"), seat(4, "1", "BLOCKED")]
    assert json.loads(drawing.whole.body) == {
        "performance_id": 5,
        "version": 9,
        "sections": [{"id": 0, "code": "S0", **head, "seats": first}, {"id": 1, "code": "S1", **head, "seats": second}],
    }
    assert zlib.decompress(drawing.whole.compressed, GZIP_FORMAT) == drawing.whole.body


@pytest.mark.parametrize("sections", [(), ([],), ([], [0], []), ([1], [])])
def test_empty_sections_are_drawn_too(sections: tuple[list[int], ...]) -> None:
    body = json.loads(Template(layout(*sections)).draw(cells((0, 0), (SOLD, 1))).whole.body)

    assert [[seat["id"] - 100 for seat in section["seats"]] for section in body["sections"]] == list(sections)


def test_a_section_that_is_not_for_sale_has_cells_but_no_seats() -> None:
    body = json.loads(Template(layout([1])).draw(cells((SOLD, 1), (SOLD, 2), (SOLD, 3))).whole.body)

    (section,) = body["sections"]
    assert [(seat["id"], seat["status"]) for seat in section["seats"]] == [(101, "SOLD")]


def test_one_drawing_leaves_no_trace_in_the_next() -> None:
    template = Template(layout([0, 1]))
    first = template.draw(cells((SOLD, 1), (0, 0)))
    mine = first.whole.body_with([1])

    second = template.draw(cells((0, 0), (0, 0), version=10))

    assert b"SOLD" not in second.whole.body
    assert b"MINE" not in first.whole.body
    assert json.loads(mine)["sections"][0]["seats"][1]["status"] == "MINE"


def test_seats_are_the_readers_own_only_while_the_hold_is_theirs() -> None:
    held = OrderRecord(RecordState.HELD, 1, 4, NOW + 60, (0, 1, 2, 3))
    sold = OrderRecord(RecordState.SOLD, 1, 8, 0, (4,))
    drawing = Template(layout([0, 1, 2, 3, 4])).draw(cells((NOW + 60, 4), (NOW + 60, 5), (SOLD, 4), (0, 0), (SOLD, 8)))

    assert drawing.own_ordinals([held, sold]) == [0]
