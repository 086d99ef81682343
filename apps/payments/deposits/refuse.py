"""Refuse a virtual account that the provider has opened: the order is held as before, and the account closed."""

from __future__ import annotations

from django.db.models.functions import Now

from apps.common.clock import database_now
from apps.common.database import outbox
from apps.orders.models import ORDER_MOVES, Order
from apps.payments import states
from apps.payments.deposits.admit import why_not_admitted
from apps.payments.gateway.port import OutcomeUnknown, PaymentState, ProviderPayment, Refused
from apps.payments.gateway.provider import get_gateway
from apps.payments.models import PaymentAttempt

CLOSE_REFUSED = "payments.close_refused_account"
Attempt = PaymentAttempt.Status


def refuse_deposit(order: Order, answer: ProviderPayment) -> bool:
    """Refuse the account that a payment has opened, unless the order may wait for it; tell whether it was refused.

    In the caller's transaction, which has locked `order`, for an order without a payment. What decides is the moment in
    which the account is heard of, whatever the browser was offered: a payment window can be opened with any method. The
    order is RESERVED again, and can be paid otherwise. An account that was refused before stays so.
    """
    attempt = PaymentAttempt.objects.filter(payment_key=answer.payment_key).first()
    if attempt is None or order.status != Order.Status.CONFIRMING:
        return attempt is not None and _was_refused(attempt, answer)
    if attempt.status not in states.UNSETTLED:
        return _was_refused(attempt, answer)
    why = why_not_admitted(order)
    if why is None:
        return False
    said = {"provider_code": why.value}
    unsettled = PaymentAttempt.objects.filter(pk=attempt.pk, status__in=states.UNSETTLED)
    unsettled.update(status=Attempt.REFUSED, settled_at=Now(), **said)
    ORDER_MOVES.move(order.pk, {Order.Status.CONFIRMING}, Order.Status.RESERVED, reason="deposit refused", details=said)
    _promise_closing(answer)
    return True


def _was_refused(attempt: PaymentAttempt, answer: ProviderPayment) -> bool:
    """Tell whether the account was refused before; then it is still to be closed."""
    if attempt.status != Attempt.REFUSED:
        return False
    _promise_closing(answer)
    return True


def _promise_closing(answer: ProviderPayment) -> None:
    outbox.enqueue(CLOSE_REFUSED, provider=answer.provider, payment_key=answer.payment_key)


@outbox.handles(CLOSE_REFUSED)
def close_refused_account(provider: str, payment_key: str) -> None:
    """Close an account at the provider of which nothing is kept here but a refused attempt.

    Money that was quicker is found by the provider's message, or the journal: it buys the seats that the order still
    holds, or goes back. An account that the provider does not close now is tried again with the outbox's pauses, and
    ends at the latest with its own time.

    Raises:
        OutcomeUnknown: it is still open, as far as is known.
    """
    gateway = get_gateway(provider)
    key = f"refused:{payment_key}:{database_now():%Y%m%d%H}"  # a provider repeats its answer to a key for ever
    answer: ProviderPayment | None
    try:
        answer = gateway.refund(payment_key, amount_krw=None, reason="no deposit is taken", idempotency_key=key)
    except Refused:
        answer = gateway.find_by_key(payment_key)
    if answer is not None and answer.state is PaymentState.AWAITING_DEPOSIT:
        raise OutcomeUnknown("STILL_OPEN", payment_key)
