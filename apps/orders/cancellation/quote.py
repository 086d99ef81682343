"""What cancelling costs, computed from the concert's policy: pure, in whole won.

The order of the rules is that of the Korean ticket trade: nothing comes back after the cut-off
or the start of the show; within the free period no fee; else the tier of the days that are left.
The tier of the show's date overrides the free period where the policy says until when it counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Tier:
    """The fee of a ticket cancelled with at least `days_before_min` days left."""

    days_before_min: int
    percent: int
    per_ticket_krw: int = 0
    cap_percent: int = 100


@dataclass(frozen=True, slots=True)
class Terms:
    """A cancellation policy as data; `tiers` in any order."""

    tiers: tuple[Tier, ...]
    free_period_hours: int = 0
    free_period_until_days: int = 0
    cutoff_days_before: int | None = None
    cutoff_minutes: int = 0  # minutes after midnight of the last day
    booking_fee_krw: int = 0


@dataclass(frozen=True, slots=True)
class LineQuote:
    """What one line costs to cancel: `fee_krw + refund_krw == price_krw`."""

    line_number: int
    price_krw: int
    fee_krw: int
    refund_krw: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What cancelling these lines now costs, or why it cannot be done (`closed`).

    `given_before_krw` of what would come back has been given back already, at the payment provider's own desk.
    """

    lines: tuple[LineQuote, ...]
    days_before: int
    closed: bool
    given_before_krw: int = 0
    is_free_return: bool = False  # the show was moved after it was ordered, and staff gave time to return it

    @property
    def fee_krw(self) -> int:
        return sum(line.fee_krw for line in self.lines)

    @property
    def refund_krw(self) -> int:
        return sum(line.refund_krw for line in self.lines) - self.given_before_krw

    def after(self, given_krw: int) -> Quote:
        """Return the quote where so much of the payment has gone back before: it counts towards what comes back."""
        owed = sum(line.refund_krw for line in self.lines)
        return replace(self, given_before_krw=min(given_krw, owed))

    def without_fee(self) -> Quote:
        """Return the quote of the whole price back, at any time: what is owed where the cause waives the fee."""
        lines = tuple(replace(line, fee_krw=0, refund_krw=line.price_krw) for line in self.lines)
        return replace(self, lines=lines, closed=False)


def quote(
    terms: Terms,
    lines: Sequence[tuple[int, int]],
    *,
    starts_at: datetime,
    booked_at: datetime,
    now: datetime,
    zone: ZoneInfo,
) -> Quote:
    """Price the cancelling of `lines`, pairs of line number and price in won.

    Days are calendar days in `zone`, the venue's: cancelling on the eve of the show is one day before.
    """
    days_before = (_day(starts_at, zone) - _day(now, zone)).days
    closed = now >= starts_at or _past_cutoff(terms, starts_at=starts_at, now=now, zone=zone)
    booked_today = _day(booked_at, zone) == _day(now, zone)
    rate = None if _is_free(terms, days_before, booked_at=booked_at, now=now) else _tier(terms, days_before)
    return Quote(
        lines=tuple(_quote_line(terms, number, price, rate, booked_today) for number, price in lines),
        days_before=days_before,
        closed=closed,
    )


def _quote_line(terms: Terms, line_number: int, price: int, tier: Tier | None, booked_today: bool) -> LineQuote:
    kept = 0 if booked_today else min(terms.booking_fee_krw, price)
    fee = kept
    if tier is not None:
        by_tier = (price - kept) * tier.percent // 100 + tier.per_ticket_krw
        fee += min(by_tier, (price - kept) * tier.cap_percent // 100)
    fee = min(fee, price)
    return LineQuote(line_number=line_number, price_krw=price, fee_krw=fee, refund_krw=price - fee)


def _is_free(terms: Terms, days_before: int, *, booked_at: datetime, now: datetime) -> bool:
    within = now - booked_at <= timedelta(hours=terms.free_period_hours)
    return bool(terms.free_period_hours) and within and days_before >= terms.free_period_until_days


def _tier(terms: Terms, days_before: int) -> Tier | None:
    """The tier with the most days that are still left; with none a ticket gives nothing back."""
    fitting = [tier for tier in terms.tiers if tier.days_before_min <= max(days_before, 0)]
    return max(fitting, key=lambda tier: tier.days_before_min, default=Tier(0, 100))


def _past_cutoff(terms: Terms, *, starts_at: datetime, now: datetime, zone: ZoneInfo) -> bool:
    if terms.cutoff_days_before is None:
        return False
    last_day = _day(starts_at, zone) - timedelta(days=terms.cutoff_days_before)
    midnight = datetime(last_day.year, last_day.month, last_day.day, tzinfo=zone)
    return now > midnight + timedelta(minutes=terms.cutoff_minutes)


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()
