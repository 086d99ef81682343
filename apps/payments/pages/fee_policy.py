"""The cancellation policy of an order's concert, as the pages print it."""

from __future__ import annotations

from apps.concerts.policy_messages import PolicyInWords, policy_of_show
from apps.orders.models import Order


def fee_policy_of(order: Order) -> PolicyInWords:
    """Say what cancelling an order's tickets costs from day to day; one query, for the tiers."""
    return policy_of_show(order.performance)
