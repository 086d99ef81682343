"""A hall in a few lines, and where its seats stand."""

from __future__ import annotations

from itertools import pairwise
from math import dist
from typing import Any

import pytest

from apps.common.errors import ValidationFailed
from apps.concerts.venue_plans.geometry import SEAT_PITCH, SeatPlace, place_seats
from apps.concerts.venue_plans.plan import SectionPlan, VenuePlan, checked_venue_plan, parse_venue_plan


def hall(*sections: SectionPlan) -> VenuePlan:
    return VenuePlan(name="hall", sections=list(sections))


def places(*sections: SectionPlan) -> list[SeatPlace]:
    return list(place_seats(hall(*sections)))


def description(**section: Any) -> dict[str, Any]:
    return {"name": "hall", "sections": [{"code": "A", "rows": 2, "seats": 3} | section]}


def test_a_description_in_yaml_becomes_a_hall() -> None:
    plan = parse_venue_plan(
        """
        name: 소극장 달빛
        city: 서울
        sections:
          - {code: A, name: 1층, rows: 2, seats: 3, accessible: [2-1]}
          - {code: B, level: 2, rows: [가, 나], seats: [4, 5]}
        """
    )
    assert [(section.code, section.seat_count) for section in plan.sections] == [("A", 6), ("B", 9)]
    assert [[section.code for section in level] for level in plan.levels] == [["A"], ["B"]]


def test_json_is_as_good_as_yaml() -> None:
    assert parse_venue_plan('{"name": "hall", "sections": [{"code": "A", "rows": 2, "seats": 3}]}') == (
        checked_venue_plan(description())
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name: [", "Neither YAML nor JSON"),
        ("just words", "object"),
        ("name: hall", "sections"),
        ("name: hall\nsections: []", "sections"),
        ("name: hall\nsections: [{code: A, rows: 2, seats: 3, colour: red}]", "colour"),
        ("!!python/object/apply:os.system [ls]", "Neither YAML nor JSON"),
        ("2026-13-45", "Neither YAML nor JSON"),
        ("9" * 5_000, "Neither YAML nor JSON"),
        ("!!bool x", "Neither YAML nor JSON"),
        ("!!int x", "Neither YAML nor JSON"),
        ("!!timestamp x", "Neither YAML nor JSON"),
        ("{[]: 1}", "Neither YAML nor JSON"),
        ("[" * 30_000, "nested too deeply"),
        ('{"name": "\\ud800", "sections": [{"code": "A", "rows": 2, "seats": 3}]}', "half a character"),
        ('{"name": "hall", "sections": [{"code": "A", "rows": ["\\ud800"], "seats": 3}]}', "half a character"),
        ("name: hall\nsections: [{code: A, rows: 2, seats: 3, accessible: [1-" + "9" * 5_000 + "]}]", "no seat 1-"),
    ],
)
def test_a_description_of_no_hall_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        parse_venue_plan(text)
    assert complaint in refusal.value.extras["errors"]["plan"][0]


@pytest.mark.parametrize(
    ("section", "complaint"),
    [
        ({"code": "A, B"}, "code"),
        ({"rows": 0}, "rows"),
        ({"seats": -1}, "seats"),
        ({"seats": [3]}, "2 rows, but seats for 1"),
        ({"rows": ["a", "a"]}, "row a is there twice"),
        ({"rows": ["a-b", "c"]}, "rows"),
        ({"accessible": ["3-1"]}, "no seat 3-1"),
        ({"accessible": ["2-4"]}, "no seat 2-4"),
        ({"accessible": ["2-0"]}, "no seat 2-0"),
        ({"accessible": ["first"]}, "no seat first"),
        ({"rows": 1000, "seats": 1000}, "at most 200,000 seats"),
    ],
)
def test_a_section_that_cannot_be_built_is_refused(section: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        checked_venue_plan(description(**section))
    assert complaint in refusal.value.extras["errors"]["plan"][0]


def test_a_section_cannot_be_there_twice() -> None:
    section = {"code": "A", "rows": 2, "seats": 3}
    with pytest.raises(ValidationFailed) as refusal:
        checked_venue_plan({"name": "hall", "sections": [section, section]})
    assert refusal.value.extras["errors"]["plan"] == ["section A is there twice"]


def test_seats_come_by_section_then_row_then_number() -> None:
    seats = places(SectionPlan(code="B", rows=["나", "가"], seats=2), SectionPlan(code="A", rows=1, seats=[1]))
    assert [(seat.section.code, seat.row, seat.number) for seat in seats] == [
        ("B", "나", 1), ("B", "나", 2), ("B", "가", 1), ("B", "가", 2), ("A", "1", 1),
    ]  # fmt: skip


def test_accessible_seats_are_those_that_the_plan_names() -> None:
    seats = places(SectionPlan(code="A", rows=2, seats=3, accessible=["2-1", "2-3"]))
    assert [(seat.row, seat.number) for seat in seats if seat.is_accessible] == [("2", 1), ("2", 3)]


def test_a_section_alone_stands_symmetrically_before_the_stage() -> None:
    seats = places(SectionPlan(code="A", rows=1, seats=9, aisles=[3, 6]))
    assert [seat.x for seat in seats] == [-seat.x for seat in reversed(seats)]
    assert seats[4].x == 0
    assert all(seat.y > 0 for seat in seats)


def test_an_aisle_parts_the_seats_beside_it() -> None:
    seats = places(SectionPlan(code="A", rows=1, seats=4, aisles=[2]))
    steps = [right.x - left.x for left, right in pairwise(seats)]
    assert steps[1] > 2 * max(steps[0], steps[2])


def test_no_two_seats_stand_in_the_same_place() -> None:
    sections = [
        SectionPlan(code=f"{level}{block}", level=level, rows=6, seats=[10, 11, 12, 13, 14, 15])
        for level in (1, 2)
        for block in range(7)
    ]
    points = [(seat.x, seat.y) for seat in places(*sections)]
    nearest = min(dist(one, other) for index, one in enumerate(points) for other in points[:index])
    assert nearest > SEAT_PITCH * 0.9


def test_sections_of_a_level_stand_from_left_to_right_and_levels_from_front_to_back() -> None:
    seats = places(
        SectionPlan(code="left", rows=3, seats=5),
        SectionPlan(code="right", rows=3, seats=5),
        SectionPlan(code="behind", level=2, rows=3, seats=5),
    )
    by_section = {code: [seat for seat in seats if seat.section.code == code] for code in ("left", "right", "behind")}
    assert max(seat.x for seat in by_section["left"]) < min(seat.x for seat in by_section["right"])
    assert max(seat.y for seat in by_section["left"]) < min(seat.y for seat in by_section["behind"])
