"""Take an order's money and make tickets of it."""

from __future__ import annotations

import logging

from django.db import Error

from apps.common.errors import ServiceUnavailable
from apps.concerts.errors import PerformanceCalledOff, SeatsUnavailable
from apps.concerts.show_state import SeenMove
from apps.orders.models import Order
from apps.payments.causes import SHOW_CALLED_OFF, cause_of, codes_that_people_choose
from apps.payments.deposits.rules import Why
from apps.payments.errors import AmountMismatch, DepositRefused, PaymentDeclined, PaymentUnknown
from apps.payments.gateway.port import OutcomeUnknown, PaymentState, ProviderPayment, Refused
from apps.payments.gateway.provider import get_gateway, provider_slot
from apps.payments.models import Payment, PaymentAttempt, Refund
from apps.payments.services.attempts import begin_attempt, leave_unknown, refuse_attempt, withdraw_attempt
from apps.payments.services.execute_refund import execute_refund
from apps.payments.services.fulfil_payment import fulfil_payment
from apps.payments.services.keep_hold import keep_hold, provider_seconds

logger = logging.getLogger(__name__)


def confirm_payment(
    payment_key: str, *, order_id: str, amount_krw: int, user_id: int, seen: SeenMove | None = None
) -> Payment:
    """Confirm the payment that the customer has agreed to; answer it with its order PAID, or WAITING_FOR_DEPOSIT.

    `seen`, where a client says it, is the newest move of the show that the customer knew of.

    1. Under the order's lock: owner, amount, payment key, state; CONFIRMING with an attempt is committed.
    2. The hold is made to outlast the provider's answer.
    3. Outside any transaction the provider is asked to take the money, once.
    4. One transaction: payment, tickets, order PAID (`fulfil_payment`).
    5. After the commit: seats sold, the slot in the waiting room free; a promised refund is carried out.

    A repeat with the same key gets the first one's answer. Whatever happens after 1, a crash of this
    process included, `settle_payments` brings to an end.

    Raises:
        NotFound, AmountMismatch, PaymentKeyUsed, OrderExpired, OrderStateConflict, TooManyAttempts, BeingMoved,
            ShowMoved: nothing was done.
        PerformanceCalledOff: the same; with `refund` where the money was taken meanwhile and is going back.
        ServiceUnavailable: too many payments are on their way, or Redis is away; nothing was charged.
        PaymentDeclined: nothing was charged, the order is RESERVED again.
        DepositRefused: the same, of a virtual account; it is closed at the provider.
        SeatsUnavailable: with `refund` where the money had been taken already and is going back.
        PaymentUnknown: the order stays CONFIRMING.
    """
    with provider_slot():
        attempt, is_new = begin_attempt(
            payment_key, order_id=order_id, amount_krw=amount_krw, user_id=user_id, seen=seen
        )
        if is_new:
            _hold(attempt)
            _take(attempt)
    return answer_attempt(attempt)


def fulfil_and_refund(answer: ProviderPayment, *, known: int | None = None, seats_held: bool = False) -> bool:
    """Fulfil, and carry out at once the refund that it may have promised; tell whether there is a payment now."""
    payment = fulfil_payment(answer, known=known, seats_held=seats_held)
    if payment is None:
        return False
    for refund in payment.refunds.filter(status=Refund.Status.REQUESTED, tries=0):
        execute_refund(refund.pk)
    return True


def _hold(attempt: PaymentAttempt) -> None:
    """Keep the seats, or take the attempt back before the provider hears of it."""
    order = Order.objects.get(pk=attempt.order_id)
    try:
        keep_hold(order, seconds=provider_seconds())
    except SeatsUnavailable:
        withdraw_attempt(attempt, seats_lost=True)
        raise
    except ServiceUnavailable:
        withdraw_attempt(attempt, seats_lost=False)
        raise


