"""End an order that was never paid: by its buyer, or by the clock."""

from __future__ import annotations

from django.db.models.functions import Now

from apps.common.database import outbox
from apps.common.database.transactions import retried_transaction
from apps.orders import states
from apps.orders.errors import OrderStateConflict
from apps.orders.models import ORDER_MOVES, Order, OrderEvent
from apps.orders.seat_holds import store
from apps.orders.services.rebuild_seat_state import tell_seats

RELEASE_SEATS = "orders.release_seats"
BATCH = 200


def cancel_unpaid_order(order: Order, *, actor: str) -> None:
    """Cancel a PENDING or RESERVED order; its seats are free at once.

    Raises:
        OrderStateConflict: the order has moved on; nothing has changed.
    """
    moved = _cancel(order.pk, actor=actor)
    order.refresh_from_db()
    if not moved:
        raise OrderStateConflict(order_status=order.status)


@retried_transaction
def _cancel(order_id: str, *, actor: str) -> bool:
    moved = ORDER_MOVES.move(
        order_id, states.OPEN, Order.Status.CANCELLED, reason="cancelled", actor=actor, changes={"cancelled_at": Now()}
    )
    if moved:
        outbox.enqueue(RELEASE_SEATS, order_id=order_id)
    return moved


@retried_transaction
def expire_orders() -> int:
    """End a batch of PENDING and RESERVED orders whose time is over; return how many.

    Correctness never waits for this: holds end by Redis' clock, and confirm asks the database's.
    Rows that another run has locked are passed over.
    """
    due = list(
        Order.objects.select_for_update(skip_locked=True)
        .filter(status__in=states.OPEN, expires_at__lte=Now())
        .order_by("pk")
        .values_list("pk", "status")[:BATCH]
    )
    if not due:
        return 0
    # All of them move: they are locked, and SQLite, which has no such locks, has one writer at a time.
    still_open = Order.objects.filter(pk__in=[order_id for order_id, _status in due], status__in=states.OPEN)
    still_open.update(status=Order.Status.EXPIRED)
    OrderEvent.objects.bulk_create(
        OrderEvent(
            subject_id=order_id, from_status=status, to_status=Order.Status.EXPIRED,
            reason=states.TIME_RAN_OUT, actor="system", details={},
        )
        for order_id, status in due
    )  # fmt: skip
    for order_id, _status in due:
        outbox.enqueue(RELEASE_SEATS, order_id=order_id)
    return len(due)


@outbox.handles(RELEASE_SEATS)
def release_seats(order_id: str) -> None:
    """Give the seats and the buyer's slot back; does nothing for an order that still wants them."""
    order = Order.objects.get(pk=order_id)
    if order.status not in (Order.Status.EXPIRED, Order.Status.CANCELLED):
        return
    tell_seats(order.performance_id, lambda: store.release_hold(order_id))
    if order.hold_version is not None:
        give_slot_back(order)


def give_slot_back(order: Order) -> None:
    """Let the next one in line in, unless the buyer is about to pay for another order.

    Only the pass by which the order was held ends: this may be done late, or once more, and by then the buyer may have
    come back and been given another.
    """
    others = Order.objects.filter(performance=order.performance_id, user=order.user_id, status__in=states.NEEDS_PASS)
    if order.pass_id is not None and not others.exists():
        tell_seats(
            order.performance_id,
            lambda: store.give_pass_back(order.performance_id, user_id=order.user_id, pass_id=order.pass_id),
        )
