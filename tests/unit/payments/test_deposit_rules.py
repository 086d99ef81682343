"""Until when a deposit is awaited, and when none is offered: computed from the show's times and the rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.concerts.models import Performance, Venue, WaitingRoomMode
from apps.payments.deposits.rules import (
    DepositRules,
    OpenDeposits,
    Why,
    hundredths_waited,
    last_moment,
    why_not_more,
    why_not_now,
)

SEOUL = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 11, 30, 21, 15, tzinfo=SEOUL)
RULES = DepositRules(
    is_offered=True, days=1, until_hours_before=48, after_hours=24, share_percent=30, open_per_person=2,
    seats_per_person=8, open_per_show=100, lapses=3, lapse_days=30,
)  # fmt: skip
NOTHING_OPEN = OpenDeposits(
    seats=2, for_sale=100, most_per_buyer=4, person_open=0, person_seats=0, show_open=0, show_seats=0, lapsed=0
)


def show(
    *, starts: timedelta = timedelta(days=20), closes: timedelta = timedelta(days=19), opened: timedelta = timedelta(2),
    mode: WaitingRoomMode = WaitingRoomMode.QUEUE, zone: str = "",
) -> Performance:  # fmt: skip
    return Performance(
        venue=Venue(time_zone=zone),
        starts_at=NOW + starts,
        sale_closes_at=NOW + closes,
        sale_opens_at=NOW - opened,
        waiting_room_mode=mode,
    )


@pytest.mark.parametrize(
    ("days", "end"),
    [
        (0, datetime(2026, 11, 30, 23, 59, 59, tzinfo=SEOUL)),
        (1, datetime(2026, 12, 1, 23, 59, 59, tzinfo=SEOUL)),
        (3, datetime(2026, 12, 3, 23, 59, 59, tzinfo=SEOUL)),
    ],
)
def test_a_deposit_is_awaited_until_the_end_of_a_day(days: int, end: datetime) -> None:
    assert last_moment(show(), replace(RULES, days=days), now=NOW) == end


def test_the_day_is_the_venues() -> None:
    just_before_midnight_in_utc = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)  # the next morning in Seoul

    here = last_moment(show(), RULES, now=just_before_midnight_in_utc)
    abroad = last_moment(show(zone="America/New_York"), RULES, now=just_before_midnight_in_utc)

    assert here == datetime(2026, 12, 2, 23, 59, 59, tzinfo=SEOUL)
    assert abroad == datetime(2026, 12, 1, 23, 59, 59, tzinfo=ZoneInfo("America/New_York"))


def test_a_deposit_is_not_awaited_past_the_sale_nor_the_show() -> None:
    assert last_moment(show(closes=timedelta(hours=3)), RULES, now=NOW) == NOW + timedelta(hours=3)
    early = show(starts=timedelta(hours=2), closes=timedelta(hours=3))
    assert last_moment(early, RULES, now=NOW) == NOW + timedelta(hours=2)


@pytest.mark.parametrize(
    ("performance", "rules", "why"),
    [
        (show(), RULES, None),
        (show(), replace(RULES, is_offered=False), Why.OFF),
        (show(opened=timedelta(hours=23)), RULES, Why.EARLY),
        (show(opened=timedelta(hours=25)), RULES, None),
        (show(opened=timedelta(hours=23), mode=WaitingRoomMode.OPEN), RULES, None),
        (show(opened=timedelta(hours=1)), replace(RULES, after_hours=1), None),
        (show(starts=timedelta(hours=49)), RULES, None),
        (show(starts=timedelta(hours=48)), RULES, Why.LATE),
        (show(starts=timedelta(hours=48)), replace(RULES, until_hours_before=12), None),
        (show(closes=timedelta(minutes=59)), RULES, Why.LATE),
    ],
)
def test_deposits_are_not_offered_near_the_show_nor_in_a_queued_sales_first_hours(
    performance: Performance, rules: DepositRules, why: Why | None
) -> None:
    assert why_not_now(performance, rules, now=NOW) == why


@pytest.mark.parametrize(
    ("counted", "why"),
    [
        (NOTHING_OPEN, None),
        (replace(NOTHING_OPEN, lapsed=2), None),
        (replace(NOTHING_OPEN, lapsed=3), Why.LAPSED),
        (replace(NOTHING_OPEN, person_open=1), None),
        (replace(NOTHING_OPEN, person_open=2), Why.PERSON),
        (replace(NOTHING_OPEN, person_seats=6), None),
        (replace(NOTHING_OPEN, person_seats=7), Why.PERSON),
        (replace(NOTHING_OPEN, show_seats=28), None),
        (replace(NOTHING_OPEN, show_seats=29), Why.SHOW),
        (replace(NOTHING_OPEN, show_open=99), None),
        (replace(NOTHING_OPEN, show_open=100), Why.SHOW),
        (replace(NOTHING_OPEN, for_sale=5, seats=4), None),  # one buyer's order fits into the smallest hall
        (replace(NOTHING_OPEN, for_sale=5, seats=4, show_seats=1), Why.SHOW),
    ],
)
def test_open_deposits_are_limited_by_person_by_show_and_as_a_share_of_the_seats(
    counted: OpenDeposits, why: Why | None
) -> None:
    assert why_not_more(RULES, counted) == why


def test_a_limit_of_nothing_is_none_but_the_share() -> None:
    boundless = replace(RULES, open_per_person=0, seats_per_person=0, open_per_show=0, lapses=0)
    counted = replace(NOTHING_OPEN, person_open=50, person_seats=20, show_open=500, show_seats=28, lapsed=9)

    assert why_not_more(boundless, counted) is None
    assert why_not_more(boundless, replace(counted, show_seats=29)) == Why.SHOW


@pytest.mark.parametrize(
    ("minutes", "hundredths"), [(0, 1), (1, 1), (25, 25), (50, 50), (99, 99), (100, 100), (101, 100)]
)
def test_a_deposit_that_was_given_up_counts_by_the_hundredth_and_never_for_nothing(
    minutes: int, hundredths: int
) -> None:
    opened = datetime(2026, 11, 30, 12, tzinfo=UTC)
    until = opened + timedelta(minutes=100)

    assert hundredths_waited(opened, opened + timedelta(minutes=minutes), until) == hundredths


def test_one_that_had_no_time_at_all_counts_whole() -> None:
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)

    assert hundredths_waited(None, now, now + timedelta(days=1)) == 100
    assert hundredths_waited(now, now, now) == 100
