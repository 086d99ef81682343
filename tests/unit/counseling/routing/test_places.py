"""A place comes from the row alone."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.counseling.routing.places import microseconds, place_of
from apps.counseling.states import AGEING_SECONDS, Priority

NOON = datetime(2026, 7, 1, 12, 0, 0, 1, tzinfo=UTC)


def test_a_place_is_exact_to_the_microsecond() -> None:
    later = NOON + timedelta(microseconds=1)

    assert microseconds(later) - microseconds(NOON) == 1
    assert place_of(later, Priority.NORMAL) - place_of(NOON, Priority.NORMAL) == 1


@pytest.mark.parametrize("priority", Priority)
def test_a_class_is_worth_a_fixed_time_of_waiting_however_long_somebody_waits(priority: Priority) -> None:
    waited_as_long = NOON - timedelta(seconds=AGEING_SECONDS[priority])

    assert place_of(NOON, priority) == place_of(waited_as_long, Priority.NORMAL)


def test_the_same_row_has_the_same_place_whatever_its_time_zone() -> None:
    seoul = NOON.astimezone(tz=None)

    assert place_of(seoul, "URGENT") == place_of(NOON, "URGENT")


def test_every_class_has_a_worth() -> None:
    assert set(AGEING_SECONDS) == set(Priority)
    assert AGEING_SECONDS[Priority.NORMAL] == 0