def _take(attempt: PaymentAttempt) -> None:
    """Ask for the money once, and write down what came of it."""
    try:
        answer = send_confirm(attempt)
    except Refused as refusal:
        refuse_attempt(attempt, provider_code=refusal.provider_code, message=refusal.message)
        return
    except OutcomeUnknown as unknown:
        leave_unknown(attempt, provider_code=unknown.provider_code)
        return
    fulfil(answer)


def fulfil(answer: ProviderPayment) -> None:
    """Fulfil a payment that this process has just confirmed.

    Raises:
        PaymentUnknown: the database failed; the money is taken.
    """
    try:
        fulfil_and_refund(answer)
    except OutcomeUnknown as out_of_date:
        logger.info("order %s: %s", answer.order_id, out_of_date)
    except Error as error:  # whether the rest was stored is found out, not guessed
        logger.exception("order %s: the database failed after the payment", answer.order_id)
        raise PaymentUnknown(order_id=answer.order_id) from error


def send_confirm(attempt: PaymentAttempt) -> ProviderPayment:
    """Ask the provider for the money, under the attempt's key; its answer has to be about this very payment.

    Raises:
        Refused, OutcomeUnknown
    """
    answer = get_gateway(attempt.provider).confirm(
        attempt.payment_key,
        order_id=attempt.order_id,
        amount_krw=attempt.amount_krw,
        idempotency_key=attempt.idempotency_key,
    )
    return check_answer(answer, payment_key=attempt.payment_key, order_id=attempt.order_id)


def check_answer(answer: ProviderPayment, *, payment_key: str, order_id: str) -> ProviderPayment:
    """Return the provider's answer to a confirmation if it is about this very payment, and settles it.

    Raises:
        OutcomeUnknown
    """
    if (answer.payment_key, answer.order_id) != (payment_key, order_id):
        logger.error("order %s: asked to confirm %s, answered about %s", order_id, payment_key, answer.payment_key)
        raise OutcomeUnknown("ANOTHER_PAYMENT")
    if answer.state in (PaymentState.OPEN, PaymentState.DEAD):
        raise OutcomeUnknown(f"STATE_{answer.state}")
    return answer


def answer_attempt(attempt: PaymentAttempt) -> Payment:
    """Return the payment that an attempt has led to, by this call, an earlier one, or a webhook that was quicker.

    Raises:
        PaymentDeclined, DepositRefused, PaymentUnknown, SeatsUnavailable, AmountMismatch, PerformanceCalledOff
    """
    attempt.refresh_from_db()
    if attempt.status == PaymentAttempt.Status.REFUSED and attempt.provider_code in list(Why):
        raise DepositRefused(reason=attempt.provider_code)
    if attempt.status == PaymentAttempt.Status.REFUSED:
        raise PaymentDeclined(attempt.provider_message, provider_code=attempt.provider_code)
    payment = Payment.objects.filter(order=attempt.order_id).first()
    if payment is None:
        raise PaymentUnknown(order_id=attempt.order_id)
    refund = payment.refunds.exclude(cause__in=codes_that_people_choose()).first()
    if refund is not None and not payment.order.tickets.exists():
        raise _refused_with(refund)
    if payment.approved_at is None and payment.order.events.filter(reason=SHOW_CALLED_OFF.reason).exists():
        raise PerformanceCalledOff("Nothing was charged.")
    return payment


def _refused_with(refund: Refund) -> SeatsUnavailable | AmountMismatch | PerformanceCalledOff:
    """Say that the money goes back, and why: the seats are gone, the amount was another, the show is called off."""
    summary = {"id": refund.number, "amount": refund.amount_krw, "status": refund.status}
    detail = "The payment was taken and is being refunded in full"
    cause = cause_of(refund.cause)
    if cause is not None and cause.refusal is AmountMismatch:
        return AmountMismatch(detail, amount=refund.order.amount_krw, refund=summary)
    if cause is not None and cause.refusal is PerformanceCalledOff:
        return PerformanceCalledOff(detail, refund=summary)
    return SeatsUnavailable(detail, refund=summary, seat_ids=list(refund.order.lines.values_list("seat_id", flat=True)))
