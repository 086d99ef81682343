"""Cancel an order, or some of its seats: what it costs, and the doing of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models.functions import Now

from apps.common.clock import database_now
from apps.common.database.transactions import in_transaction
from apps.common.errors import NotFound, ValidationFailed
from apps.concerts.show_state import is_called_off
from apps.orders.cancellation.quote import Quote
from apps.orders.errors import CancellationClosed, OrderStateConflict
from apps.orders.models import ORDER_MOVES, Order, OrderLine
from apps.orders.services.quote_cancellation import quote_cancellation
from apps.orders.services.release_order import cancel_unpaid_order
from apps.orders.states import OPEN
from apps.payments import states
from apps.payments.causes import CALLED_OFF, CUSTOMER, SHOW_MOVED, RefundCause
from apps.payments.errors import FeeChanged, NothingToCancel, RefundAccountRequired, RefundDeclined, WholeRefundOnly
from apps.payments.gateway.port import DEPOSIT_TAKEN_BACK, RefundAccount
from apps.payments.gateway.provider import provider_slot
from apps.payments.models import Payment, Refund
from apps.payments.services.execute_refund import execute_refund
from apps.payments.services.name_account import as_json, find_waiting, name_account, require_known_bank
from apps.payments.services.request_refund import given_at_the_desk, request_refund
from apps.payments.services.settle_payments import release_waiting

Status = Order.Status
PAID = Status.PAID
ACCOUNT = "refund_account"  # as a call names it


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What was cancelled, or would be. Nothing is refunded of an order that was never paid."""

    order_id: str
    quote: Quote | None = None
    refund: Refund | None = None


def preview_cancellation(
    order_id: str, *, user_id: int, line_numbers: Sequence[int] | None = None, cause: RefundCause = CUSTOMER
) -> Cancellation:
    """Price a cancellation; nothing changes.

    Raises:
        NotFound, ValidationFailed, NothingToCancel, CancellationClosed, OrderStateConflict, WholeRefundOnly
    """
    order = _own_order(order_id, user_id)
    if order.status == Status.PAID:
        payment = Payment.objects.filter(order=order).first()
        cause = _cause_now(cause, called_off=order.performance.is_called_off)
        return Cancellation(order_id, _quote(order, payment, _lines(order, line_numbers), cause))
    _refuse_part(order, line_numbers)
    if order.status in (*OPEN, Status.WAITING_FOR_DEPOSIT):
        return Cancellation(order_id)
    raise OrderStateConflict(order_status=order.status)


def cancel_order(
    order_id: str,
    *,
    user_id: int,
    line_numbers: Sequence[int] | None = None,
    account: RefundAccount | None = None,
    agreed_refund_krw: int | None = None,
    staff_id: int | None = None,
    cause: RefundCause = CUSTOMER,
) -> Cancellation:
    """Cancel an order, or the named lines of a paid one; the refund is less the fee of the concert's policy.

    `agreed_refund_krw` is what was shown and agreed to: with any other refund nothing is cancelled.
    `user_id` is the buyer, also where staff cancel (`staff_id`). Where the `cause` waives the fee the whole price
    comes back, the booking fee included, and no time limit counts. Who may choose it is the caller's question.

    1. Without a payment: the order is CANCELLED and its seats are free at once. One that waits for a
       deposit has its account closed too.
    2. Paid: under the locks of order and payment the lines are priced and the refund's money is set aside.
    3. After that commit the provider is asked. Once the refund is certain the tickets are dead and the
       seats free; with its last ticket the order is CANCELLED.

    A refund whose outcome is unknown comes back UNKNOWN and is settled later. A cancelled order whose
    refund waits for a bank account, or for another one than the bank would pay into, gets it by `account`.

    Raises:
        NotFound, ValidationFailed, NothingToCancel, CancellationClosed, OrderStateConflict,
        FeeChanged, WholeRefundOnly, RefundAccountRequired, ServiceUnavailable: nothing has changed.
        RefundDeclined: the provider refuses for good; the tickets stay valid.
    """
    order = _own_order(order_id, user_id)
    waiting = find_waiting(order_id)
    if waiting is not None and account is not None and (waiting.status in states.OPEN_REFUNDS or order.status != PAID):
        require_known_bank(account, waiting.payment, within=ACCOUNT)
        actor = _actor(user_id, staff_id)
        return _answer(order_id, name_account(waiting.pk, account=account, actor=actor), None)
    if order.status in (*OPEN, Status.WAITING_FOR_DEPOSIT):
        _refuse_part(order, line_numbers)
        _cancel_unpaid(order, actor=_actor(user_id, staff_id))
        return Cancellation(order_id)
    if waiting is not None and (waiting.status in states.OPEN_REFUNDS or order.status != PAID):
        raise RefundAccountRequired
    with provider_slot():
        refund, quote = in_transaction(
            lambda: _promise(
                order_id,
                line_numbers,
                account,
                agreed_refund_krw=agreed_refund_krw,
                requested_by=staff_id or user_id,
                cause=cause,
            )
        )
        return _answer(order_id, execute_refund(refund.pk), quote)


def _actor(user_id: int, staff_id: int | None) -> str:
    return f"user:{user_id}" if staff_id is None else f"staff:{staff_id}"


