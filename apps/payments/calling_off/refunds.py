"""Give back what was paid for a performance that is called off: in full, each ticket once."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection
from functools import partial

from django.db import IntegrityError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from apps.common.database.transactions import in_transaction
from apps.common.errors import DomainError
from apps.orders.models import Order, OrderLine, Ticket
from apps.payments.calling_off.models import CallOff
from apps.payments.causes import CALLED_OFF, SHOW_CALLED_OFF
from apps.payments.errors import NothingToCancel
from apps.payments.models import Payment, Refund
from apps.payments.services.deposit_gone import NOT_OWED
from apps.payments.services.execute_refund import execute_refund, retry_refund
from apps.payments.services.request_refund import end_lines, given_at_the_desk, request_refund
from apps.payments.states import OPEN_REFUNDS

logger = logging.getLogger(__name__)

PROMISED_AT_ONCE = 20  # orders whose rows one transaction locks


def refunds_of(performance_id: int) -> QuerySet[Refund]:
    """The refunds that are made because the performance is called off, also of money that came afterwards."""
    return Refund.objects.filter(order__performance=performance_id, cause=CALLED_OFF.code)


def needing_account() -> Q:
    """Say `needs_account` in SQL: the refund waits for the customer to name a bank account."""
    return Q(payment__has_virtual_account=True, amount_krw__gt=0, account__isnull=True)


def unrefunded(performance_id: int) -> QuerySet[Ticket]:
    """The tickets that are alive and for which nothing is under way.

    One whose refund the provider has refused is left to people (`try_again`). One that its buyer had cancelled before,
    with the fee of that day, counts again where that refund is refused.
    """
    of_line = Refund.objects.filter(lines=OuterRef("line"))
    under_way = of_line.filter(Q(status__in=OPEN_REFUNDS) | Q(status=Refund.Status.FAILED, cause=CALLED_OFF.code))
    return Ticket.objects.filter(~Exists(under_way), performance=performance_id, live=True)


def promise_refunds(performance_id: int, skip: set[str]) -> list[int]:
    """Promise the full price of some orders' tickets, in one transaction; return the refunds, none once all are.

    Args:
        skip: orders that cannot be promised; those that fail here are added, so that they keep no others waiting.
    """
    while True:
        tickets = unrefunded(performance_id).exclude(order__in=skip)
        wanted = list(tickets.values_list("order", flat=True).distinct()[:PROMISED_AT_ONCE])
        if not wanted:
            return []
        try:
            promised = in_transaction(partial(_promise, performance_id, wanted))
        except (DomainError, IntegrityError):
            promised = _promise_each(performance_id, wanted, skip)
        if promised:
            return promised


def _promise_each(performance_id: int, order_ids: Collection[str], skip: set[str]) -> list[int]:
    promised = []
    for order_id in order_ids:
        try:
            promised += in_transaction(partial(_promise, performance_id, [order_id]))
        except (DomainError, IntegrityError):
            logger.exception("order %s of a performance that is called off cannot be refunded", order_id)
            skip.add(order_id)
    return promised


def list_open(performance_id: int) -> list[int]:
    """Return the refunds that earlier runs have promised, and that can be carried out."""
    still_open = refunds_of(performance_id).filter(status__in=OPEN_REFUNDS).exclude(needing_account())
    return list(still_open.order_by("pk").values_list("pk", flat=True))


def list_refused(call_off: CallOff) -> list[int]:
    """Return the refunds that were refused before somebody wanted them tried again, and are owed still."""
    if call_off.tried_again_at is None:
        return []
    refused = refunds_of(call_off.performance_id).filter(
        status=Refund.Status.FAILED, settled_at__lte=call_off.tried_again_at
    )
    return list(refused.exclude(NOT_OWED).order_by("pk").values_list("pk", flat=True))


def carry_out(refund_id: int) -> str:
    """Ask the provider for one refund; return the code of its trouble where it cannot tell now, else nothing."""
    refund = execute_refund(refund_id)
    is_open = refund.status in OPEN_REFUNDS and not (refund.payment.has_virtual_account and not refund.account)
    return (refund.provider_code or "NO_ANSWER") if is_open else ""


def carry_out_again(refund_id: int) -> str:
    """Open a refused refund again, and carry it out; see `carry_out`. One that cannot be opened counts as tried."""
    try:
        if retry_refund(refund_id, actor="calling off"):
            return carry_out(refund_id)
    except NothingToCancel as refusal:  # its tickets, or its money, have gone back by another refund meanwhile
        logger.warning("refund %s stays refused: %s", refund_id, refusal)
    Refund.objects.filter(pk=refund_id, status=Refund.Status.FAILED).update(settled_at=Now())
    return ""


def _promise(performance_id: int, order_ids: Collection[str]) -> list[int]:
    """Lock the orders, then their payments, and promise what no other transaction has promised meanwhile."""
    orders = list(Order.objects.select_for_update().filter(pk__in=order_ids).order_by("pk"))
    locked = Payment.objects.select_for_update().filter(order__in=orders).order_by("order")
    payments = {payment.order_id: payment for payment in locked}
    lines: defaultdict[str, list[OrderLine]] = defaultdict(list)
    alive = unrefunded(performance_id).filter(order__in=orders).values("line")
    for line in OrderLine.objects.filter(pk__in=alive).order_by("number"):
        lines[line.order_id].append(line)
    promised = []
    for order in orders:
        if not lines[order.pk]:
            continue
        payment = payments.get(order.pk)
        if payment is None:  # it was never paid for, as the orders of a demonstration
            end_lines(order, lines[order.pk], reason=SHOW_CALLED_OFF.reason)
            continue
        price = sum(line.price_krw for line in lines[order.pk])
        amount = min(max(0, price - given_at_the_desk(payment)), payment.refundable_krw)
        refund = request_refund(
            order,
            payment,
            amount_krw=amount,
            given_before_krw=price - amount,
            cause=CALLED_OFF,
            lines=lines[order.pk],
        )
        promised.append(refund.pk)
    return promised
