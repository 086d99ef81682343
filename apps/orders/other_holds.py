"""Who keeps the place inside after an order has ended: buyers who hold seats of another one, to be paid for now."""

from __future__ import annotations

from collections.abc import Sequence

from apps.common.database import plain_sql
from apps.orders.models import Order
from apps.orders.states import NEEDS_PASS


def reading_other_holds(orders: Sequence[tuple[str, int]]) -> plain_sql.Statement:
    """Return what reads (user id, performance id) of buyers who are about to pay for further orders.

    `orders` are (order id, its buyer's id).
    """
    ids, users = zip(*orders, strict=True)
    holding = [status.value for status in NEEDS_PASS]
    return plain_sql.Statement(
        f"SELECT DISTINCT user_id, performance_id FROM {plain_sql.table(Order)} "  # noqa: S608
        f"WHERE user_id IN ({plain_sql.marks(users)}) AND status IN ({plain_sql.marks(holding)}) "
        f"AND id NOT IN ({plain_sql.marks(ids)})",
        [*users, *holding, *ids],
    )
