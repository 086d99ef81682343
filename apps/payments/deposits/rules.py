"""What holds for the deposits of one show, and until when one is awaited. Computed, but for the concert's row."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from django.conf import settings

from apps.concerts.models import Concert, DepositPolicy, Performance, WaitingRoomMode

SHORTEST = timedelta(hours=1)  # what is left for a transfer; a provider's time limit is in whole hours
LAST_SECOND = time(23, 59, 59)
HUNDREDTHS = 100  # in whole numbers, so that half of one deposit and half of another are one


class Why(StrEnum):
    """Why an order cannot be paid by a deposit; kept as the attempt's code, and told as the refusal's `reason`."""

    OFF = "DEPOSITS_OFF"  # the concert takes none
    EARLY = "DEPOSITS_EARLY"  # a queued sale has only just opened
    LATE = "DEPOSITS_LATE"  # it would come too near the show, or after the sale
    LAPSED = "DEPOSITS_LAPSED"  # the buyer has let too many lapse
    PERSON = "DEPOSITS_OF_PERSON"  # the buyer has too many open
    SHOW = "DEPOSITS_OF_SHOW"  # too many of the show's seats wait for deposits


@dataclass(frozen=True, slots=True)
class DepositRules:
    """The platform's settings, as far as the concert does not say otherwise; see settings.DEPOSITS."""

    is_offered: bool
    days: int
    until_hours_before: int
    after_hours: int
    share_percent: int
    open_per_person: int
    seats_per_person: int
    open_per_show: int
    lapses: int
    lapse_days: int


@dataclass(frozen=True, slots=True)
class OpenDeposits:
    """What is open already. `seats` are those of the order that is asked for; `for_sale` all that the show sells."""

    seats: int
    for_sale: int
    most_per_buyer: int
    person_open: int
    person_seats: int
    show_open: int
    show_seats: int
    lapsed: int


def rules_of(concert: Concert) -> DepositRules:
    """Return the rules of a concert's deposits; no query where its `deposit_policy` is selected with it."""
    own: DepositPolicy | None = getattr(concert, "deposit_policy", None)
    chosen = {
        name: value
        for name in ("days", "until_hours_before", "after_hours", "share_percent")
        if own is not None and (value := getattr(own, name)) is not None
    }
    return DepositRules(is_offered=own is None or own.is_offered, **{**settings.DEPOSITS, **chosen})


def last_moment(performance: Performance, rules: DepositRules, *, now: datetime) -> datetime:
    """Return until when a deposit is awaited that is opened now.

    The end of the day that the rules say, in the venue's time zone; never past the sale's cut-off, nor the show.
    """
    zone = performance.venue.zone
    day = now.astimezone(zone).date() + timedelta(days=rules.days)
    end_of_day = datetime.combine(day, LAST_SECOND, tzinfo=zone).astimezone(UTC)
    return min(end_of_day, performance.sale_closes_at, performance.starts_at)


def why_not_now(performance: Performance, rules: DepositRules, *, now: datetime) -> Why | None:
    """Say why nobody may pay this show by a deposit at the moment; None where somebody may."""
    if not rules.is_offered:
        return Why.OFF
    is_queued = performance.waiting_room_mode != WaitingRoomMode.OPEN
    if is_queued and now < performance.sale_opens_at + timedelta(hours=rules.after_hours):
        return Why.EARLY
    near = performance.starts_at - timedelta(hours=rules.until_hours_before)
    if now >= near or last_moment(performance, rules, now=now) - now < SHORTEST:
        return Why.LATE
    return None


def why_not_more(rules: DepositRules, counted: OpenDeposits) -> Why | None:
    """Say why one more deposit would be too much; None where it is not. A limit of 0 is none."""
    if rules.lapses and counted.lapsed >= rules.lapses:
        return Why.LAPSED
    if _exceeds(counted.person_open + 1, rules.open_per_person):
        return Why.PERSON
    if _exceeds(counted.person_seats + counted.seats, rules.seats_per_person):
        return Why.PERSON
    # However small the hall, one buyer's order has to fit in.
    share = max(math.ceil(counted.for_sale * rules.share_percent / 100), counted.most_per_buyer)
    if counted.show_seats + counted.seats > share or _exceeds(counted.show_open + 1, rules.open_per_show):
        return Why.SHOW
    return None


def hundredths_waited(opened: datetime | None, ended: datetime, until: datetime) -> int:
    """Return for how much of its time a deposit has waited, in hundredths: at least one, so that the rows are few."""
    if opened is None or until <= opened or ended >= until:
        return HUNDREDTHS
    return max(1, round(HUNDREDTHS * ((ended - opened) / (until - opened))))


def _exceeds(count: int, limit: int) -> bool:
    return bool(limit) and count > limit
