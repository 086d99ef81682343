"""The one way from the provider's word to tickets: for confirm, webhook and reconciliation alike."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models.functions import Now

from apps.common.clock import database_now
from apps.common.database import outbox
from apps.common.database.transactions import in_transaction
from apps.concerts.errors import PerformanceCalledOff
from apps.concerts.show_state import is_called_off
from apps.orders.errors import SeatAlreadySold
from apps.orders.models import ORDER_MOVES, Order, Ticket
from apps.orders.services.release_order import RELEASE_SEATS
from apps.orders.services.tickets import issue_tickets
from apps.orders.states import OPEN
from apps.payments.causes import (
    AMOUNT_MISMATCH,
    CALLED_OFF,
    ORDER_ENDED,
    SEATS_UNAVAILABLE,
    SHOW_CALLED_OFF,
    RefundCause,
)
from apps.payments.deposits.refuse import refuse_deposit
from apps.payments.deposits.rules import last_moment, rules_of
from apps.payments.gateway.port import OutcomeUnknown, PaymentState, ProviderPayment, Refused
from apps.payments.gateway.provider import get_gateway
from apps.payments.models import PAYMENT_MOVES, Payment
from apps.payments.services.after_payment import FINISH_SALE, HOLD_FOR_DEPOSIT, SHOW_SOLD
from apps.payments.services.deposit_gone import take_deposit_back
from apps.payments.services.receipts import promise_receipt
from apps.payments.services.refund_outcomes import follow_refunds
from apps.payments.services.request_refund import MAIL_ACCOUNT, adopt_foreign_refunds, request_refund
from apps.payments.services.surplus import confirm_attempt, note_surplus

logger = logging.getLogger(__name__)

Status = Order.Status
Money = Payment.Status
TAKEN = frozenset({PaymentState.CAPTURED, PaymentState.PARTLY_REFUNDED, PaymentState.REFUNDED})
WAITING_FOR_MONEY = (Status.CONFIRMING, Status.WAITING_FOR_DEPOSIT)
MAY_HAVE_SEATS = (Status.EXPIRED, Status.RESERVED)
CLOSE_ACCOUNT = "payments.close_account"
DEPOSITS_UNDER_WAY = timedelta(days=1)  # after the account's time: what the bank tells late


def fulfil_payment(answer: ProviderPayment, *, known: int | None = None, seats_held: bool = False) -> Payment | None:
    """Bring an order and its payment to where the provider says they are. Any number of times, in any order.

    In one transaction, under the order's lock, then the payment's:

    1. the payment's row is made, or brought up to date; its attempt is settled;
    2. money that came in makes tickets, and the order PAID; the UNIQUE constraint on live tickets decides;
    3. where it cannot (a seat is gone, another amount, the order has ended, the show is called off), a full refund is
       promised, and the order ends; so does money that an order is paid with a second time;
    4. a virtual account lets the order wait for the deposit, where the rules of deposits allow it; else its attempt is
       refused, the order RESERVED as before, and there is no payment: None. For a show that is called off it is closed;
    5. refunds that the bank had to pay are followed, and those that were made at the provider are taken over.

    Args:
        answer: the provider's word on a payment that has taken money or opened a virtual account.
        known: how many events the payment had before the provider was asked; None if there was no payment.
        seats_held: an order that has expired, or was thought not to be paid, holds its seats (again), and may have them
            for its money.

    Raises:
        OutcomeUnknown: the payment has changed since the provider was asked, so this word may be out of date.
    """
    return in_transaction(lambda: _fulfil(answer, known=known, seats_held=seats_held))


class AccountStaysOpen(Exception):
    """The provider does not close an account now; the outbox asks again, later and later."""


@outbox.handles(CLOSE_ACCOUNT)
def close_account(order_id: str) -> None:
    """Close the virtual account of an order that has ended, so that no deposit comes any more.

    A deposit that was quicker is brought in, and refunded. Each run asks once, under a key of its own, since a refusal
    is repeated for ever under the key that it was given to. An account whose time is over takes no deposit any more:
    it counts as closed, also where the provider refuses to close it.

    Raises:
        AccountStaysOpen: it waits for its deposit still.
    """
    payment = Payment.objects.get(order=order_id)
    if payment.status != Money.AWAITING_DEPOSIT:
        return
    known = payment.events.count()
    answer = _ask_to_close(payment, attempt=outbox.attempts_before())
    is_over = answer.virtual_account is not None and answer.virtual_account.due_at + DEPOSITS_UNDER_WAY < database_now()
    if answer.state is PaymentState.DEAD or (answer.state is PaymentState.AWAITING_DEPOSIT and is_over):
        PAYMENT_MOVES.move(payment.pk, {Money.AWAITING_DEPOSIT}, Money.CLOSED, reason="closed", changes={"account": {}})
    elif answer.state is PaymentState.AWAITING_DEPOSIT:
        raise AccountStaysOpen(payment.payment_key)
    else:
        fulfil_payment(answer, known=known)


def _ask_to_close(payment: Payment, *, attempt: int) -> ProviderPayment:
    """Ask the provider to close an account; return how it stands then, closed or not."""
    gateway, key = get_gateway(payment.provider), f"close:{payment.order_id}"
    try:
        return gateway.refund(
            payment.payment_key,
            amount_krw=None,
            reason="the order has ended",
            idempotency_key=f"{key}:{attempt}" if attempt else key,
        )
    except Refused:
        answer = gateway.find_by_key(payment.payment_key)
        if answer is None:
            raise
        return answer


def _fulfil(answer: ProviderPayment, *, known: int | None, seats_held: bool) -> Payment | None:
    order = Order.objects.select_for_update().get(pk=answer.order_id)
    payment = Payment.objects.select_for_update().filter(order=order).first()
    if payment is not None and payment.payment_key != answer.payment_key:
        note_surplus(order, answer)
        return payment
    if payment is None and answer.state is PaymentState.AWAITING_DEPOSIT and refuse_deposit(order, answer):
        return None
    if payment is None:
        payment = _record(order, answer)
    elif _contradicts(payment, answer) and payment.events.count() != known:
        raise OutcomeUnknown("OUT_OF_DATE", f"{payment.status} since {answer.state} was told")
    if answer.state in TAKEN and payment.status in (Money.AWAITING_DEPOSIT, Money.CLOSED):
        _capture(payment, answer)
        _deliver(order, payment, answer, seats_held=seats_held)
    elif answer.state is PaymentState.AWAITING_DEPOSIT:
        _await_deposit(order, payment, answer)
    follow_refunds(order, payment, answer)
    adopt_foreign_refunds(order, payment, answer)
    return payment


def _contradicts(payment: Payment, answer: ProviderPayment) -> bool:
    """Tell whether the money is here and not there, or there and not here."""
    is_here = payment.status not in (Money.AWAITING_DEPOSIT, Money.CLOSED)
    return is_here != (answer.state in TAKEN)


def _record(order: Order, answer: ProviderPayment) -> Payment:
    """Make the payment's row, as yet without money, and settle its attempt."""
    confirm_attempt(answer.payment_key)
    account = answer.virtual_account
    return Payment.objects.create(
        order=order,
        provider=answer.provider,
        payment_key=answer.payment_key,
        method=answer.method,
        amount_krw=answer.amount_krw,
        balance_krw=0,
        refundable_krw=0,
        status=Money.AWAITING_DEPOSIT,
        secret=answer.secret,
        is_partly_refundable=answer.is_partly_refundable,
        is_culture_expense=answer.is_culture_expense,
        has_virtual_account=account is not None,
        account={}
        if account is None
        else {
            "bank": account.bank,
            "number": account.account_number,
            "holder": account.holder_name,
            "due_at": account.due_at.isoformat(),
        },
        provider_payload=answer.payload,
        created_at=Now(),
    )


