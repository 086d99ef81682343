"""A cancellation policy as people read it: when one cancels, what it costs, until which day.

The same rules as those by which `apps.orders.cancellation` computes; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.common.templatetags.ticketlive import in_words, won
from apps.concerts.models import CancellationPolicy, CancellationTier, Performance

HOURS_A_DAY = 24
WHOLE_PRICE = CancellationTier(days_before_min=0, percent=100)


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One line of the table. `until` is the last day it counts on, where the performance is known."""

    when: str
    fee: str
    tier: CancellationTier
    until: date | None = None

    @property
    def is_free(self) -> bool:
        return _is_free(self.tier)


@dataclass(frozen=True, slots=True)
class PolicyInWords:
    """The table, and what it does not say; of a performance that is known also the moment when all of it ends."""

    rows: list[PolicyRow]
    remarks: list[str]
    closes_at: datetime | None

    @property
    def has_days(self) -> bool:
        """Whether the rows say their last days."""
        return self.closes_at is not None


def policy_of_show(performance: Performance) -> PolicyInWords:
    """Say what cancelling one performance's tickets costs from day to day, in its venue's days. One query."""
    return policy_in_words(
        performance.concert.cancellation_policy, starts_at=performance.starts_at, zone=performance.venue.zone
    )


def policy_in_words(
    policy: CancellationPolicy, *, starts_at: datetime | None = None, zone: ZoneInfo | None = None
) -> PolicyInWords:
    """Say what cancelling costs; with a performance's start also until which day. One query, for the tiers.

    Args:
        zone: the venue's; the site's where there are several.
    """
    zone = zone or ZoneInfo(settings.TIME_ZONE)
    rows = policy_rows(policy, starts_at=starts_at, zone=zone)
    closes_at = None if starts_at is None else last_moment(policy, starts_at=starts_at, zone=zone)
    return PolicyInWords(rows, policy_remarks(policy, starts_at=starts_at, zone=zone), closes_at)


def last_moment(policy: CancellationPolicy, *, starts_at: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment after which nothing of a performance can be cancelled."""
    if policy.cutoff_days_before is None or policy.cutoff_time is None:
        return starts_at
    last_day = timezone.localdate(starts_at, zone) - timedelta(days=policy.cutoff_days_before)
    return min(starts_at, datetime.combine(last_day, policy.cutoff_time, tzinfo=zone))


def policy_rows(
    policy: CancellationPolicy, *, starts_at: datetime | None = None, zone: ZoneInfo | None = None
) -> list[PolicyRow]:
    """Say what cancelling costs, the earliest first; with `starts_at` also until which day of the venue's zone."""
    tiers = sorted(policy.tiers.all(), key=lambda tier: -tier.days_before_min)
    if not tiers or tiers[-1].days_before_min > 0:
        tiers.append(WHOLE_PRICE)
    last_day = policy.cutoff_days_before or 0
    show_day = None if starts_at is None else timezone.localdate(starts_at, zone)
    rows = []
    most: int | None = None  # days before the show on which the tier begins to count; None: any time before
    for tier in tiers:
        least = max(tier.days_before_min, last_day)
        if most is None or most >= least:
            until = None if show_day is None else show_day - timedelta(days=least)
            rows.append(PolicyRow(_span(least, most), _fee(tier), tier, until))
        most = tier.days_before_min - 1
    return rows


def policy_remarks(
    policy: CancellationPolicy, *, starts_at: datetime | None = None, zone: ZoneInfo | None = None
) -> list[str]:
    """Say what the table does not: the free period, the last moment, and what of a booking fee comes back."""
    zone = zone or ZoneInfo(settings.TIME_ZONE)
    remarks = [_cutoff(policy, zone) if starts_at is None else _last_moment(policy, starts_at, zone)]
    if policy.free_period_hours:
        remarks.insert(0, _free_period(policy))
    if policy.booking_fee_krw:
        remarks.append(
            _("The booking fee of %(amount)s a ticket is refunded only on the day of booking.")
            % {"amount": won(policy.booking_fee_krw)}
        )
    return remarks


def _span(least: int, most: int | None) -> str:
    """Say from how many to how few days before the show."""
    if most is None:
        return (
            ngettext("Until %(days)d day before the show", "Until %(days)d days before the show", least)
            % {"days": least}
            if least
            else _("Until the show starts")
        )
    if most == 0:
        return _("On the day of the show")
    if least == 0:
        return ngettext("From %(days)d day before the show", "From %(days)d days before the show", most) % {
            "days": most
        }
    if least == most:
        return ngettext("%(days)d day before the show", "%(days)d days before the show", most) % {"days": most}
    return _("%(most)d to %(least)d days before the show") % {"most": most, "least": least}


def _is_free(tier: CancellationTier) -> bool:
    return tier.cap_percent == 0 or (tier.percent == 0 and tier.per_ticket_krw == 0)


def _fee(tier: CancellationTier) -> str:
    if _is_free(tier):
        return _("No fee")
    if tier.percent >= WHOLE_PRICE.percent:
        return _("No refund")
    share = _("%(percent)d%% of the ticket price") % {"percent": tier.percent}
    if not tier.per_ticket_krw:
        return share
    fixed = _("%(amount)s a ticket") % {"amount": won(tier.per_ticket_krw)}
    fee = f"{share} + {fixed}" if tier.percent else fixed
    if tier.cap_percent >= WHOLE_PRICE.percent:
        return fee
    return _("%(fee)s (at most %(cap)d%% of the ticket price)") % {"fee": fee, "cap": tier.cap_percent}


def _free_period(policy: CancellationPolicy) -> str:
    days, hours = divmod(policy.free_period_hours, HOURS_A_DAY)
    if hours or not days:
        period = ngettext("%(n)d hour", "%(n)d hours", policy.free_period_hours) % {"n": policy.free_period_hours}
    else:
        period = ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    if not policy.free_period_until_days:
        return _("Free of charge within %(period)s of booking.") % {"period": period}
    return ngettext(
        "Free of charge within %(period)s of booking, up to %(days)d day before the show.",
        "Free of charge within %(period)s of booking, up to %(days)d days before the show.",
        policy.free_period_until_days,
    ) % {"period": period, "days": policy.free_period_until_days}


def _last_moment(policy: CancellationPolicy, starts_at: datetime, zone: ZoneInfo) -> str:
    last = last_moment(policy, starts_at=starts_at, zone=zone)
    return _("Tickets can be cancelled until %(moment)s (%(zone)s).") % {
        "moment": in_words(last, "datetime", zone=zone),
        "zone": last.astimezone(zone).tzname(),
    }


def _cutoff(policy: CancellationPolicy, zone: ZoneInfo) -> str:
    if policy.cutoff_days_before is None or policy.cutoff_time is None:
        return _("Tickets cannot be cancelled once the show has started.")
    words = {"time": time_format(policy.cutoff_time, "TIME_FORMAT"), "zone": timezone.now().astimezone(zone).tzname()}
    if policy.cutoff_days_before == 0:
        return _("Tickets can be cancelled until %(time)s (%(zone)s) on the day of the show.") % words
    return ngettext(
        "Tickets can be cancelled until %(time)s (%(zone)s) %(days)d day before the show.",
        "Tickets can be cancelled until %(time)s (%(zone)s) %(days)d days before the show.",
        policy.cutoff_days_before,
    ) % {**words, "days": policy.cutoff_days_before}
