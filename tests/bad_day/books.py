"""What has to be true at the end of the day, whatever has happened: each finding is a sentence, and what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db.models import Count, F, Q

from apps.common.clock import database_now
from apps.common.models import OutboxMessage
from apps.concerts.models import Performance, PerformanceMove
from apps.orders.models import Order, Ticket
from apps.orders.services.rebuild_seat_state import with_seat_state
from apps.payments.calling_off.models import CallOff
from apps.payments.gateway.port import DEPOSIT_TAKEN_BACK
from apps.payments.models import Payment, PaymentAttempt, Refund, SurplusPayment, WebhookDelivery
from apps.payments.services.reconcile_journal import reconcile_journal
from apps.payments.states import OPEN_REFUNDS, UNSETTLED
from tests.bad_day.crowd import Crowd
from tests.bad_day.mails import CALLED_OFF, MOVED
from tests.paid_orders import assert_books_balance
from tests.payment_sandbox import PrivateSandbox
from tests.shows import letters_of

Status = Order.Status
WORKER_THREADS = 4
NOT_OVER = (Status.PENDING, Status.RESERVED, Status.CONFIRMING, Status.WAITING_FOR_DEPOSIT)


def list_unfinished() -> dict[str, int]:
    """Count by name what is still on its way; empty once the day has come to its end."""
    counts = {
        "orders": Order.objects.filter(status__in=NOT_OVER).count(),
        "attempts": PaymentAttempt.objects.filter(status__in=UNSETTLED).count(),
        "refunds": len(_owed()),
        "surplus": SurplusPayment.objects.exclude(status="DONE").count(),
        "accounts": Payment.objects.filter(status="AWAITING_DEPOSIT").count(),
        "webhooks": WebhookDelivery.objects.filter(handled_at=None).count(),
        "outbox": OutboxMessage.objects.count(),
        "callings off": CallOff.objects.exclude(status="DONE").count(),
        "moves": PerformanceMove.objects.filter(Q(status="UNDER_WAY") | Q(status="DONE", notified_at=None)).count(),
    }
    return {name: count for name, count in counts.items() if count}


def describe_unfinished() -> list[str]:
    """Say of each refund that somebody waits for where it stands, and how much is open of the rest."""
    refunds = [
        f"refund {one.reference} {one.status} {one.amount_krw} {one.cause} {one.provider_code}, {one.payment.method}, "
        f"payment {one.payment.status} {one.payment.balance_krw} {one.payment.refundable_krw}, "
        f"order {one.order.status}, tickets {list(one.order.tickets.values_list('live', flat=True))}"
        for one in _owed()
    ]
    return [f"the day does not end: {list_unfinished()}", *refunds]


def _owed() -> list[Refund]:
    """The refunds that somebody still waits for."""
    return [refund for refund in Refund.objects.exclude(status="DONE") if not _is_over(refund)]


def _is_over(refund: Refund) -> bool:
    """Whether a refused refund is owed to nobody: its tickets have gone back by another, or its money has."""
    if refund.status != "FAILED":
        return False
    lines = refund.lines.all()
    is_gone = lines.exists() and not Ticket.objects.filter(line__in=lines, live=True).exists()
    return is_gone or refund.provider_code == DEPOSIT_TAKEN_BACK


def list_faults(crowd: Crowd, sandbox: PrivateSandbox, mails: Counter[tuple[str, str]], *, kills: int) -> list[str]:
    """Compare everything with everything; return what is wrong, in sentences."""
    return [
        *crowd.faults,
        *_money(sandbox),
        *_seats(),
        *_called_off(),
        *_promises(crowd),
        *_mails(mails, kills=kills),
    ]


def _money(sandbox: PrivateSandbox) -> Iterator[str]:
    """Every payment's balance is the provider's, every line of its journal is ours, and all won are accounted for."""
    kept = [*Payment.objects.values_list("payment_key", "balance_krw")]
    kept += [(key, 0) for key in SurplusPayment.objects.values_list("payment_key", flat=True)]
    paid = {key for key, _ in kept}
    refused = PaymentAttempt.objects.exclude(payment_key__in=paid).values_list("payment_key", flat=True)
    by_hand = set(Refund.objects.exclude(hand_reference="").values_list("payment__payment_key", flat=True))
    with ThreadPoolExecutor(4) as pool:
        documents = pool.map(sandbox.payment, [*paid, *refused])
    for document in documents:
        key, theirs = document["paymentKey"], document["balanceAmount"]
        ours = dict(kept).get(key, 0)
        is_without_money = document["status"] in ("READY", "IN_PROGRESS", "ABORTED", "EXPIRED", "WAITING_FOR_DEPOSIT")
        if is_without_money or (document["virtualAccount"] and document["approvedAt"] is None):
            theirs = 0
        if ours != theirs:
            yield f"payment {key} ({document['orderId']}): {ours} KRW here, {theirs} there, {document['status']}"
        if document["status"] == "WAITING_FOR_DEPOSIT":
            yield f"the account of {document['orderId']} is still open"
    now = database_now()
    for line in reconcile_journal(start=now - timedelta(days=1), end=now + timedelta(days=1)):
        yield f"the provider's journal has what our books do not: {line}"
    for payment in Payment.objects.exclude(approved_at=None).exclude(payment_key__in=by_hand):
        try:
            assert_books_balance(sandbox, [payment])
        except AssertionError as error:
            yield f"the books of order {payment.order_id} do not balance: {error}"


def _seats() -> Iterator[str]:
    """A seat has one live ticket at most, and Redis shows as taken just what was sold."""
    live = Ticket.objects.filter(live=True)
    for seat in live.values("performance", "seat").annotate(tickets=Count("pk")).filter(tickets__gt=1):
        yield f"sold twice: {seat}"
    for performance in Performance.objects.all():
        letters = with_seat_state(performance.pk, lambda pk=performance.pk: letters_of(pk))  # type: ignore[misc]
        sold = set(live.filter(performance=performance).values_list("seat__ordinal", flat=True))
        shown = {ordinal for ordinal, letter in enumerate(letters) if letter == "s"}
        if shown != sold or "h" in letters:
            yield f"performance {performance.pk}: sold {sorted(sold ^ shown)} differ, {letters.count('h')} held"
    strays = live.exclude(seat__venue=F("performance__venue"))
    yield from (f"ticket {ticket.pk} is in another hall than its show" for ticket in strays)
    paid = Order.objects.filter(status=Status.PAID).annotate(alive=Count("tickets", filter=Q(tickets__live=True)))
    yield from (f"order {order.pk} is paid and has no ticket" for order in paid.filter(alive=0))
    ended = live.exclude(order__status=Status.PAID).values_list("order", "order__status")
    yield from (f"order {order} is {status} and has a live ticket" for order, status in ended)


def _called_off() -> Iterator[str]:
    """Nothing is kept of a show that is called off: no ticket, no fee that was agreed to afterwards, no won."""
    for call_off in CallOff.objects.filter(status="DONE"):
        refunds = Refund.objects.filter(order__performance=call_off.performance_id)
        for refund in refunds.filter(requested_at__gte=call_off.called_off_at, fee_krw__gt=0):
            yield f"order {refund.order_id}: a fee of {refund.fee_krw} KRW was kept after the show was called off"
        alive = Ticket.objects.filter(performance=call_off.performance_id, live=True)
        yield from (f"order {order} has a ticket of a show that is called off" for order in alive.values_list("order"))
        for payment in Payment.objects.filter(order__performance=call_off.performance_id, balance_krw__gt=0):
            fees = sum(payment.refunds.filter(status="DONE").values_list("fee_krw", flat=True))
            by_hand = sum(payment.refunds.exclude(hand_reference="").values_list("amount_krw", flat=True))
            if payment.balance_krw != fees + by_hand:
                yield f"order {payment.order_id}: {payment.balance_krw} KRW kept of a show that is called off"


def _promises(crowd: Crowd) -> Iterator[str]:
    """What was acknowledged is there: tickets were made, refunds went out to the won.

    What the provider's own desk has given of one meanwhile is taken off it when it is tried again.
    """
    made = set(Ticket.objects.values_list("order", flat=True))
    yield from (f"order {order} was acknowledged as sold" for order in crowd.promises.sold - made)
    for order, number, krw in crowd.promises.refunds:
        amounts = Refund.objects.filter(order=order, number=number).values_list("amount_krw", "given_before_krw")
        found = amounts.first()
        if found is None or not found[0] <= krw <= sum(found):
            yield f"refund {number} of {order}: {krw} KRW acknowledged, here and at the desk: {found}"
    yield from (f"refund {one} is open" for one in Refund.objects.filter(status__in=OPEN_REFUNDS))


def _mails(mails: Counter[tuple[str, str]], *, kills: int) -> Iterator[str]:
    """Every holder was told of each event; twice only what a thread of a killed process had in its hands."""
    for call_off in CallOff.objects.filter(status="DONE"):
        lines = Ticket.objects.filter(performance=call_off.performance_id)
        holders = lines.filter(Q(cancelled_at__gte=call_off.called_off_at) | Q(live=True)).values_list("order")
        for (order,) in set(holders):
            if not mails[CALLED_OFF, order]:
                yield f"order {order} was not told that its show is called off"
    for move in PerformanceMove.objects.filter(status="DONE"):
        tickets = Ticket.objects.filter(performance=move.performance_id, live=True, issued_at__lt=move.moved_at)
        for order in set(tickets.values_list("order", flat=True)):
            if not mails[MOVED, order]:
                yield f"order {order} was not told that its show was moved"
    moves = Counter(PerformanceMove.objects.filter(status="DONE").values_list("performance", flat=True))
    shows = dict(Order.objects.values_list("pk", "performance"))
    twice = 0
    for (kind, order), count in mails.items():
        once = 1 if kind == CALLED_OFF else moves[shows[order]] if kind == MOVED else count
        twice += max(0, count - once)
    if twice > kills * WORKER_THREADS:
        yield f"{twice} mails were sent twice, and {kills} processes were killed"
