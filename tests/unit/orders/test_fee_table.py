"""The table that people read says what the quote will charge."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.orders.cancellation.fee_table import closes_at, fee_rows
from apps.orders.cancellation.quote import Terms, Tier, quote

SEOUL = ZoneInfo("Asia/Seoul")
SHOW = datetime(2027, 1, 30, 19, 30, tzinfo=SEOUL)
STANDARD = Terms(tiers=(Tier(10, 0), Tier(7, 10), Tier(3, 20), Tier(1, 30), Tier(0, 90)))
SITES = Terms(
    tiers=(Tier(10, 0, 4_000, 10), Tier(7, 10), Tier(3, 20), Tier(1, 30)), cutoff_days_before=1, cutoff_minutes=17 * 60
)


def test_each_row_ends_on_the_last_day_of_its_tier() -> None:
    rows = fee_rows(STANDARD, starts_at=SHOW, zone=SEOUL)

    assert [(row.last_day, row.most_days, row.fewest_days, row.percent) for row in rows] == [
        (date(2027, 1, 20), None, 10, 0),
        (date(2027, 1, 23), 9, 7, 10),
        (date(2027, 1, 27), 6, 3, 20),
        (date(2027, 1, 29), 2, 1, 30),
        (date(2027, 1, 30), 0, 0, 90),
    ]
    assert [row.is_free for row in rows] == [True, False, False, False, False]


def test_days_after_the_cut_off_are_not_listed() -> None:
    rows = fee_rows(SITES, starts_at=SHOW, zone=SEOUL)

    assert [row.last_day for row in rows][-1] == date(2027, 1, 29)
    assert closes_at(SITES, starts_at=SHOW, zone=SEOUL) == datetime(2027, 1, 29, 17, tzinfo=SEOUL)


def test_days_that_no_tier_has_give_nothing_back() -> None:
    rows = fee_rows(Terms(tiers=(Tier(3, 20),)), starts_at=SHOW, zone=SEOUL)

    assert [(row.most_days, row.fewest_days, row.is_lost) for row in rows] == [(None, 3, False), (2, 0, True)]


def test_without_a_cut_off_cancelling_ends_with_the_beginning_of_the_show() -> None:
    assert closes_at(STANDARD, starts_at=SHOW, zone=SEOUL) == SHOW
    assert closes_at(Terms(tiers=(), cutoff_days_before=0, cutoff_minutes=1439), starts_at=SHOW, zone=SEOUL) == SHOW


@pytest.mark.parametrize("terms", [STANDARD, SITES], ids=["standard", "sites"])
@pytest.mark.parametrize("days_before", range(14))
def test_the_table_and_the_quote_agree_on_every_day(terms: Terms, days_before: int) -> None:
    now = SHOW - timedelta(days=days_before, hours=9)
    rows = fee_rows(terms, starts_at=SHOW, zone=SEOUL)
    priced = quote(
        terms, [(1, 100_000)], starts_at=SHOW, booked_at=datetime(2026, 1, 1, tzinfo=UTC), now=now, zone=SEOUL
    )

    row = next((row for row in rows if now.date() <= row.last_day), None)

    assert priced.closed == (row is None or now > closes_at(terms, starts_at=SHOW, zone=SEOUL))
    if row is not None:
        fee = min(row.percent * 1_000 + row.per_ticket_krw, row.cap_percent * 1_000)
        assert priced.fee_krw == fee
