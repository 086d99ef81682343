"""Whether everything was kept that people were told, and whether all of it was served as it has to be."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import Sum

from apps.common.clock import database_now
from apps.orders.models import Order, Ticket
from apps.orders.order_ids import performance_of
from apps.payments.gateway.port import GatewayError
from apps.payments.gateway.provider import get_gateway
from apps.payments.gateway.registry import current_provider
from apps.payments.models import Payment, Refund
from apps.payments.states import GIVEN_REFUNDS, OPEN_REFUNDS
from apps.rehearsal.on_sale.sale import Outcome, PromisedTicket, Promises, Sale
from apps.rehearsal.verdict import Finding, audit_sale

BATCH_SIZE = 1_000
EXAMPLES = 3
SETTLING_SECONDS = 30.0
LOOK_SECONDS = 0.5
CLOCKS_APART = timedelta(minutes=1)


def settle(performance_id: int) -> None:
    """Wait until the platform has brought to an end what it had begun, as far as it does so in time."""
    deadline = time.monotonic() + SETTLING_SECONDS
    while time.monotonic() < deadline and _is_unsettled(performance_id):
        time.sleep(LOOK_SECONDS)


def _is_unsettled(performance_id: int) -> bool:
    confirming = Order.objects.filter(performance=performance_id, status=Order.Status.CONFIRMING)
    refunds = Refund.objects.filter(order__performance=performance_id, status__in=OPEN_REFUNDS)
    return confirming.exists() or refunds.exists()


def judge(sale: Sale, *, since: datetime, sold_out_within: float | None) -> list[Finding]:
    """Hold the platform's rows to its rules and to what people were told; then hold its service to what it owes.

    `since` is before the first payment. `sold_out_within` seconds from the opening all seats have to be sold; None
    where that is no rule.
    """
    performance_id, promises = sale.performance_id, sale.promises
    return [
        *audit_sale(performance_id),
        _tickets_exist(performance_id, promises),
        _nobody_has_more(performance_id, promises),
        _refunds_exist(promises),
        _no_money_without_answer(performance_id, promises),
        _provider_agrees(performance_id, since=since),
        _no_faults(sale),
        _nobody_broke_off(sale),
        _places_kept(sale),
        *([] if sold_out_within is None else [_sold_out(sale, sold_out_within)]),
    ]


def _tickets_exist(performance_id: int, promises: Promises) -> Finding:
    """Each ticket that somebody was told of is theirs and is live, unless they gave it back.

    Where a cancellation got no answer, it is one or the other.
    """
    stored = {
        code: (PromisedTicket(order_id, user_id, seat_id, code), bool(live))
        for code, user_id, seat_id, order_id, live in Ticket.objects.filter(performance=performance_id).values_list(
            "code", "user_id", "seat_id", "order_id", "live"
        )
    }
    wrong = []
    count = 0
    for order_id, tickets in promises.tickets.items():
        is_live = order_id not in promises.cancelled
        allowed = {True, False} if order_id in promises.unknown else {is_live}
        count += len(tickets)
        wrong += [
            ticket.code for ticket in tickets if stored.get(ticket.code) not in [(ticket, live) for live in allowed]
        ]
    live = len(promises.live)
    return Finding(
        "every acknowledged ticket exists, and is live unless its owner cancelled it",
        not wrong,
        f"{count:,} acknowledged, {live:,} of them kept, {len(wrong):,} wrong{_examples(wrong)}",
    )


def _nobody_has_more(performance_id: int, promises: Promises) -> Finding:
    """A live ticket that nobody was told of belongs to somebody who got no clear answer, or was cut short."""
    acknowledged = {ticket.code for ticket in promises.live}
    stored = Ticket.objects.filter(performance=performance_id, live=True).values_list("code", "order_id")
    silent = [order for code, order in stored if code not in acknowledged and order not in promises.unknown]
    return Finding(
        "no ticket was sold without a word to its owner",
        not silent,
        f"{len(silent):,} without a word{_examples(silent)}",
    )


def _refunds_exist(promises: Promises) -> Finding:
    """Each refund that somebody was told of is on its way or done, to the won."""
    stored: dict[str, tuple[int, int]] = {}
    for batch in _batches([refund.order_id for refund in promises.refunds]):
        kept = Refund.objects.filter(order__in=batch).exclude(status=Refund.Status.FAILED)
        sums = kept.values_list("order").annotate(Sum("amount_krw"), Sum("fee_krw"))
        stored |= {order_id: (amount, fee) for order_id, amount, fee in sums}
    wrong = [one.order_id for one in promises.refunds if stored.get(one.order_id) != (one.amount_krw, one.fee_krw)]
    total = sum(refund.amount_krw for refund in promises.refunds)
    return Finding(
        "every acknowledged refund is there, to the won",
        not wrong,
        f"{len(promises.refunds):,} refunds of {total:,} KRW, {len(wrong):,} wrong{_examples(wrong)}",
    )


def _no_money_without_answer(performance_id: int, promises: Promises) -> Finding:
    """No order is left between the payment and its tickets."""
    open_orders = Order.objects.filter(performance=performance_id, status=Order.Status.CONFIRMING).count()
    payments = Payment.objects.filter(order__performance=performance_id).values_list("order_id", flat=True)
    answered = promises.tickets.keys() | promises.unknown
    silent = [order_id for order_id in payments if order_id not in answered]
    return Finding(
        "no payment is without its outcome",
        not open_orders and not silent,
        f"{open_orders:,} orders still confirming, {len(silent):,} payments that nobody was told of{_examples(silent)}",
    )


def _provider_agrees(performance_id: int, *, since: datetime) -> Finding:
    """The provider's journal has the same captures and refunds as the platform's books, line by line."""
    rule = "the provider's journal is the same, line by line"
    try:
        lines = list(
            get_gateway(current_provider().name).list_transactions(start=since, end=database_now() + CLOCKS_APART)
        )
    except GatewayError as error:
        return Finding(rule, holds=False, figures=f"it could not be read: {error}")
    journal = {
        (line.payment_key if line.amount_krw > 0 else line.transaction_key, line.amount_krw)
        for line in lines
        if performance_of(line.order_id) == performance_id
    }
    payments = Payment.objects.filter(order__performance=performance_id, approved_at__isnull=False)
    refunds = Refund.objects.filter(order__performance=performance_id, status__in=GIVEN_REFUNDS)
    booked = {
        *payments.values_list("payment_key", "amount_krw"),
        *((key, -amount) for key, amount in refunds.values_list("transaction_key", "amount_krw") if amount),
    }
    apart = sorted(key for key, _ in journal ^ booked)
    return Finding(rule, not apart, f"{len(journal):,} lines, {len(apart):,} of one side only{_examples(apart)}")


def _no_faults(sale: Sale) -> Finding:
    kinds: dict[str, int] = {}
    for fault in sale.faults:
        name = f"{fault.kind}: {fault.outcome}"
        kinds[name] = kinds.get(name, 0) + 1
    causes = "".join(f"; {count:,} x {name}" for name, count in kinds.items())
    return Finding("no person inside got a fault, or no answer", not sale.fault_count, f"{sale.fault_count:,}{causes}")


def _nobody_broke_off(sale: Sale) -> Finding:
    """Everybody inside came to an end of their own."""
    broken = sum(sale.outcomes[one] for one in (Outcome.BROKE_OFF, Outcome.CUT_SHORT))
    causes = "".join(f"; {count:,} x {answer}" for answer, count in sale.surprises.items())
    return Finding("everybody inside came to the end of their way", not broken, f"{broken:,} did not{causes}")


def _places_kept(sale: Sale) -> Finding:
    lost, ended = sale.outcomes[Outcome.LOST_PLACE], sale.outcomes[Outcome.PUT_OUT]
    refused = sale.outcomes[Outcome.NOT_LET_IN]
    return Finding(
        "nobody lost a place in line, or the place inside",
        not (lost or ended or refused),
        f"{lost:,} lost in line, {ended:,} put out, {refused:,} refused by the line",
    )


def _sold_out(sale: Sale, seconds: float) -> Finding:
    at = sale.sold_out_at
    sold = f"{sale.tickets:,} of {sale.seats:,} sold"
    figures = sold if at is None else f"{sold}, after {at:.1f} s of {seconds:g} s"
    return Finding("all seats were sold in time", at is not None and at <= seconds, figures)


def _batches(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + BATCH_SIZE] for start in range(0, len(values), BATCH_SIZE))


def _examples(wrong: Sequence[str]) -> str:
    return f" ({', '.join(wrong[:EXAMPLES])}{', …' if len(wrong) > EXAMPLES else ''})" if wrong else ""