def _own_order(order_id: str, user_id: int) -> Order:
    shown = Order.objects.select_related("performance__concert__cancellation_policy", "performance__venue")
    found = shown.filter(pk=order_id, user=user_id).first()
    if found is None:
        raise NotFound
    return found


def _cancel_unpaid(order: Order, *, actor: str) -> None:
    if order.status != Status.WAITING_FOR_DEPOSIT:
        cancel_unpaid_order(order, actor=actor)
        return

    def cancel() -> bool:
        moved = ORDER_MOVES.move(
            order.pk,
            {Status.WAITING_FOR_DEPOSIT},
            Status.CANCELLED,
            reason="cancelled",
            actor=actor,
            changes={"cancelled_at": Now()},
        )
        if moved:
            release_waiting(order)
        return moved

    if not in_transaction(cancel):
        order.refresh_from_db()
        raise OrderStateConflict(order_status=order.status)


def _promise(
    order_id: str,
    line_numbers: Sequence[int] | None,
    account: RefundAccount | None,
    *,
    agreed_refund_krw: int | None,
    requested_by: int,
    cause: RefundCause,
) -> tuple[Refund, Quote]:
    order = Order.objects.select_for_update().get(pk=order_id)
    if order.status != Status.PAID:
        raise OrderStateConflict(order_status=order.status)
    payment = Payment.objects.select_for_update().get(order=order)
    cause = _cause_now(cause, called_off=is_called_off(order.performance_id))
    lines = _lines(order, line_numbers)
    quote = _quote(order, payment, lines, cause)
    if agreed_refund_krw not in (None, quote.refund_krw):
        raise FeeChanged(refund=quote.refund_krw, fee=quote.fee_krw)
    if payment.has_virtual_account and account is None and quote.refund_krw:
        raise RefundAccountRequired
    if payment.has_virtual_account and account is not None:
        require_known_bank(account, payment, within=ACCOUNT)
    refund = request_refund(
        order,
        payment,
        amount_krw=quote.refund_krw,
        fee_krw=quote.fee_krw,
        given_before_krw=quote.given_before_krw,
        lines=lines,
        cause=SHOW_MOVED if cause is CUSTOMER and quote.is_free_return else cause,
        account=as_json(account) if account and payment.has_virtual_account else None,
        requested_by=requested_by,
    )
    return refund, quote


def _answer(order_id: str, refund: Refund, quote: Quote | None) -> Cancellation:
    refuse_failed(refund)
    return Cancellation(order_id, quote, refund)


def refuse_failed(refund: Refund) -> None:
    """Tell the customer that the provider refuses a refund, or that there is nothing to be refunded.

    Raises RefundDeclined.
    """
    if refund.status == Refund.Status.FAILED:
        summary = {"id": refund.number, "status": refund.status}
        is_gone = refund.provider_code == DEPOSIT_TAKEN_BACK
        detail = "The bank has taken the deposit back: there is nothing to refund." if is_gone else ""
        raise RefundDeclined(detail, provider_code=refund.provider_code, refund=summary)


def _lines(order: Order, numbers: Sequence[int] | None) -> list[OrderLine]:
    """The lines that are meant: those named, or all that can be cancelled."""
    lines = {line.number: line for line in order.lines.all()}
    if numbers is not None:
        unknown = sorted(set(numbers) - lines.keys())
        if unknown or not numbers:
            raise ValidationFailed(errors={"line_ids": ["Name lines of this order."]})
    alive = set(order.tickets.filter(live=True).values_list("line__number", flat=True))
    leaving = set(
        Refund.objects.filter(order=order, status__in=states.OPEN_REFUNDS).values_list("lines__number", flat=True)
    )
    meant = set(lines) if numbers is None else set(numbers)
    possible = meant & (alive - leaving)
    if not possible or (numbers is not None and possible != meant):
        raise NothingToCancel
    return [lines[number] for number in sorted(possible)]


def _cause_now(cause: RefundCause, *, called_off: bool) -> RefundCause:
    """Nobody pays a fee for tickets of a show that is called off, whoever cancels and why."""
    return CALLED_OFF if called_off and not cause.waives_fee else cause


def _quote(order: Order, payment: Payment | None, lines: Sequence[OrderLine], cause: RefundCause) -> Quote:
    quote = quote_cancellation(order, lines, now=database_now())
    if cause.waives_fee:
        quote = quote.without_fee()
    if quote.closed:
        raise CancellationClosed
    if payment is None:
        return quote
    quote = quote.after(given_at_the_desk(payment))
    is_whole = quote.refund_krw in (0, payment.balance_krw)
    if not (payment.is_partly_refundable or is_whole):
        left = [line.number for line in _lines(order, None)]
        raise WholeRefundOnly(refund=quote.refund_krw, whole=payment.balance_krw, line_ids=left)
    return quote


def _refuse_part(order: Order, line_numbers: Sequence[int] | None) -> None:
    """Only a paid order has lines that can be cancelled one by one."""
    if line_numbers is not None and set(line_numbers) != set(order.lines.values_list("number", flat=True)):
        raise OrderStateConflict("An order that is not paid is cancelled whole", order_status=order.status)
