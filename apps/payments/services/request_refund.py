"""Promise a refund: the money is set aside before the provider is asked for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.db.models import F, Q, Sum
from django.db.models.functions import Now
from django.utils import translation

from apps.common.database import outbox
from apps.orders.models import ORDER_MOVES, Order, OrderLine
from apps.orders.services.tickets import cancel_tickets
from apps.payments import states
from apps.payments.causes import PROVIDER, RefundCause
from apps.payments.errors import MoreThanIsLeft
from apps.payments.gateway.port import ProviderPayment, ProviderRefund, RefundState
from apps.payments.models import PAYMENT_MOVES, Payment, Refund
from apps.payments.services.after_payment import FREE_SEATS
from apps.payments.services.refund_lines import bind_lines

MAIL_ACCOUNT = "payments.mail_account"


def request_refund(
    order: Order,
    payment: Payment,
    *,
    amount_krw: int,
    cause: RefundCause,
    lines: Sequence[OrderLine] = (),
    fee_krw: int = 0,
    given_before_krw: int = 0,
    reason: str = "",
    account: dict[str, Any] | None = None,
    requested_by: int | None = None,
) -> Refund:
    """Set `amount_krw` aside and store the refund, in the caller's transaction, which has locked `payment`.

    The conditional UPDATE keeps all refunds together within what was paid.

    Raises:
        MoreThanIsLeft, AlreadyRefunded: undo the transaction.
    """
    if not set_aside(payment, amount_krw=amount_krw):
        raise more_than_is_left(payment)
    number = next_number(payment)
    refund = Refund.objects.create(
        payment=payment,
        order=order,
        number=number,
        amount_krw=amount_krw,
        fee_krw=fee_krw,
        given_before_krw=given_before_krw,
        cause=cause.code,
        reason=reason or _words_of(cause),
        idempotency_key=f"cancel:{order.pk}:{number}",
        account=account,
        requested_by_id=requested_by,
        requested_at=Now(),
    )
    bind_lines(refund, lines)
    return refund


def _words_of(cause: RefundCause) -> str:
    """What the provider is told: the same words in whatever language somebody cancels."""
    with translation.override(None):
        return str(cause.label)


def set_aside(payment: Payment, *, amount_krw: int) -> bool:
    """Take money off what is refundable, by one conditional UPDATE; tell whether there was enough."""
    enough = Payment.objects.filter(pk=payment.pk, refundable_krw__gte=amount_krw)
    return bool(enough.update(refundable_krw=F("refundable_krw") - amount_krw))


def more_than_is_left(payment: Payment) -> MoreThanIsLeft:
    """Say how much of a payment can still be refunded."""
    return MoreThanIsLeft(left=Payment.objects.values_list("refundable_krw", flat=True).get(pk=payment.pk))


def given_at_the_desk(payment: Payment) -> int:
    """Return what the provider's own desk has given back that no refund of lines has taken into account yet."""
    krw = payment.refunds.exclude(status=states.RefundStatus.FAILED).aggregate(
        at_the_desk=Sum("amount_krw", filter=Q(cause=PROVIDER.code), default=0),
        counted=Sum("given_before_krw", default=0),
    )
    return max(0, krw["at_the_desk"] - krw["counted"])


def next_number(payment: Payment) -> int:
    """Return the number of the payment's next refund; its row is locked."""
    return payment.refunds.count() + 1


def settle_balance(payment: Payment, *, given_krw: int) -> None:
    """Write down that money has left, in the caller's transaction."""
    if given_krw == 0:
        return
    Payment.objects.filter(pk=payment.pk).update(balance_krw=F("balance_krw") - given_krw)
    payment.refresh_from_db()
    status = Payment.Status.PARTLY_REFUNDED if payment.balance_krw else Payment.Status.REFUNDED
    if payment.status != status:
        PAYMENT_MOVES.move(payment.pk, {payment.status}, status, reason="refunded", details={"krw": given_krw})
        payment.refresh_from_db()


def end_lines(order: Order, lines: Sequence[OrderLine], *, reason: str, actor: str = "system") -> None:
    """Make the tickets of lines dead and their seats free, and the order CANCELLED with its last ticket."""
    if cancel_tickets(lines):
        ordinals = OrderLine.objects.filter(pk__in=[line.pk for line in lines]).values_list("seat__ordinal", flat=True)
        outbox.enqueue(FREE_SEATS, order_id=order.pk, ordinals=list(ordinals))
    if order.status == Order.Status.PAID and not order.tickets.filter(live=True).exists():
        ORDER_MOVES.move(
            order.pk,
            {Order.Status.PAID},
            Order.Status.CANCELLED,
            reason=reason,
            actor=actor,
            changes={"cancelled_at": Now()},
        )


def adopt_foreign_refunds(order: Order, payment: Payment, answer: ProviderPayment) -> None:
    """Take over refunds that staff made at the provider itself, in the caller's transaction.

    Those that are ours bear our reference. When all the money has gone back so have the tickets;
    after a part of it staff decide about them.
    """
    if payment.approved_at is None or not answer.refunds:
        return
    known = set(payment.refunds.exclude(transaction_key="").values_list("transaction_key", flat=True))
    for given in answer.refunds:
        is_ours = given.transaction_key in known or is_reference_of(order.pk, given.reason)
        if not is_ours and given.state is not RefundState.FAILED:
            _adopt(order, payment, given)
    order.refresh_from_db()
    payment.refresh_from_db()
    if payment.balance_krw == 0 and answer.balance_krw == 0:
        end_lines(order, list(order.lines.all()), reason="refunded at the provider")


def is_reference_of(order_id: str, reason: str) -> bool:
    """Tell whether a reason ends as those of this order's own refunds do, in whatever sending."""
    return re.search(rf"\[{re.escape(order_id)}/\d+(/\d+)?\]\Z", reason) is not None


def _adopt(order: Order, payment: Payment, given: ProviderRefund) -> None:
    if not set_aside(payment, amount_krw=given.amount_krw):
        return  # promised to a refund of ours already, which the provider will refuse
    number = next_number(payment)
    Refund.objects.create(
        payment=payment,
        order=order,
        number=number,
        amount_krw=given.amount_krw,
        cause=PROVIDER.code,
        reason=given.reason[:120],
        status=states.RefundStatus.DONE,
        idempotency_key=f"cancel:{order.pk}:{number}",
        transaction_key=given.transaction_key,
        requested_at=Now(),
        settled_at=given.refunded_at,
    )
    settle_balance(payment, given_krw=given.amount_krw)
