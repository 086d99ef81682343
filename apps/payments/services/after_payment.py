"""What follows a committed payment or refund in Redis: done at once, repeated until it has succeeded."""

from __future__ import annotations

import logging

from django.db import transaction

from apps.common.database import outbox
from apps.concerts.errors import SeatsUnavailable
from apps.orders.errors import OrderStateConflict
from apps.orders.models import Order
from apps.orders.seat_holds import store
from apps.orders.services.rebuild_seat_state import HasNoSeats, tell_seats, with_seat_state
from apps.orders.services.release_order import give_slot_back
from apps.payments.services.keep_hold import hold_as_long_as_row

logger = logging.getLogger(__name__)

FINISH_SALE = "payments.finish_sale"
SHOW_SOLD = "payments.show_sold"
FREE_SEATS = "payments.free_seats"
HOLD_FOR_DEPOSIT = "payments.hold_for_deposit"


@outbox.handles(FINISH_SALE)
def finish_sale(order_id: str) -> None:
    """Show the seats as sold and let the next one in line in."""
    order = show_sold(order_id)
    give_slot_back(order)


def show_sold(order_id: str) -> Order:
    """Show the seats of a paid order as sold."""
    order = Order.objects.get(pk=order_id)
    tell_seats(order.performance_id, lambda: store.mark_sold(order_id))
    return order


@outbox.handles(SHOW_SOLD)
def show_sold_again(order_id: str) -> None:
    """Tell Redis of a sale that it has forgotten, or it would offer the seats to one buyer after the other."""
    show_sold(order_id)


@outbox.handles(HOLD_FOR_DEPOSIT)
def hold_for_deposit(order_id: str) -> None:
    """Hold the seats of an order for as long as it waits for its deposit, and let the next one in line in."""
    order = Order.objects.get(pk=order_id)
    if order.status != Order.Status.WAITING_FOR_DEPOSIT:
        return
    try:
        hold_as_long_as_row(order)
    except SeatsUnavailable:
        logger.warning("order %s waits for a deposit, and has lost its seats", order_id)
    except OrderStateConflict:
        return  # sold to this order before the bank took the deposit back; they stay so
    give_slot_back(order)


@outbox.handles(FREE_SEATS)
def free_seats(order_id: str, ordinals: list[int]) -> None:
    """Put seats on sale again whose refund is certain.

    They are marked as sold first, in case this overtakes `finish_sale`, which would mark them afterwards.
    Those that the order has bought again meanwhile, with a late deposit, stay sold: the order's row is locked.
    """
    performance_id = Order.objects.values_list("performance_id", flat=True).get(pk=order_id)
    try:
        with_seat_state(performance_id, lambda: store.mark_sold(order_id))
    except HasNoSeats:  # once the show is public again its seats come from the database
        return
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        bought = set(order.tickets.filter(live=True).values_list("seat__ordinal", flat=True))
        store.free_seats(order_id, ordinals=[ordinal for ordinal in ordinals if ordinal not in bought])
