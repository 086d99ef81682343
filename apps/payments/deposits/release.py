"""End orders that wait for a deposit before their time: many at once, each by itself, as staff have decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models.functions import Now

from apps.common.clock import database_now
from apps.common.database import outbox
from apps.common.database.transactions import in_transaction
from apps.common.errors import ValidationFailed
from apps.orders.models import ORDER_MOVES, Order, OrderLine
from apps.orders.services.release_order import RELEASE_SEATS
from apps.payments.causes import RELEASED_BY_STAFF
from apps.payments.models import Payment, StaffAct
from apps.payments.services.after_payment import FREE_SEATS
from apps.payments.services.fulfil_payment import CLOSE_ACCOUNT

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Released:
    """What came of it: orders that have ended, their seats, and how many were left because they had moved on."""

    order_ids: list[str]
    seats: int
    left: int


def release_deposits(order_ids: Sequence[str], *, staff_id: int, reason: str) -> Released:
    """Cancel orders that wait for a deposit; return what came of it.

    Each in a transaction of its own, so that a process that dies, or a deposit that is quicker, concerns one order:
    the state decides, the act is noted with it, and the seats are free right after. The accounts are closed by the
    worker, since the provider may take its time; money that comes all the same goes back.

    Raises:
        ValidationFailed: without a reason, or for more than MOST_AT_ONCE.
    """
    if not reason.strip():
        raise ValidationFailed(errors={"reason": ["Say why."]})
    if len(order_ids) > MOST_AT_ONCE:
        raise ValidationFailed(errors={"orders": [f"At most {MOST_AT_ONCE} at once."]})
    ended: list[str] = []
    seats = 0
    for order_id in dict.fromkeys(order_ids):
        freed = in_transaction(lambda one=order_id: _release(one, staff_id=staff_id, reason=reason.strip()))  # type: ignore[misc]
        if freed:
            ended.append(order_id)
            seats += freed
    return Released(ended, seats, left=len(set(order_ids)) - len(ended))


def _release(order_id: str, *, staff_id: int, reason: str) -> int:
    """End one order, in the caller's transaction; return how many seats that frees, 0 for one that has moved on."""
    moved = ORDER_MOVES.move(
        order_id,
        {Order.Status.WAITING_FOR_DEPOSIT},
        Order.Status.CANCELLED,
        reason=RELEASED_BY_STAFF.reason,
        actor=f"staff:{staff_id}",
        changes={"cancelled_at": Now()},
    )
    if not moved:
        return 0
    ordinals = list(OrderLine.objects.filter(order=order_id).values_list("seat__ordinal", flat=True))
    amount = Payment.objects.filter(order=order_id).values_list("amount_krw", flat=True).first()
    StaffAct.objects.create(
        actor_id=staff_id,
        kind=StaffAct.Kind.RELEASE_DEPOSIT,
        order_id=order_id,
        reason=reason,
        details={"seats": len(ordinals), "amount_krw": amount, "done": True},
        happened_at=database_now(),
    )
    outbox.enqueue(RELEASE_SEATS, order_id=order_id)
    outbox.enqueue(FREE_SEATS, order_id=order_id, ordinals=ordinals)
    outbox.promise(CLOSE_ACCOUNT, order_id=order_id)
    return len(ordinals)