def _capture(payment: Payment, answer: ProviderPayment) -> None:
    PAYMENT_MOVES.move(
        payment.pk,
        {Money.AWAITING_DEPOSIT, Money.CLOSED},
        Money.CAPTURED,
        reason="captured",
        changes={
            "balance_krw": answer.amount_krw,
            "refundable_krw": answer.amount_krw,
            "approved_at": answer.approved_at,
            "is_partly_refundable": answer.is_partly_refundable,
            "provider_payload": answer.payload,
        },
    )
    payment.refresh_from_db()


def _deliver(order: Order, payment: Payment, answer: ProviderPayment, *, seats_held: bool) -> None:
    """Give tickets for captured money, or promise all of it back."""
    is_wanted = order.status in WAITING_FOR_MONEY or (order.status in MAY_HAVE_SEATS and seats_held)
    if answer.amount_krw != order.amount_krw:
        logger.error("order %s: %s KRW captured instead of %s", order.pk, answer.amount_krw, order.amount_krw)
        _give_back(order, payment, answer, AMOUNT_MISMATCH)
    elif not is_wanted:
        _give_back(order, payment, answer, _why_not_wanted(order))
    else:
        try:
            issue_tickets(order)
        except SeatAlreadySold as gone:
            _show_sold(order, gone.seat_ids)
            _give_back(order, payment, answer, SEATS_UNAVAILABLE)
        except PerformanceCalledOff:
            _give_back(order, payment, answer, CALLED_OFF)
        else:
            ORDER_MOVES.move(order.pk, {order.status}, Status.PAID, reason="paid", changes={"paid_at": Now()})
            outbox.enqueue(FINISH_SALE, order_id=order.pk)
            promise_receipt(order, payment, answer)


