"""Make a hold last: the order of a seat that Redis has given becomes RESERVED in the database.

Redis decides who holds (`seat_holds/reserve.lua`); the winner is answered only after this commit.
Wins of one moment share one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from apps.common.clock import as_utc, database_now, now_sql
from apps.common.database import plain_sql
from apps.common.errors import NotFound
from apps.concerts.errors import NotOnSale
from apps.concerts.show_state import State, state_column
from apps.orders.errors import OrderExpired, OrderStateConflict
from apps.orders.models import Order
from apps.orders.order_rows import reserve_orders


@dataclass(frozen=True, slots=True)
class WonHold:
    """A hold that Redis has granted, its fencing token, and the access pass that it was granted to."""

    order_id: str
    user_id: int
    version: int
    expires_at: datetime
    pass_id: int | None = None


class _LockedOrder(NamedTuple):
    user_id: int
    status: str
    show: str


def record_holds(holds: Sequence[WonHold]) -> list[WonHold | Exception]:
    """Move each hold's order from PENDING to RESERVED in the caller's transaction, which locks the orders first.

    Answers the hold itself when its order is RESERVED now, by this call or by an earlier one for the
    same hold; else `NotOnSale`, `OrderExpired`, `OrderStateConflict` or `NotFound`, and the hold has to be taken back.
    """
    orders, now = _lock_orders(sorted({hold.order_id for hold in holds}))
    refusals = [_refusal(hold, orders.get(hold.order_id)) for hold in holds]
    moving = {
        hold.order_id: hold  # of two calls for one hold in one batch the order moves once
        for hold, refusal in zip(holds, refusals, strict=True)
        if refusal is None and orders[hold.order_id].status == Order.Status.PENDING
    }
    reserve_orders(list(moving.values()), happened_at=now)
    return [refusal or hold for hold, refusal in zip(holds, refusals, strict=True)]


def _lock_orders(ids: Sequence[str]) -> tuple[dict[str, _LockedOrder], datetime]:
    """Lock the orders in key order and read what decides whether they can move; also the database's time."""
    rows = plain_sql.select(
        f"SELECT id, user_id, status, {state_column('performance_id')}, {now_sql()} FROM {plain_sql.table(Order)} "  # noqa: S608
        f"WHERE id IN ({plain_sql.marks(ids)}) ORDER BY id" + plain_sql.for_update(),
        ids,
    )
    orders = {pk: _LockedOrder(user_id, status, show) for pk, user_id, status, show, _ in rows}
    return orders, as_utc(rows[0][-1]) if rows else database_now()


def _refusal(hold: WonHold, order: _LockedOrder | None) -> Exception | None:
    """Say why an order cannot have its hold; None where it can, or has it already."""
    if order is None or order.user_id != hold.user_id:
        return NotFound()
    if order.status in {Order.Status.PENDING, Order.Status.RESERVED}:
        return NotOnSale() if order.show == State.OFF else None
    if order.status == Order.Status.EXPIRED:
        return OrderExpired()
    return OrderStateConflict(order_status=order.status)
