"""Until when tickets of a show that was moved can be returned free of charge."""

from __future__ import annotations

from datetime import datetime

from apps.orders.models import Order


def free_return_until(order: Order, *, now: datetime) -> datetime | None:
    """Return until when an order's tickets can be returned because the show was moved after they were ordered.

    Of several moves the longest period counts, and none goes on once the show has begun. None where nothing can be
    returned in this way at `now`: the time is over, the show was never moved, or the order was placed after the move,
    by somebody who has bought the new date. One query, for a show that was moved.
    """
    periods = [
        min(move.free_return_until, order.performance.starts_at)
        for move in order.performance.moves_done
        if move.moved_at is not None and move.moved_at >= order.created_at
    ]
    until = max(periods, default=None)
    return until if until is not None and now < until else None
