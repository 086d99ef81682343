"""A deposit that the bank has taken back: its tickets are dead, and none of its refunds is owed to anybody.

Every function runs in the caller's transaction, which has locked the order's row and then the payment's.
"""

from __future__ import annotations

from django.db.models import Q
from django.db.models.functions import Now

from apps.common.database import outbox
from apps.orders.models import ORDER_MOVES, Order
from apps.orders.services.release_order import RELEASE_SEATS
from apps.orders.services.tickets import cancel_tickets
from apps.payments import states
from apps.payments.causes import ACCOUNT_CLOSED
from apps.payments.gateway.port import DEPOSIT_TAKEN_BACK
from apps.payments.models import PAYMENT_MOVES, REFUND_MOVES, Payment, Refund
from apps.payments.services.after_payment import FREE_SEATS
from apps.payments.services.refund_lines import let_lines_go

NOT_OWED = Q(status=Refund.Status.FAILED, provider_code=DEPOSIT_TAKEN_BACK)

Money = Payment.Status
Status = Order.Status


def take_deposit_back(order: Order, payment: Payment) -> bool:
    """Note that the bank has taken a deposit back, and the account waits for one again; tell whether it was here."""
    was_here = PAYMENT_MOVES.move(
        payment.pk,
        {Money.CAPTURED},
        Money.AWAITING_DEPOSIT,
        reason="deposit taken back",
        changes={"balance_krw": 0, "refundable_krw": 0, "approved_at": None},
    )
    if was_here:
        payment.refresh_from_db()
        _end_refunds(payment)
        cancel_tickets(order.lines.all())
    return was_here


def close_without_deposit(order: Order, payment: Payment) -> None:
    """Note that an account is closed and has no deposit, or none any more; an order that has lived by it ends.

    Where a deposit was here the bank has taken it back before the account was closed.
    """
    take_deposit_back(order, payment)
    if not PAYMENT_MOVES.move(payment.pk, {Money.AWAITING_DEPOSIT}, Money.CLOSED, reason="closed at the provider"):
        return
    changes = {"cancelled_at": Now(), "paid_at": None}
    lived_by_it = {Status.WAITING_FOR_DEPOSIT, Status.PAID}
    if ORDER_MOVES.move(order.pk, lived_by_it, Status.CANCELLED, reason=ACCOUNT_CLOSED.reason, changes=changes):
        outbox.enqueue(RELEASE_SEATS, order_id=order.pk)
        ordinals = list(order.lines.values_list("seat__ordinal", flat=True))
        outbox.enqueue(FREE_SEATS, order_id=order.pk, ordinals=ordinals)


def _end_refunds(payment: Payment) -> None:
    """Note that none of a payment's refunds can be, nor is any owed: those that are open, and those refused before.

    Nothing is set free, since nothing is left; a deposit that comes again is a new one, of which nothing is promised.
    """
    changes = {"provider_code": DEPOSIT_TAKEN_BACK, "settled_at": Now()}
    for refund in payment.refunds.filter(status__in=states.OPEN_REFUNDS):
        if REFUND_MOVES.move(
            refund.pk, states.OPEN_REFUNDS, Refund.Status.FAILED, reason="the deposit was taken back", changes=changes
        ):
            let_lines_go(refund)
    payment.refunds.filter(status=Refund.Status.FAILED).update(provider_code=DEPOSIT_TAKEN_BACK)
