"""The cancellation policy of an order's concert, as the pages print it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from apps.orders.cancellation.fee_table import FeeRow, closes_at, fee_rows
from apps.orders.models import Order
from apps.orders.services.quote_cancellation import terms_of


@dataclass(frozen=True, slots=True)
class FeePolicy:
    """Rows by day, the period in which cancelling is free, the part of a price that is a booking fee, and the end."""

    rows: list[FeeRow]
    free_period_hours: int
    free_period_until_days: int
    booking_fee_krw: int
    closes_at: datetime

    @property
    def free_period_days(self) -> int:
        """The free period in days where it is a whole number of them, else 0."""
        days, rest = divmod(self.free_period_hours, 24)
        return 0 if rest else days


def fee_policy_of(order: Order) -> FeePolicy:
    """Write down what cancelling an order's tickets costs from day to day; one query, for the tiers."""
    terms = terms_of(order.performance.concert.cancellation_policy)
    zone = ZoneInfo(settings.TIME_ZONE)
    starts_at = order.performance.starts_at
    return FeePolicy(
        rows=fee_rows(terms, starts_at=starts_at, zone=zone),
        free_period_hours=terms.free_period_hours,
        free_period_until_days=terms.free_period_until_days,
        booking_fee_krw=terms.booking_fee_krw,
        closes_at=closes_at(terms, starts_at=starts_at, zone=zone),
    )
