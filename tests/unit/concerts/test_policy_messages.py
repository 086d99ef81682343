"""What the page says of cancelling is what cancelling costs."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from apps.concerts.models import CancellationPolicy, CancellationTier
from apps.concerts.policy_messages import PolicyRow, last_moment, policy_in_words, policy_remarks, policy_rows
from apps.concerts.policy_presets import PRESETS, install_presets
from apps.orders.cancellation.quote import quote
from apps.orders.services.quote_cancellation import terms_of

pytestmark = pytest.mark.django_db

SEOUL = ZoneInfo("Asia/Seoul")
SHOW = datetime(2027, 3, 20, 19, 30, tzinfo=SEOUL)
LONG_AGO = SHOW - timedelta(days=300)
PRICE_KRW = 100_000


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


def preset(name: str) -> CancellationPolicy:
    install_presets(CancellationPolicy.objects, CancellationTier.objects)
    return CancellationPolicy.objects.get(name=name)


def row_for(rows: list[PolicyRow], day: datetime) -> PolicyRow | None:
    """The row that counts on a day: the first whose last day has not passed."""
    return next((row for row in rows if row.until is not None and day.date() <= row.until), None)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_on_every_day_the_table_says_the_fee_that_is_taken(name: str) -> None:
    policy = preset(name)
    rows = policy_rows(policy, starts_at=SHOW)
    for days in range(15):
        moment = (SHOW - timedelta(days=days)).replace(hour=12)
        priced = quote(terms_of(policy), [(1, PRICE_KRW)], starts_at=SHOW, booked_at=LONG_AGO, now=moment, zone=SEOUL)
        row = row_for(rows, moment)
        if priced.closed:
            assert row is None, days
            continue
        assert row is not None, days
        tier = row.tier
        cap = PRICE_KRW * tier.cap_percent // 100
        assert priced.fee_krw == min(PRICE_KRW * tier.percent // 100 + tier.per_ticket_krw, cap), days
        assert row.is_free == (priced.fee_krw == 0), days


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_the_last_moment_is_the_one_after_which_nothing_is_cancelled(name: str) -> None:
    policy = preset(name)
    moment = last_moment(policy, starts_at=SHOW, zone=SEOUL)
    for late in (-1, 1):
        now = moment + timedelta(seconds=late)
        priced = quote(terms_of(policy), [(1, PRICE_KRW)], starts_at=SHOW, booked_at=LONG_AGO, now=now, zone=SEOUL)
        assert priced.closed == (late > 0)


def test_a_cut_off_after_the_beginning_ends_with_the_beginning() -> None:
    policy = CancellationPolicy.objects.create(name="late", cutoff_days_before=0, cutoff_time=time(23, 59))
    assert last_moment(policy, starts_at=SHOW, zone=SEOUL) == SHOW


def test_of_a_known_show_the_table_says_the_days_and_the_last_moment() -> None:
    policy = policy_in_words(preset("Ticket sites"), starts_at=SHOW)
    assert [row.until for row in policy.rows] == [
        date(2027, 3, 10),
        date(2027, 3, 13),
        date(2027, 3, 17),
        date(2027, 3, 19),
    ]
    assert policy.remarks[-1] == "Tickets can be cancelled until Fri, 19 Mar 2027, 17:00 (KST)."


def test_the_ticket_sites_policy_in_words() -> None:
    rows = policy_rows(preset("Ticket sites"))
    assert [(row.when, row.fee) for row in rows] == [
        ("Until 10 days before the show", "₩4,000 a ticket (at most 10% of the ticket price)"),
        ("9 to 7 days before the show", "10% of the ticket price"),
        ("6 to 3 days before the show", "20% of the ticket price"),
        ("2 to 1 days before the show", "30% of the ticket price"),
    ]
    assert policy_remarks(preset("Ticket sites")) == [
        "Free of charge within 7 days of booking, up to 10 days before the show.",
        "Tickets can be cancelled until 5 p.m. (KST) 1 day before the show.",
    ]


def test_days_without_a_tier_give_nothing_back_and_are_said() -> None:
    policy = CancellationPolicy.objects.create(name="early birds")
    policy.tiers.create(days_before_min=3)
    assert [(row.when, row.fee) for row in policy_rows(policy)] == [
        ("Until 3 days before the show", "No fee"),
        ("From 2 days before the show", "No refund"),
    ]


def test_a_policy_without_tiers_gives_nothing_back() -> None:
    policy = CancellationPolicy.objects.create(name="none")
    assert [(row.when, row.fee) for row in policy_rows(policy)] == [("Until the show starts", "No refund")]
