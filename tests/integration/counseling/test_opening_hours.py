"""When somebody is there, in the operator's time zone (Seoul, nine hours ahead of UTC)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apps.counseling.models import Category, OpeningHours
from apps.counseling.services.opening_hours import is_open, next_opening
from tests.counseling_factories import make_category

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)  # nine o'clock in Seoul


def open_on(weekday: int, opens_at: str, closes_at: str, *, category: Category | None = None) -> None:
    OpeningHours.objects.create(category=category, weekday=weekday, opens_at=opens_at, closes_at=closes_at)


def test_a_centre_without_hours_is_always_open() -> None:
    category = make_category()
    assert is_open(category.pk, at=MONDAY)
    assert next_opening(category.pk, after=MONDAY) is None


def test_it_is_open_from_the_first_moment_until_before_the_last() -> None:
    category = make_category()
    open_on(0, "09:00", "18:00")
    closes = MONDAY + timedelta(hours=9)
    moment = timedelta(microseconds=1)

    assert [is_open(category.pk, at=at) for at in (MONDAY - moment, MONDAY, closes - moment, closes)] == [
        False, True, True, False,
    ]  # fmt: skip


def test_the_day_is_the_operators_and_not_utcs() -> None:
    category = make_category()
    open_on(0, "00:00", "01:00")

    assert is_open(category.pk, at=datetime(2026, 3, 1, 15, 30, tzinfo=UTC))  # Sunday in UTC, Monday in Seoul
    assert not is_open(category.pk, at=datetime(2026, 3, 2, 0, 30, tzinfo=UTC))


def test_hours_of_its_own_stand_in_for_the_centres() -> None:
    own, centres = make_category(), make_category()
    open_on(0, "09:00", "18:00")
    open_on(1, "09:00", "18:00", category=own)

    assert (is_open(own.pk, at=MONDAY), is_open(centres.pk, at=MONDAY)) == (False, True)
    assert next_opening(own.pk, after=MONDAY) == MONDAY + timedelta(days=1)


def test_the_next_opening_may_be_after_a_break_on_another_day_or_in_a_week() -> None:
    category = make_category()
    open_on(0, "13:00", "18:00")
    open_on(0, "09:00", "12:00")
    lunch, evening = MONDAY + timedelta(hours=3), MONDAY + timedelta(hours=9)
    assert not is_open(category.pk, at=lunch)
    assert next_opening(category.pk, after=lunch) == MONDAY + timedelta(hours=4)
    assert next_opening(category.pk, after=evening) == MONDAY + timedelta(days=7)

    open_on(2, "10:00", "12:00")
    assert next_opening(category.pk, after=evening) == MONDAY + timedelta(days=2, hours=1)
