"""What the store asks the database about an order that Redis does not know, or no longer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from apps.common.clock import database_now
from apps.common.errors import NotFound
from apps.orders.errors import OrderExpired, OrderStateConflict
from apps.orders.models import Order


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """Whose order it is, and its seats."""

    user_id: int
    ordinals: tuple[int, ...]
    expires_at: datetime


def read_draft(order_id: str, *, user_id: int) -> KnownOrder:
    """Read a PENDING order of that user's.

    Raises:
        NotFound: it is somebody else's, or nobody's.
        OrderExpired, OrderStateConflict: it cannot be reserved any more.
    """
    order = _order(Order.objects.filter(user=user_id), order_id)
    has_ended = order.expires_at <= database_now()
    lost_its_hold = order.status == Order.Status.RESERVED  # a live one Redis would know
    if order.status == Order.Status.EXPIRED or lost_its_hold or (order.status == Order.Status.PENDING and has_ended):
        raise OrderExpired
    if order.status != Order.Status.PENDING:
        raise OrderStateConflict(order_status=order.status)
    return _known(order)


def read_order(order_id: str) -> KnownOrder:
    """Read whose order it is and all its seats, whatever its state.

    Raises:
        NotFound
    """
    return _known(_order(Order.objects.all(), order_id))


def lock_sale(order_id: str) -> KnownOrder:
    """Lock an order in the caller's transaction, and read the seats that it has live tickets for.

    Raises:
        NotFound
    """
    order = _order(Order.objects.select_for_update(), order_id)
    seats = order.tickets.filter(live=True).values_list("seat__ordinal", flat=True)
    return KnownOrder(order.user_id, tuple(seats), order.expires_at)


def _order(orders: QuerySet[Order], order_id: str) -> Order:
    order = orders.filter(pk=order_id).first()
    if order is None:
        raise NotFound
    return order


def _known(order: Order) -> KnownOrder:
    seats = order.lines.order_by("number").values_list("seat__ordinal", flat=True)
    return KnownOrder(order.user_id, tuple(seats), order.expires_at)
