"""What follows a committed payment or refund in Redis: done at once, repeated until it has succeeded."""

from __future__ import annotations

import logging
import math

from apps.common import outbox
from apps.common.clock import database_now
from apps.concerts.errors import SeatsUnavailable
from apps.orders.errors import OrderStateConflict
from apps.orders.models import Order
from apps.orders.seat_holds import store
from apps.orders.services.release_order import give_slot_back
from apps.payments.services.keep_hold import keep_hold

logger = logging.getLogger(__name__)

FINISH_SALE = "payments.finish_sale"
FREE_SEATS = "payments.free_seats"
HOLD_FOR_DEPOSIT = "payments.hold_for_deposit"


@outbox.handles(FINISH_SALE)
def finish_sale(order_id: str) -> None:
    """Show the seats as sold and let the next one in line in."""
    store.mark_sold(order_id)
    order = Order.objects.get(pk=order_id)
    give_slot_back(performance_id=order.performance_id, user_id=order.user_id)


@outbox.handles(HOLD_FOR_DEPOSIT)
def hold_for_deposit(order_id: str) -> None:
    """Hold the seats of an order for as long as it waits for its deposit."""
    order = Order.objects.get(pk=order_id)
    if order.status != Order.Status.WAITING_FOR_DEPOSIT:
        return
    remaining = order.expires_at - database_now()
    try:
        keep_hold(order, seconds=max(0, math.ceil(remaining.total_seconds())))
    except SeatsUnavailable:
        logger.warning("order %s waits for a deposit, and has lost its seats", order_id)
    except OrderStateConflict:
        return  # sold to this order before the bank took the deposit back; they stay so


@outbox.handles(FREE_SEATS)
def free_seats(order_id: str, ordinals: list[int]) -> None:
    """Put seats on sale again whose refund is certain.

    They are marked as sold first, in case this overtakes `finish_sale`, which would mark them afterwards.
    """
    store.mark_sold(order_id)
    store.free_seats(order_id, ordinals=ordinals)
