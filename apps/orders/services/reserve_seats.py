"""Make a hold last: the order of a seat that Redis has given becomes RESERVED in the database.

Redis decides who holds (`seat_holds/reserve.lua`); the winner is answered only after this commit.
Wins of one moment share one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.common.clock import database_now
from apps.common.errors import NotFound
from apps.orders.errors import OrderExpired, OrderStateConflict
from apps.orders.models import Order
from apps.orders.order_rows import insert_reserved_events, reserve_order


@dataclass(frozen=True, slots=True)
class WonHold:
    """A hold that Redis has granted, and its fencing token."""

    order_id: str
    user_id: int
    version: int
    expires_at: datetime


def record_holds(holds: Sequence[WonHold]) -> list[WonHold | Exception]:
    """Move each hold's order from PENDING to RESERVED in the caller's transaction.

    Answers the hold itself when its order is RESERVED now, by this call or by an earlier one for the
    same hold; else `OrderExpired`, `OrderStateConflict` or `NotFound`, and the hold has to be taken back.
    """
    moved = {
        hold.order_id: hold.user_id  # of two calls for one hold in one batch the first moves the order
        for hold in holds
        if reserve_order(hold.order_id, user_id=hold.user_id, version=hold.version, expires_at=hold.expires_at)
    }
    insert_reserved_events(moved.items(), happened_at=database_now())
    others = Order.objects.in_bulk([hold.order_id for hold in holds if hold.order_id not in moved])
    return [hold if hold.order_id in moved else _judge(hold, others.get(hold.order_id)) for hold in holds]


def _judge(hold: WonHold, order: Order | None) -> WonHold | Exception:
    if order is None or order.user_id != hold.user_id:
        return NotFound()
    if order.status == Order.Status.RESERVED:
        return hold
    if order.status == Order.Status.EXPIRED:
        return OrderExpired()
    return OrderStateConflict(order_status=order.status)
