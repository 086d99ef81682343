"""Bring to an end what a lost answer, a crash or a missed deadline has left open: ask the provider, then fulfil."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum, auto

from django.db.models import Q
from django.db.models.functions import Now

from apps.common.clock import database_now
from apps.common.database import outbox
from apps.common.database.transactions import in_transaction
from apps.common.errors import ServiceUnavailable
from apps.concerts.errors import SeatsUnavailable
from apps.orders.errors import OrderStateConflict
from apps.orders.models import ORDER_MOVES, Order, OrderLine
from apps.orders.services.release_order import RELEASE_SEATS
from apps.payments.causes import NO_DEPOSIT, SHOW_CALLED_OFF
from apps.payments.gateway.port import NEVER_HEARD_OF, OutcomeUnknown, PaymentState, ProviderPayment, Refused
from apps.payments.gateway.provider import get_gateway
from apps.payments.gateway.registry import current_provider
from apps.payments.models import Payment, PaymentAttempt
from apps.payments.services.after_payment import FREE_SEATS
from apps.payments.services.attempts import give_attempt_up, refuse_attempt, withdraw_attempt
from apps.payments.services.confirm_payment import fulfil_and_refund, send_confirm
from apps.payments.services.deposit_gone import close_without_deposit
from apps.payments.services.fulfil_payment import CLOSE_ACCOUNT, MAY_HAVE_SEATS
from apps.payments.services.keep_hold import keep_hold, provider_seconds
from apps.payments.services.settle_each import settle_each

UNHEARD_OF = timedelta(hours=1)  # providers let a payment that is not confirmed run out of time within minutes
WITHOUT_MONEY = (PaymentState.OPEN, PaymentState.DEAD)


class Seats(Enum):
    """Whether an order still has its seats."""

    OURS = auto()
    LOST = auto()
    NOT_NEEDED = auto()  # the show is called off
    UNTOLD = auto()  # Redis is away


def settle_unknown_payments() -> int:
    """Settle every attempt whose outcome is not known, and every deposit that is overdue; return how many were tried.

    An attempt that has only started is left to the process that is at it, for as long as its call can take.
    """
    may_be_under_way = timedelta(seconds=provider_seconds())
    attempts = PaymentAttempt.objects.filter(
        Q(status=PaymentAttempt.Status.UNKNOWN)
        | Q(status=PaymentAttempt.Status.STARTED, started_at__lt=Now() - may_be_under_way)
    )
    overdue = Order.objects.filter(status=Order.Status.WAITING_FOR_DEPOSIT, expires_at__lte=Now())
    return settle_each(settle_attempt, attempts) + settle_each(end_waiting, overdue)


def settle_attempt(attempt: PaymentAttempt) -> None:
    """Find out what became of one attempt.

    Money taken, or an account opened: fulfil. A payment that is dead: refused. One that is still open, or that the
    provider does not find: the same request again, under the same key, as long as the seats are ours. Its answer is
    certain, which not being found is not. Without the seats, or for a show that is called off, nothing is sent: an open
    one is withdrawn, and nothing is charged; one that is not found stays unknown until it can take no money any more.
    While Redis is away nothing is sent, but money that was taken gets its tickets.

    Raises:
        OutcomeUnknown: the provider cannot tell now. The hold was extended; the next run asks again.
    """
    seats = _keep_seats(attempt)
    answer = get_gateway(attempt.provider).find_by_key(attempt.payment_key)
    if answer is None:
        _settle_unheard(attempt, seats)
    elif answer.order_id != attempt.order_id:
        refuse_attempt(attempt, provider_code="ANOTHER_ORDER")
    elif answer.state is PaymentState.DEAD:
        refuse_attempt(attempt, provider_code=answer.failure_code)
    elif answer.state is not PaymentState.OPEN:
        fulfil_and_refund(answer)
    elif seats is Seats.NOT_NEEDED:  # for good: what is taken all the same goes back in full
        give_attempt_up(attempt, SHOW_CALLED_OFF)
    elif seats is Seats.LOST:
        withdraw_attempt(attempt, seats_lost=True)
    elif seats is Seats.OURS:
        _send_again(attempt)


def _settle_unheard(attempt: PaymentAttempt, seats: Seats) -> None:
    """Settle an attempt that the provider does not find: one reading may be wrong, or come before the writing."""
    if seats is Seats.OURS:
        _send_again(attempt)
    elif attempt.started_at + UNHEARD_OF < database_now():
        refuse_attempt(attempt, provider_code=NEVER_HEARD_OF)
    else:
        raise OutcomeUnknown(NEVER_HEARD_OF)


def settle_order(order_id: str) -> str:
    """Ask the provider about an order, and act upon it whatever state the order is in; say what was done.

    Raises:
        OutcomeUnknown: the provider cannot tell now, or somebody else was quicker with a newer word.
    """
    payment = Payment.objects.filter(order=order_id).first()
    known = None if payment is None else payment.events.count()
    answer = _look_up(order_id, payment)
    if answer is None or answer.order_id != order_id:
        return "the provider knows nothing of it"
    attempt = PaymentAttempt.objects.filter(order=order_id, payment_key=answer.payment_key).first()
    if attempt is None:
        return "not asked for here"
    if answer.state is PaymentState.OPEN:
        return "still open"
    if answer.state is not PaymentState.DEAD:
        is_ours = fulfil_and_refund(answer, known=known, seats_held=_hold_again(order_id, answer))
        return "fulfilled" if is_ours else "refused"
    if payment is None:
        refuse_attempt(attempt, provider_code=answer.failure_code)
    else:
        _close(payment, known=known)
    return "refused"


def settle_payment(provider: str, payment_key: str) -> None:
    """Bring in one payment that a provider's journal has of an order of ours, and that was asked for here.

    Raises:
        OutcomeUnknown
    """
    if not PaymentAttempt.objects.filter(payment_key=payment_key).exists():
        return
    answer = get_gateway(provider).find_by_key(payment_key)
    if answer is not None and answer.state not in WITHOUT_MONEY:
        fulfil_and_refund(answer, seats_held=_hold_again(answer.order_id, answer))


def _look_up(order_id: str, payment: Payment | None) -> ProviderPayment | None:
    """Ask about an order whoever took its payment; before there is one, whoever was asked to, those with money first.

    An order of which nobody was asked anything is looked up at the provider that takes new payments.
    """
    if payment is not None:
        return get_gateway(payment.provider).find_by_key(payment.payment_key)
    attempts = PaymentAttempt.objects.filter(order=order_id).order_by("-number")
    asked = list(dict.fromkeys(attempts.values_list("provider", flat=True))) or [current_provider().name]
    answers = [found for name in asked if (found := get_gateway(name).find_by_order(order_id)) is not None]
    return next((one for one in answers if one.state not in WITHOUT_MONEY), answers[0] if answers else None)


def end_waiting(order: Order) -> None:
    """End an order whose deposit has not come in time; the provider sends no word of that.

    The bank's account is closed after the commit. A deposit that was quicker is brought in first.
    """
    settle_order(order.pk)

    def end() -> None:
        expired = ORDER_MOVES.move(
            order.pk,
            {Order.Status.WAITING_FOR_DEPOSIT},
            Order.Status.EXPIRED,
            reason=NO_DEPOSIT.reason,
            where=Q(expires_at__lte=Now()),
        )
        if expired:
            release_waiting(order)

    in_transaction(end)


def release_waiting(order: Order) -> None:
    """Promise to close the account of an order that has ended, and to free its seats, in the caller's transaction."""
    ordinals = OrderLine.objects.filter(order=order).values_list("seat__ordinal", flat=True)
    outbox.enqueue(RELEASE_SEATS, order_id=order.pk)
    outbox.enqueue(FREE_SEATS, order_id=order.pk, ordinals=list(ordinals))
    outbox.enqueue(CLOSE_ACCOUNT, order_id=order.pk)


