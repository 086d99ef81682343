"""What follows a committed payment or refund in Redis: done at once, repeated until it has succeeded."""

from __future__ import annotations

from apps.common import outbox
from apps.orders.models import Order
from apps.orders.seat_holds import store
from apps.orders.services.release_order import give_slot_back

FINISH_SALE = "payments.finish_sale"
FREE_SEATS = "payments.free_seats"


@outbox.handles(FINISH_SALE)
def finish_sale(order_id: str) -> None:
    """Show the seats as sold and let the next one in line in."""
    store.mark_sold(order_id)
    order = Order.objects.get(pk=order_id)
    give_slot_back(performance_id=order.performance_id, user_id=order.user_id)


@outbox.handles(FREE_SEATS)
def free_seats(order_id: str, ordinals: list[int]) -> None:
    """Put seats on sale again whose refund is certain.

    They are marked as sold first, in case this overtakes `finish_sale`, which would mark them afterwards.
    """
    store.mark_sold(order_id)
    store.free_seats(order_id, ordinals=ordinals)
