"""Until when tickets of a show that was moved can be returned free of charge."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from apps.orders.models import Order


class Move(Protocol):
    """A move as far as it decides until when tickets come back."""

    @property
    def moved_at(self) -> datetime | None: ...
    @property
    def free_return_until(self) -> datetime: ...


def free_return_until(order: Order, *, now: datetime) -> datetime | None:
    """Return until when an order's tickets can be returned because the show was moved after they were ordered.

    Of several moves the longest period counts, and none goes on once the show has begun. None where nothing can be
    returned in this way at `now`: the time is over, the show was never moved, or the order was placed after the move,
    by somebody who has bought the new date. One query, for a show that was moved.
    """
    show = order.performance
    until = longest_free_return(show.moves_done, starts_at=show.starts_at, ordered_at=order.created_at)
    return until if until is not None and now < until else None


def longest_free_return(moves: Iterable[Move], *, starts_at: datetime, ordered_at: datetime) -> datetime | None:
    """Return the end of the longest period, be it over or not; None where no move followed the order."""
    periods = [
        min(move.free_return_until, starts_at)
        for move in moves
        if move.moved_at is not None and move.moved_at >= ordered_at
    ]
    return max(periods, default=None)
