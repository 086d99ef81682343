"""End the orders of a performance that is called off and that nobody has paid for."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models.functions import Now

from apps.common.clock import database_now
from apps.common.database import outbox, plain_sql
from apps.common.database.states import Moving, all_moved
from apps.common.database.transactions import in_transaction, retried_transaction
from apps.orders.models import ORDER_MOVES, Order
from apps.orders.services.release_order import RELEASE_SEATS
from apps.orders.states import OPEN
from apps.payments.causes import SHOW_CALLED_OFF
from apps.payments.services.settle_payments import release_waiting

Status = Order.Status
BATCH = 200


def end_open_orders(performance_id: int) -> int:
    """End every order that is PENDING or RESERVED, a batch in each transaction; return how many.

    One that is CONFIRMING meanwhile is settled first, and gives its money back (`fulfil_payment`).
    """
    ended = 0
    while count := _end_batch(performance_id):
        ended += count
    return ended


@retried_transaction
def _end_batch(performance_id: int) -> int:
    rows = list(
        Order.objects.select_for_update()
        .filter(performance=performance_id, status__in=OPEN)
        .order_by("pk")
        .values_list("pk", "status")[:BATCH]
    )
    for status in OPEN:
        _move([Moving(order_id) for order_id, was in rows if was == status], status)
    for order_id, _was in rows:
        outbox.enqueue(RELEASE_SEATS, order_id=order_id)
    return len(rows)


def _move(rows: Sequence[Moving], status: str) -> None:
    now = database_now()
    moving = ORDER_MOVES.moving_together(
        rows,
        status,
        Status.CANCELLED,
        reason=SHOW_CALLED_OFF.reason,
        happened_at=now,
        changes={"cancelled_at": plain_sql.moment(now)},
    )
    if moving:
        all_moved(plain_sql.run(moving)[0], rows)


def list_waiting(performance_id: int) -> list[str]:
    """Return the orders that wait for a deposit."""
    waiting = Order.objects.filter(performance=performance_id, status=Status.WAITING_FOR_DEPOSIT)
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def end_waiting_order(order_id: str) -> None:
    """End an order that waits for a deposit, and close its account; money that was quicker goes back in full."""
    order = Order.objects.get(pk=order_id)

    def end() -> None:
        if ORDER_MOVES.move(
            order_id,
            {Status.WAITING_FOR_DEPOSIT},
            Status.CANCELLED,
            reason=SHOW_CALLED_OFF.reason,
            changes={"cancelled_at": Now()},
        ):
            release_waiting(order)

    in_transaction(end)
