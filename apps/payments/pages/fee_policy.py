"""The cancellation policy of an order's concert, as the pages print it."""

from __future__ import annotations

from apps.concerts.policy_messages import PolicyInWords, policy_in_words
from apps.orders.models import Order


def fee_policy_of(order: Order) -> PolicyInWords:
    """Say what cancelling an order's tickets costs from day to day; one query, for the tiers."""
    performance = order.performance
    return policy_in_words(performance.concert.cancellation_policy, starts_at=performance.starts_at)
