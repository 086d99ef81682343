"""Compare the providers' journals with our books, and bring in what we have missed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from apps.orders.models import Order
from apps.payments.gateway.port import OutcomeUnknown, ProviderTransaction
from apps.payments.gateway.provider import get_gateway
from apps.payments.gateway.registry import provider_names
from apps.payments.models import Payment, Refund, RefundEvent, SurplusPayment
from apps.payments.services.settle_payments import settle_order, settle_payment
from apps.payments.states import GIVEN_REFUNDS

logger = logging.getLogger(__name__)

LINES_AT_ONCE = 500


def reconcile_journal(*, start: datetime, end: datetime) -> list[ProviderTransaction]:
    """Settle the order of every line of a journal that our books do not have; return the lines that stay.

    A line that stays is money that nobody here knows of: it is logged for a person to look into.

    Raises:
        OutcomeUnknown: a provider cannot tell now; the journals of the others were compared.
    """
    stay: list[ProviderTransaction] = []
    silent: OutcomeUnknown | None = None
    for provider in provider_names():
        try:
            stay += _reconcile(provider, start=start, end=end)
        except OutcomeUnknown as unknown:
            silent = unknown
    if silent is not None:
        raise silent
    return stay


def _reconcile(provider: str, *, start: datetime, end: datetime) -> list[ProviderTransaction]:
    missing = _missing(provider, list(get_gateway(provider).list_transactions(start=start, end=end)))
    known = set(Order.objects.filter(pk__in={line.order_id for line in missing}).values_list("pk", flat=True))
    for order_id in sorted(known):
        settle_order(order_id)
    stay = _missing(provider, missing)
    if stay:
        for key in sorted({line.payment_key for line in stay if line.order_id in known and line.amount_krw > 0}):
            settle_payment(provider, key)
        stay = _missing(provider, stay)
        returned = _of_deposits_taken_back(provider, stay)
        stay = [line for line in stay if line.transaction_key not in returned]
    for line in stay:
        logger.error("the journal of %s has what our books do not: %s", provider, line)
    return stay


def _missing(provider: str, journal: list[ProviderTransaction]) -> list[ProviderTransaction]:
    """The lines without a payment or a refund of the same amount."""
    missing = []
    for first in range(0, len(journal), LINES_AT_ONCE):
        lines = journal[first : first + LINES_AT_ONCE]
        booked = _booked(provider, lines)
        missing += [line for line in lines if (_key(line), line.amount_krw) not in booked]
    return missing


def _of_deposits_taken_back(provider: str, lines: Sequence[ProviderTransaction]) -> set[str]:
    """Return the transaction keys of deposits that the bank has taken back, and of their taking back.

    Both are of the whole amount and none is among the payment's refunds; our books, which may have seen neither, have
    of that payment just what the provider has.

    Raises:
        OutcomeUnknown
    """
    found: set[str] = set()
    keys = {line.payment_key for line in lines}
    for payment in Payment.objects.filter(provider=provider, payment_key__in=keys, has_virtual_account=True):
        seen = get_gateway(provider).find_by_key(payment.payment_key)
        if seen is None or payment.balance_krw != (seen.balance_krw if seen.approved_at else 0):
            continue
        refunds = {refund.transaction_key for refund in seen.refunds}
        whole = [line for line in lines if line.payment_key == payment.payment_key]
        whole = [line for line in whole if abs(line.amount_krw) == payment.amount_krw]
        found |= {line.transaction_key for line in whole} - refunds
    return found


def _booked(provider: str, lines: Sequence[ProviderTransaction]) -> set[tuple[str, int]]:
    keys, payment_keys = {_key(line) for line in lines}, {line.payment_key for line in lines}
    captured = Payment.objects.filter(provider=provider, payment_key__in=keys).exclude(approved_at=None)
    taken_on = (*GIVEN_REFUNDS, Refund.Status.RETURNED)
    given = Refund.objects.filter(payment__provider=provider, transaction_key__in=keys, status__in=taken_on)
    returned = RefundEvent.objects.filter(
        subject__payment__provider=provider,
        subject__payment__payment_key__in=payment_keys,
        to_status=Refund.Status.RETURNED,
        details__has_key="transaction_key",
    )
    surplus = SurplusPayment.objects.filter(provider=provider)
    surplus_given = surplus.filter(transaction_key__in=keys).values_list("transaction_key", "amount_krw")
    return {
        *captured.values_list("payment_key", "amount_krw"),
        *surplus.filter(payment_key__in=keys).values_list("payment_key", "amount_krw"),
        *((key, -amount_krw) for key, amount_krw in surplus_given),
        *((key, -amount_krw) for key, amount_krw in given.values_list("transaction_key", "amount_krw")),
        *(
            (event.details["transaction_key"], -event.subject.amount_krw)
            for event in returned.select_related("subject")
        ),
    }


def _key(line: ProviderTransaction) -> str:
    """What our books know a line by: a capture by its payment, a refund by its own key."""
    return line.payment_key if line.amount_krw > 0 else line.transaction_key