def _keep_seats(attempt: PaymentAttempt) -> Seats:
    """Keep the seats while the outcome is unknown, unless nobody will sit in them."""
    order = Order.objects.select_related("performance").get(pk=attempt.order_id)
    if order.performance.is_called_off:
        return Seats.NOT_NEEDED
    try:
        keep_hold(order, seconds=provider_seconds())
    except SeatsUnavailable:
        return Seats.LOST
    except ServiceUnavailable:
        return Seats.UNTOLD
    except OrderStateConflict as conflict:  # sold to this order already; or it has moved on, and so has its attempt
        return Seats.OURS if conflict.extras["order_status"] == Order.Status.PAID else Seats.UNTOLD
    return Seats.OURS


def _hold_again(order_id: str, answer: ProviderPayment) -> bool:
    """Keep or take the seats again, if they are free, for money that came late or was thought to be refused."""
    order = Order.objects.get(pk=order_id)
    if order.status not in MAY_HAVE_SEATS or answer.state is not PaymentState.CAPTURED:
        return False
    try:
        keep_hold(order, seconds=provider_seconds())
    except (SeatsUnavailable, OrderStateConflict):
        return False
    return True


def _send_again(attempt: PaymentAttempt) -> None:
    try:
        answer = send_confirm(attempt)
    except Refused as refusal:
        refuse_attempt(attempt, provider_code=refusal.provider_code, message=refusal.message)
    except OutcomeUnknown as unknown:
        if not unknown.is_final or not _is_open(attempt):
            raise
        # The provider will answer so for ever under this key, and has taken nothing: another payment is welcome.
        refuse_attempt(attempt, provider_code=unknown.provider_code, message=unknown.message)
    else:
        fulfil_and_refund(answer)


def _is_open(attempt: PaymentAttempt) -> bool:
    answer = get_gateway(attempt.provider).find_by_key(attempt.payment_key)
    return answer is not None and answer.state is PaymentState.OPEN


def _close(payment: Payment, *, known: int | None) -> None:
    """Write down that a virtual account was closed without a deposit; its order, if it still lives by it, ends.

    Raises:
        OutcomeUnknown: the payment has changed since the provider was asked, so its word may be out of date.
    """

    def close() -> None:
        order = Order.objects.select_for_update().get(pk=payment.order_id)
        locked = Payment.objects.select_for_update().get(pk=payment.pk)
        if locked.events.count() != known:
            raise OutcomeUnknown("OUT_OF_DATE", f"{locked.status} since it was told to be closed")
        close_without_deposit(order, locked)

    in_transaction(close)
