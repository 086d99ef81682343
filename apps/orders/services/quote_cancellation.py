"""From an order and its concert's policy to a quote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from apps.concerts.models import CancellationPolicy
from apps.orders.cancellation.quote import Quote, Terms, Tier, quote
from apps.orders.models import Order, OrderLine
from apps.orders.services.free_returns import free_return_until


def quote_cancellation(order: Order, lines: Sequence[OrderLine], *, now: datetime) -> Quote:
    """Price the cancelling of some lines of a paid order at `now`; changes nothing.

    All of the price comes back, whatever the policy and its last moment say, as long as a show that was moved can be
    returned free of charge. Otherwise all days are counted from the date that the show has now.
    """
    performance = order.performance
    priced = quote(
        terms_of(performance.concert.cancellation_policy),
        [(line.number, line.price_krw) for line in lines],
        starts_at=performance.starts_at,
        booked_at=order.paid_at or order.created_at,
        now=now,
        zone=performance.venue.zone,
    )
    if free_return_until(order, now=now) is not None:
        return replace(priced.without_fee(), is_free_return=True)
    return priced


def terms_of(policy: CancellationPolicy) -> Terms:
    """Take a policy out of the database into plain data."""
    cutoff = policy.cutoff_time
    return Terms(
        tiers=tuple(
            Tier(tier.days_before_min, tier.percent, tier.per_ticket_krw, tier.cap_percent)
            for tier in policy.tiers.all()
        ),
        free_period_hours=policy.free_period_hours,
        free_period_until_days=policy.free_period_until_days,
        cutoff_days_before=policy.cutoff_days_before,
        cutoff_minutes=cutoff.hour * 60 + cutoff.minute if cutoff else 0,
        booking_fee_krw=policy.booking_fee_krw,
    )
