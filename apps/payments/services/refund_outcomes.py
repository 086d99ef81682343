"""What the provider's word does to a refund: money, tickets and order with it, under the locks of order and payment."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from django.db.models import F
from django.db.models.functions import Now

from apps.common.database import outbox
from apps.common.database.transactions import in_transaction
from apps.orders.models import Order
from apps.payments import states
from apps.payments.gateway.port import PaymentState, ProviderPayment, ProviderRefund, RefundState
from apps.payments.models import PAYMENT_MOVES, REFUND_MOVES, Payment, Refund
from apps.payments.services.deposit_gone import close_without_deposit
from apps.payments.services.receipts import promise_cancelling
from apps.payments.services.refund_lines import let_lines_go
from apps.payments.services.request_refund import MAIL_ACCOUNT, end_lines, settle_balance

logger = logging.getLogger(__name__)

Status = Refund.Status


def settle(refund: Refund, end: Callable[[], None]) -> None:
    """Run the last step under the locks that every step takes: the order's row, then the payment's."""

    def run() -> None:
        refund.order = Order.objects.select_for_update().get(pk=refund.order_id)
        refund.payment = Payment.objects.select_for_update().get(pk=refund.payment_id)
        end()

    in_transaction(run)


def find_given(refund: Refund, answer: ProviderPayment) -> ProviderRefund | None:
    """Return what the provider has of this sending of a refund; None where it has not taken it on."""
    return next((given for given in answer.refunds if given.reason.endswith(refund.reference)), None)


def note_given(refund: Refund, answer: ProviderPayment) -> bool:
    """Write down where a refund stands at the provider; tell whether it has taken it on.

    A deposit that the bank has taken back is not there to be given: then what was to be a refund has closed the
    account, or found it closed, and no money is on its way.
    """
    if answer.state is PaymentState.DEAD:
        settle(refund, partial(_end_with_account, refund))
        return True
    given = find_given(refund, answer)
    if given is None:
        return False
    settle(refund, partial(_apply, refund, given, answer))
    return True


def follow_refunds(order: Order, payment: Payment, answer: ProviderPayment) -> None:
    """Write down where the refunds of a payment stand; the caller's transaction has locked order and payment."""
    for refund in payment.refunds.filter(status=Status.SENT):
        given = find_given(refund, answer)
        if given is not None:
            refund.order, refund.payment = order, payment
            _apply(refund, given, answer)
            payment.refresh_from_db()


def finish(refund: Refund, *, transaction_key: str) -> None:
    """Note that the customer has the money; the bank account is forgotten now and not before."""
    changes = {"transaction_key": transaction_key, "settled_at": Now(), "account": None, "provider_code": ""}
    if REFUND_MOVES.move(refund.pk, states.OPEN_REFUNDS, Status.DONE, reason="refunded", changes=changes):
        _leave(refund)
    else:
        REFUND_MOVES.move(refund.pk, {Status.SENT}, Status.DONE, reason="paid by the bank", changes=changes)


def fail(refund: Refund, *, provider_code: str) -> None:
    """Note a definite refusal: the money is set free again, the tickets stay, and the seats are bound to no refund."""
    failed = REFUND_MOVES.move(
        refund.pk,
        states.OPEN_REFUNDS,
        Status.FAILED,
        reason="refused by the provider",
        changes={"provider_code": provider_code, "settled_at": Now()},
        details={"provider_code": provider_code},
    )
    if failed:
        let_lines_go(refund)
        Payment.objects.filter(pk=refund.payment_id).update(refundable_krw=F("refundable_krw") + refund.amount_krw)
        logger.error("refund %s of %s KRW was refused: %s", refund.reference, refund.amount_krw, provider_code)


def _end_with_account(refund: Refund) -> None:
    """Close the account, unless its refunds have ended since the provider was asked: then this word is out of date."""
    if Refund.objects.filter(pk=refund.pk, status__in=states.OPEN_REFUNDS).exists():
        close_without_deposit(refund.order, refund.payment)


def _apply(refund: Refund, given: ProviderRefund, answer: ProviderPayment) -> None:
    if given.state is RefundState.FAILED:
        _come_back(refund, given, answer)
        return
    if given.state is RefundState.DONE:
        finish(refund, transaction_key=given.transaction_key)
    elif REFUND_MOVES.move(
        refund.pk,
        states.OPEN_REFUNDS,
        Status.SENT,
        reason="sent to the bank",
        changes={"transaction_key": given.transaction_key, "looked_at": Now(), "provider_code": ""},
    ):
        _leave(refund)


def _come_back(refund: Refund, given: ProviderRefund, answer: ProviderPayment) -> None:
    """Note that the bank did not pay a refund: it is owed still, and waits for another account, or for staff.

    What the provider says of the same sending afterwards is not followed: its word is on the whole account, and may be
    about a later refund.
    """
    if REFUND_MOVES.move(refund.pk, states.OPEN_REFUNDS, Status.SENT, reason="sent to the bank"):
        _leave(refund)  # it failed before it was heard of: the customer has cancelled all the same
    returned = REFUND_MOVES.move(
        refund.pk,
        {Status.SENT},
        Status.RETURNED,
        reason="not paid by the bank",
        changes={"provider_code": "BANK_DID_NOT_PAY", "settled_at": Now()},
        details={"transaction_key": given.transaction_key},
    )
    if not returned:
        return
    logger.error("refund %s of %s KRW was not paid by the bank", refund.reference, refund.amount_krw)
    outbox.enqueue(MAIL_ACCOUNT, refund_id=refund.pk, sending=refund.sendings)
    payment = refund.payment
    payment.refresh_from_db()
    if answer.balance_krw - payment.balance_krw >= refund.amount_krw:
        _put_back(payment, krw=refund.amount_krw)


def _leave(refund: Refund) -> None:
    """The money has left the balance: the tickets are dead, and their seats free."""
    settle_balance(refund.payment, given_krw=refund.amount_krw)
    end_lines(refund.order, list(refund.lines.all()), reason="cancelled")
    promise_cancelling(refund)


def _put_back(payment: Payment, *, krw: int) -> None:
    """Write down that money is in the balance again; it stays promised."""
    Payment.objects.filter(pk=payment.pk).update(balance_krw=F("balance_krw") + krw)
    payment.refresh_from_db()
    is_whole = payment.balance_krw == payment.amount_krw
    status = Payment.Status.CAPTURED if is_whole else Payment.Status.PARTLY_REFUNDED
    if payment.status != status:
        PAYMENT_MOVES.move(payment.pk, {payment.status}, status, reason="not paid by the bank", details={"krw": krw})
