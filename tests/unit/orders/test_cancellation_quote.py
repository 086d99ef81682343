from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.orders.cancellation.quote import Quote, Terms, Tier, quote

SEOUL = ZoneInfo("Asia/Seoul")
SHOW = datetime(2027, 5, 20, 19, 30, tzinfo=SEOUL)
BOOKED = datetime(2027, 1, 2, 12, 0, tzinfo=SEOUL)

CONSUMER_STANDARD = Terms(
    tiers=(Tier(10, 0), Tier(7, 10), Tier(3, 20), Tier(1, 30), Tier(0, 90)),
    free_period_hours=24,
    free_period_until_days=3,
)
TICKET_SITE = Terms(
    tiers=(Tier(10, 0, per_ticket_krw=4000, cap_percent=10), Tier(7, 10), Tier(3, 20), Tier(1, 30)),
    free_period_hours=7 * 24,
    free_period_until_days=10,
    cutoff_days_before=1,
    cutoff_minutes=17 * 60,
    booking_fee_krw=2000,
)


def cancel(terms: Terms, *, days_before: int, booked_at: datetime = BOOKED, price: int = 100_000) -> Quote:
    now = SHOW.replace(hour=12, minute=0) - timedelta(days=days_before)
    return quote(terms, [(1, price)], starts_at=SHOW, booked_at=booked_at, now=now, zone=SEOUL)


@pytest.mark.parametrize(
    ("days_before", "fee"),
    [(30, 0), (10, 0), (9, 10_000), (7, 10_000), (6, 20_000), (3, 20_000), (2, 30_000), (1, 30_000), (0, 90_000)],
)
def test_the_consumer_standard_takes_more_the_nearer_the_show_is(days_before: int, fee: int) -> None:
    assert cancel(CONSUMER_STANDARD, days_before=days_before).fee_krw == fee


@pytest.mark.parametrize(("price", "fee"), [(100_000, 2000 + 4000), (22_000, 2000 + 2000)])
def test_a_ticket_site_takes_4000_won_a_ticket_but_no_more_than_a_tenth(price: int, fee: int) -> None:
    assert cancel(TICKET_SITE, days_before=20, price=price).fee_krw == fee


def test_within_the_free_period_only_the_booking_fee_stays() -> None:
    booked = SHOW - timedelta(days=22)

    assert cancel(TICKET_SITE, days_before=20, booked_at=booked).fee_krw == 2000


def test_on_the_day_of_booking_everything_comes_back() -> None:
    booked = SHOW.replace(hour=9) - timedelta(days=20)

    assert cancel(TICKET_SITE, days_before=20, booked_at=booked).fee_krw == 0


def test_the_tier_of_the_shows_date_overrides_the_free_period() -> None:
    booked = SHOW - timedelta(days=7)

    assert cancel(TICKET_SITE, days_before=5, booked_at=booked).fee_krw == 2000 + 19_600


def test_a_day_after_booking_the_consumer_standard_is_free_no_more() -> None:
    just_within = SHOW.replace(hour=12, minute=0) - timedelta(days=5, hours=24)
    a_moment_later = just_within - timedelta(seconds=1)

    assert cancel(CONSUMER_STANDARD, days_before=5, booked_at=just_within).fee_krw == 0
    assert cancel(CONSUMER_STANDARD, days_before=5, booked_at=a_moment_later).fee_krw == 20_000


@pytest.mark.parametrize(("hour", "minute", "closed"), [(16, 59, False), (17, 0, False), (17, 1, True)])
def test_nothing_can_be_cancelled_after_the_cut_off_on_the_eve(hour: int, minute: int, closed: bool) -> None:
    now = datetime(2027, 5, 19, hour, minute, tzinfo=SEOUL)

    quoted = quote(TICKET_SITE, [(1, 50_000)], starts_at=SHOW, booked_at=BOOKED, now=now, zone=SEOUL)

    assert quoted.closed is closed


def test_nothing_can_be_cancelled_once_the_show_has_begun() -> None:
    quoted = quote(CONSUMER_STANDARD, [(1, 50_000)], starts_at=SHOW, booked_at=BOOKED, now=SHOW, zone=SEOUL)

    assert quoted.closed


def test_days_are_counted_where_the_hall_is() -> None:
    eve_in_seoul = datetime(2027, 5, 18, 23, 0, tzinfo=ZoneInfo("UTC"))  # 08:00 on the 19th in Seoul

    quoted = quote(CONSUMER_STANDARD, [(1, 100_000)], starts_at=SHOW, booked_at=BOOKED, now=eve_in_seoul, zone=SEOUL)

    assert quoted.days_before == 1


@given(
    prices=st.lists(st.integers(min_value=0, max_value=1_000_000), min_size=1, max_size=8),
    days_before=st.integers(min_value=0, max_value=60),
    percent=st.integers(min_value=0, max_value=100),
    per_ticket=st.integers(min_value=0, max_value=50_000),
    booking_fee=st.integers(min_value=0, max_value=10_000),
)
def test_fee_and_refund_always_add_up_to_the_price(
    prices: list[int], days_before: int, percent: int, per_ticket: int, booking_fee: int
) -> None:
    terms = Terms(tiers=(Tier(0, percent, per_ticket),), booking_fee_krw=booking_fee)

    quoted = quote(
        terms,
        list(enumerate(prices, start=1)),
        starts_at=SHOW,
        booked_at=BOOKED,
        now=SHOW - timedelta(days=days_before, hours=8),
        zone=SEOUL,
    )

    assert quoted.fee_krw + quoted.refund_krw == sum(prices)
    assert all(line.fee_krw >= 0 and line.refund_krw >= 0 for line in quoted.lines)