def _why_not_wanted(order: Order) -> RefundCause:
    if is_called_off(order.performance_id):
        return CALLED_OFF
    return SEATS_UNAVAILABLE if order.status in OPEN else ORDER_ENDED


def _show_sold(order: Order, seat_ids: list[int]) -> None:
    """Have the tickets that were there first shown, so that nobody else is sent to pay for these seats."""
    tickets = Ticket.objects.filter(performance=order.performance_id, seat__in=seat_ids, live=True)
    for order_id in tickets.values_list("order", flat=True).distinct():
        outbox.enqueue(SHOW_SOLD, order_id=order_id)


def _give_back(order: Order, payment: Payment, answer: ProviderPayment, cause: RefundCause) -> None:
    """Promise all that the provider still has, and end the order: it has its payment, and cannot be paid again."""
    if answer.balance_krw:
        krw = min(payment.refundable_krw, answer.balance_krw)
        refund = request_refund(order, payment, amount_krw=krw, cause=cause)
        if payment.has_virtual_account:
            outbox.enqueue(MAIL_ACCOUNT, refund_id=refund.pk, sending=refund.sendings)
    if order.status in (*WAITING_FOR_MONEY, *OPEN):
        ORDER_MOVES.move(
            order.pk,
            {order.status},
            Status.CANCELLED,
            reason=cause.code.lower(),
            changes={"cancelled_at": Now()},
        )
        outbox.enqueue(RELEASE_SEATS, order_id=order.pk)


def _deposit_awaited_until(order: Order, answer: ProviderPayment) -> datetime:
    """The account's due date, but not past what the rules allow: the customer's own browser chose the date."""
    if answer.virtual_account is None:
        return order.expires_at
    performance = order.performance
    latest = last_moment(performance, rules_of(performance.concert), now=database_now())
    return min(answer.virtual_account.due_at, latest)


def _await_deposit(order: Order, payment: Payment, answer: ProviderPayment) -> None:
    """Let the order wait until its account's due date; also when the bank has taken a deposit back."""
    take_deposit_back(order, payment)
    may_wait = order.status in (Status.CONFIRMING, Status.PAID)
    if may_wait and is_called_off(order.performance_id):
        _end_without_money(order)
    elif may_wait:
        until = _deposit_awaited_until(order, answer)
        Payment.objects.filter(pk=payment.pk).update(account={**payment.account, "due_at": until.isoformat()})
        ORDER_MOVES.move(
            order.pk,
            {order.status},
            Status.WAITING_FOR_DEPOSIT,
            reason="waiting for deposit",
            changes={"expires_at": until, "paid_at": None},
        )
        outbox.enqueue(HOLD_FOR_DEPOSIT, order_id=order.pk)
    elif order.status != Status.WAITING_FOR_DEPOSIT and payment.status == Money.AWAITING_DEPOSIT:
        outbox.enqueue(CLOSE_ACCOUNT, order_id=order.pk)


def _end_without_money(order: Order) -> None:
    """End the order of a show that is called off, and close its account; money that comes all the same goes back."""
    ORDER_MOVES.move(
        order.pk,
        {order.status},
        Status.CANCELLED,
        reason=SHOW_CALLED_OFF.reason,
        changes={"cancelled_at": Now(), "paid_at": None},
    )
    outbox.enqueue(RELEASE_SEATS, order_id=order.pk)
    outbox.enqueue(CLOSE_ACCOUNT, order_id=order.pk)
