"""The life of a payment attempt up to the provider's answer; each step is one transaction under the order's lock."""

from __future__ import annotations

from typing import Protocol

from django.db import IntegrityError
from django.db.models import Q
from django.db.models.functions import Now

from apps.common.database import outbox
from apps.common.database.transactions import in_transaction
from apps.common.errors import NotFound
from apps.concerts.show_state import SeenMove, require_on
from apps.orders.errors import OrderExpired, OrderStateConflict
from apps.orders.models import ORDER_MOVES, Order
from apps.orders.services.release_order import RELEASE_SEATS
from apps.payments import states
from apps.payments.causes import SEATS_LOST, Ending
from apps.payments.errors import AmountMismatch, PaymentKeyUsed, TooManyAttempts
from apps.payments.gateway.registry import current_provider
from apps.payments.models import PaymentAttempt

LONGEST_MESSAGE = 510  # characters, of a provider's message
MOST_ATTEMPTS = 12  # to pay one order

Status = Order.Status
Attempt = PaymentAttempt.Status


def begin_attempt(
    payment_key: str, *, order_id: str, amount_krw: int, user_id: int, seen: SeenMove | None = None
) -> tuple[PaymentAttempt, bool]:
    """Check owner, amount, key and state; move the order to CONFIRMING with an attempt, and commit.

    Answers the attempt, and whether this call started it: a repeat gets the first one's.

    Raises:
        NotFound, AmountMismatch, PaymentKeyUsed, OrderExpired, OrderStateConflict, TooManyAttempts,
        PerformanceCalledOff, BeingMoved, ShowMoved
    """
    try:
        return in_transaction(lambda: _begin(payment_key, order_id, amount_krw, user_id, seen))
    except IntegrityError as error:  # another order was first with this key
        raise PaymentKeyUsed from error


def withdraw_attempt(attempt: PaymentAttempt, *, seats_lost: bool) -> None:
    """End an attempt of which the provider never heard; it may be started again unless the seats are lost."""
    if seats_lost:
        give_attempt_up(attempt, SEATS_LOST)
    else:
        _end(attempt, Attempt.WITHDRAWN, Status.RESERVED, reason="payment withdrawn")


def give_attempt_up(attempt: PaymentAttempt, ending: Ending) -> None:
    """End an attempt that has taken no money, and its order with it."""
    _end(attempt, Attempt.WITHDRAWN, Status.CANCELLED, reason=ending.reason)


def refuse_attempt(attempt: PaymentAttempt, *, provider_code: str, message: str = "") -> None:
    """Take note of a definite refusal: nothing was charged, and the order can be paid in another way."""
    said = {"provider_code": provider_code, "provider_message": message[:LONGEST_MESSAGE]}
    _end(attempt, Attempt.REFUSED, Status.RESERVED, reason="payment refused", said=said)


def leave_unknown(attempt: PaymentAttempt, *, provider_code: str) -> None:
    """Take note that nobody knows the outcome; the order stays CONFIRMING."""
    unsettled = PaymentAttempt.objects.filter(pk=attempt.pk, status__in=states.UNSETTLED)
    unsettled.update(status=Attempt.UNKNOWN, provider_code=provider_code)


class SeenOrder(Protocol):
    """An order as far as it decides whether it can be paid."""

    @property
    def id(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def amount_krw(self) -> int: ...


class SeenAttempt(Protocol):
    """An earlier attempt with the same payment key."""

    @property
    def order_id(self) -> str: ...
    @property
    def status(self) -> str: ...


def is_repeat_of(known: SeenAttempt | None, order: SeenOrder, *, amount_krw: int) -> bool:
    """Hold a request for the caller's own `order` to amount and key; tell whether it gets an earlier one's answer.

    Raises:
        AmountMismatch, PaymentKeyUsed
    """
    if amount_krw != order.amount_krw:
        raise AmountMismatch(amount=order.amount_krw)
    if known is not None and known.order_id != order.id:
        raise PaymentKeyUsed
    return known is not None and known.status != Attempt.WITHDRAWN


def why_not_payable(order: SeenOrder) -> OrderExpired | OrderStateConflict:
    """Say why an order that is not RESERVED, or whose time is over, cannot be paid."""
    if order.status in (Status.RESERVED, Status.EXPIRED):
        return OrderExpired()
    return OrderStateConflict(order_status=order.status)


def next_attempt(made: int) -> int:
    """Return the number of an order's next attempt after so many.

    Raises:
        TooManyAttempts: whoever is refused again and again would keep the seats as long as they like.
    """
    if made >= MOST_ATTEMPTS:
        raise TooManyAttempts
    return made + 1


def idempotency_key(order_id: str, number: int) -> str:
    """Name an attempt to the provider: a repeat under this key takes no money twice."""
    return f"confirm:{order_id}:{number}"


def _begin(
    payment_key: str, order_id: str, amount_krw: int, user_id: int, seen: SeenMove | None
) -> tuple[PaymentAttempt, bool]:
    order = Order.objects.select_for_update().filter(pk=order_id, user=user_id).first()
    if order is None:
        raise NotFound
    known = PaymentAttempt.objects.filter(payment_key=payment_key).first()
    if is_repeat_of(known, order, amount_krw=amount_krw) and known is not None:
        return known, False
    if order.status == Status.RESERVED:
        require_on(order.performance_id, seen=seen)
    moved = ORDER_MOVES.move(
        order.pk,
        {Status.RESERVED},
        Status.CONFIRMING,
        reason="payment started",
        actor=f"user:{user_id}",
        where=Q(expires_at__gt=Now()),
        details={"payment_key": payment_key},
    )
    if not moved:
        raise why_not_payable(order)
    return _start(order, payment_key, known), True


def _start(order: Order, payment_key: str, withdrawn: PaymentAttempt | None) -> PaymentAttempt:
    if withdrawn is not None:
        PaymentAttempt.objects.filter(pk=withdrawn.pk).update(status=Attempt.STARTED, started_at=Now(), settled_at=None)
        return withdrawn
    number = next_attempt(PaymentAttempt.objects.filter(order=order).count())
    return PaymentAttempt.objects.create(
        order=order,
        number=number,
        provider=current_provider().name,
        payment_key=payment_key,
        amount_krw=order.amount_krw,
        idempotency_key=idempotency_key(order.pk, number),
        started_at=Now(),
    )


def _end(
    attempt: PaymentAttempt, status: str, order_status: str, *, reason: str, said: dict[str, str] | None = None
) -> None:
    def end() -> None:
        order = Order.objects.select_for_update().get(pk=attempt.order_id)
        unsettled = PaymentAttempt.objects.filter(pk=attempt.pk, status__in=states.UNSETTLED)
        if not unsettled.update(status=status, settled_at=Now(), **(said or {})):
            return
        moved = ORDER_MOVES.move(
            order.pk,
            {Status.CONFIRMING},
            order_status,
            reason=reason,
            changes={"cancelled_at": Now()} if order_status == Status.CANCELLED else {},
            details=said,
        )
        if moved and order_status == Status.CANCELLED:
            outbox.enqueue(RELEASE_SEATS, order_id=order.pk)

    in_transaction(end)
