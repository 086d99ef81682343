"""A hall of ten thousand seats is built in seconds, whole or not at all."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.common.errors import ValidationFailed
from apps.concerts.demo.halls import ARENA
from apps.concerts.models import Seat, Section, Venue
from apps.concerts.services.build_venue import build_venue
from apps.concerts.venue_plans.plan import SectionPlan, VenuePlan

pytestmark = pytest.mark.django_db

SMALL = VenuePlan(name="hall", sections=[SectionPlan(code="A", rows=2, seats=3, accessible=["2-3"])])


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("build_venue", *arguments, stdout=out)
    return out.getvalue()


def test_ten_thousand_seats_take_few_statements() -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        venue = build_venue(ARENA)
    assert len(queries) < 50
    assert venue.seat_count == Seat.objects.filter(venue=venue).count() == 10_000


def test_ordinals_are_dense_and_follow_section_row_and_number() -> None:
    venue = build_venue(VenuePlan(name="hall", sections=[SectionPlan(code=code, rows=2, seats=2) for code in "BA"]))
    seats = Seat.objects.filter(venue=venue).order_by("ordinal")
    assert list(seats.values_list("ordinal", "section__code", "row", "number")) == [
        (0, "B", "1", 1), (1, "B", "1", 2), (2, "B", "2", 1), (3, "B", "2", 2),
        (4, "A", "1", 1), (5, "A", "1", 2), (6, "A", "2", 1), (7, "A", "2", 2),
    ]  # fmt: skip


def test_a_section_without_a_name_is_called_by_its_code() -> None:
    build_venue(SMALL)
    assert Section.objects.get().name == "A"
    assert Seat.objects.get(is_accessible=True).row == "2"


def test_a_second_hall_of_the_same_name_is_refused_and_nothing_is_built() -> None:
    build_venue(SMALL)
    with pytest.raises(ValidationFailed):
        build_venue(SMALL)
    assert (Venue.objects.count(), Section.objects.count(), Seat.objects.count()) == (1, 1, 6)


def test_the_command_builds_from_a_file(tmp_path: Path) -> None:
    plan = tmp_path / "hall.yaml"
    plan.write_text("name: 소극장\nsections: [{code: A, rows: 2, seats: 3}]", encoding="utf-8")
    assert "소극장, 6 seats" in run(str(plan))


def test_the_command_builds_from_options() -> None:
    assert "hall, 32 seats" in run("--name", "hall", "--section", "A:2x10", "--section", "B:3x4@2")
    assert list(Section.objects.values_list("code", flat=True)) == ["A", "B"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["missing.yaml"],
        [],
        ["--name", "hall"],
        ["--section", "A:2x10"],
        ["--name", "hall", "--section", "A:two"],
        ["--name", "hall", "--section", "A:0x10"],
        ["--name", "hall", "--section", "A:1x1", "--section", "A:1x1"],
    ],
)
def test_the_command_says_what_it_cannot_build(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)
    assert not Venue.objects.exists()
