"""Money that an order was paid with a second time: noted, given back in full, shown to staff."""

from __future__ import annotations

import logging

from django.db.models import F
from django.db.models.functions import Now

from apps.common.database import outbox
from apps.common.database.transactions import retried_transaction
from apps.orders.models import Order
from apps.payments.gateway.port import OutcomeUnknown, PaymentState, ProviderPayment, Refused, TryAgain
from apps.payments.gateway.provider import get_gateway
from apps.payments.models import PaymentAttempt, SurplusPayment
from apps.payments.states import UNSETTLED

logger = logging.getLogger(__name__)

GIVE_BACK_SURPLUS = "payments.give_back_surplus"
REASON = "a second payment of one order"
Status = SurplusPayment.Status


def confirm_attempt(payment_key: str) -> None:
    """Settle the attempt that has led to a payment."""
    PaymentAttempt.objects.filter(payment_key=payment_key, status__in=UNSETTLED).update(
        status=PaymentAttempt.Status.CONFIRMED, provider_code="", settled_at=Now()
    )


def note_surplus(order: Order, answer: ProviderPayment) -> None:
    """Note a payment beside the order's own, in the caller's transaction, and promise to give all of it back."""
    confirm_attempt(answer.payment_key)
    surplus, is_new = SurplusPayment.objects.get_or_create(
        payment_key=answer.payment_key,
        defaults={
            "order": order,
            "provider": answer.provider,
            "method": answer.method,
            "amount_krw": answer.amount_krw,
            "found_at": Now(),
        },
    )
    if is_new:
        logger.error("order %s: a second payment %s of %s KRW", order.pk, answer.payment_key, answer.amount_krw)
    if is_new or surplus.status == Status.REFUSED:
        outbox.enqueue(GIVE_BACK_SURPLUS, order_id=order.pk, payment_key=surplus.payment_key)


@retried_transaction
def ask_again(surplus_id: int) -> bool:
    """Have the provider asked once more for a second payment that it would not give back; tell whether it is one."""
    refused = SurplusPayment.objects.select_for_update().filter(pk=surplus_id, status=Status.REFUSED).first()
    if refused is not None:
        outbox.enqueue(GIVE_BACK_SURPLUS, order_id=refused.order_id, payment_key=refused.payment_key)
    return refused is not None


@outbox.handles(GIVE_BACK_SURPLUS)
def give_back_surplus(order_id: str, payment_key: str) -> None:
    """Give a second payment back, or close its account; the outbox repeats it until the provider has answered.

    The first request goes out at once, later ones after a look at what became of those before. A refusal is left to
    staff: it stays in their list until the provider's own desk has given the money back, which asking finds out.

    Raises:
        OutcomeUnknown, TryAgain: it is asked again later.
    """
    surplus = SurplusPayment.objects.get(order=order_id, payment_key=payment_key)
    if surplus.status == Status.DONE:
        return
    gateway = get_gateway(surplus.provider)
    if surplus.status == Status.REFUSED or outbox.attempts_before():
        seen = gateway.find_by_key(surplus.payment_key)
        if seen is not None and _is_back(seen):
            _settle(surplus, seen)
            return
    try:
        answer = gateway.refund(
            surplus.payment_key,
            amount_krw=None,
            reason=f"{REASON} [{surplus.order_id}]",
            idempotency_key=f"surplus:{surplus.pk}:{surplus.tries}",
        )
    except TryAgain:
        _use_new_key(surplus)
        raise
    except Refused as refusal:
        _use_new_key(surplus)
        rows = SurplusPayment.objects.filter(pk=surplus.pk).exclude(status=Status.DONE)
        rows.update(status=Status.REFUSED, provider_code=refusal.provider_code)
        logger.error("second payment %s is not given back: %s", surplus.payment_key, refusal.provider_code)
        return
    except OutcomeUnknown as unknown:
        if unknown.is_final:
            _use_new_key(surplus)
        raise
    if not _is_back(answer):
        raise OutcomeUnknown(f"STATE_{answer.state}")
    _settle(surplus, answer)


def _is_back(answer: ProviderPayment) -> bool:
    return answer.state is PaymentState.DEAD or (answer.state is PaymentState.REFUNDED and answer.balance_krw == 0)


def _use_new_key(surplus: SurplusPayment) -> None:
    SurplusPayment.objects.filter(pk=surplus.pk, tries=surplus.tries).update(tries=F("tries") + 1)


def _settle(surplus: SurplusPayment, answer: ProviderPayment) -> None:
    last = answer.refunds[-1].transaction_key if answer.refunds else ""
    SurplusPayment.objects.filter(pk=surplus.pk).update(
        status=Status.DONE, provider_code="", transaction_key=last, settled_at=Now()
    )
