"""Compare the providers' journals with our books, and bring in what we have missed."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from apps.orders.models import Order
from apps.payments.gateway.port import OutcomeUnknown, ProviderTransaction
from apps.payments.gateway.provider import get_gateway
from apps.payments.gateway.registry import provider_names
from apps.payments.models import Payment, Refund
from apps.payments.services.settle_payments import settle_order

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


def _booked(provider: str, lines: Iterable[ProviderTransaction]) -> set[tuple[str, int]]:
    keys = {_key(line) for line in lines}
    captured = Payment.objects.filter(provider=provider, payment_key__in=keys).exclude(approved_at=None)
    given = Refund.objects.filter(payment__provider=provider, transaction_key__in=keys, status=Refund.Status.DONE)
    return {
        *captured.values_list("payment_key", "amount_krw"),
        *((key, -amount_krw) for key, amount_krw in given.values_list("transaction_key", "amount_krw")),
    }


def _key(line: ProviderTransaction) -> str:
    """What our books know a line by: a capture by its payment, a refund by its own key."""
    return line.payment_key if line.amount_krw > 0 else line.transaction_key
