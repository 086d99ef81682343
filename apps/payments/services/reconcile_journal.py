"""Compare the provider's journal with our books, and bring in what we have missed."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from apps.orders.models import Order
from apps.payments.gateway.port import ProviderTransaction
from apps.payments.gateway.provider import get_gateway
from apps.payments.models import Payment, Refund
from apps.payments.services.settle_payments import settle_order

logger = logging.getLogger(__name__)

LINES_AT_ONCE = 500


def reconcile_journal(*, start: datetime, end: datetime) -> list[ProviderTransaction]:
    """Settle the order of every line of the journal that our books do not have; return the lines that stay.

    A line that stays is money that nobody here knows of: it is logged for a person to look into.

    Raises:
        OutcomeUnknown: the provider cannot tell now.
    """
    missing = _missing(list(get_gateway().list_transactions(start=start, end=end)))
    known = set(Order.objects.filter(pk__in={line.order_id for line in missing}).values_list("pk", flat=True))
    for order_id in sorted(known):
        settle_order(order_id)
    stay = _missing(missing)
    for line in stay:
        logger.error("the provider's journal has what our books do not: %s", line)
    return stay


def _missing(journal: list[ProviderTransaction]) -> list[ProviderTransaction]:
    """The lines without a payment or a refund of the same amount."""
    missing = []
    for first in range(0, len(journal), LINES_AT_ONCE):
        lines = journal[first : first + LINES_AT_ONCE]
        booked = _booked(lines)
        missing += [line for line in lines if (_key(line), line.amount_krw) not in booked]
    return missing


def _booked(lines: Iterable[ProviderTransaction]) -> set[tuple[str, int]]:
    keys = {_key(line) for line in lines}
    captured = Payment.objects.filter(payment_key__in=keys).exclude(approved_at=None)
    given = Refund.objects.filter(transaction_key__in=keys, status=Refund.Status.DONE)
    return {
        *captured.values_list("payment_key", "amount_krw"),
        *((key, -amount_krw) for key, amount_krw in given.values_list("transaction_key", "amount_krw")),
    }


def _key(line: ProviderTransaction) -> str:
    """What our books know a line by: a capture by its payment, a refund by its own key."""
    return line.payment_key if line.amount_krw > 0 else line.transaction_key
