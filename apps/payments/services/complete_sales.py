"""Complete the plain sales of one moment in one transaction: payment, tickets, order PAID, and the work that follows.

A sale is plain where nothing has come in between: the order is CONFIRMING, it has no payment yet, and exactly its
amount was captured. Everything else is left to `fulfil_payment`, which knows every case.
"""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from apps.common import outbox, plain_sql
from apps.common.clock import database_now
from apps.common.states import Moving
from apps.concerts.models import Performance
from apps.orders import states as order_states
from apps.orders.models import ORDER_MOVES, Order, OrderLine, Ticket
from apps.orders.services.tickets import CODE_BYTES
from apps.payments import states
from apps.payments.gateway.port import ProviderPayment, Standing
from apps.payments.models import Payment, PaymentAttempt, PaymentEvent
from apps.payments.services.after_payment import FINISH_SALE

Status = Order.Status
Money = Payment.Status


class SoldOrder(NamedTuple):
    """An order as it was locked, with what its representation shows."""

    id: str
    user_id: int
    performance_id: int
    status: str
    amount_krw: int
    booker_id: int | None
    booker_name: str
    booker_phone: str
    booker_email: str
    delivery: str
    created_at: datetime
    expires_at: datetime


class SoldSeat(NamedTuple):
    """One line of a sold order, and the code of its ticket."""

    line_id: int
    order_id: str
    number: int
    seat_id: int
    grade_name: str
    price_krw: int
    row: str
    seat_number: int
    section: str
    code: str


class Show(NamedTuple):
    """The performance that was sold for."""

    concert_title: str
    venue_name: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class CompletedSale:
    """A sale that is committed. `work_id` is the outbox's message that asks for FINISH_SALE.

    `holds_more` tells that the buyer has seats of another order still to be paid, so that the access pass stays.
    """

    order: SoldOrder
    seats: tuple[SoldSeat, ...]
    show: Show
    payment: ProviderPayment
    paid_at: datetime
    work_id: int
    holds_more: bool


def complete_sales(batch: Sequence[ProviderPayment]) -> list[CompletedSale | None]:
    """Complete each plain sale in the caller's transaction, which locks the orders by primary key.

    Answers None for a payment that is not plain: nothing is done about it here.

    Raises:
        IntegrityError: a seat has a live ticket already, or another transaction was first; nothing was stored.
        NotMoved: an order was moved although it was locked; nothing was stored.
    """
    orders = _lock_orders({told.order_id for told in batch})
    paid = set(Payment.objects.filter(order__in=orders).values_list("order_id", flat=True))
    plain: dict[str, ProviderPayment] = {}
    for told in batch:
        if told.order_id not in paid and told.order_id not in plain and _is_plain(told, orders.get(told.order_id)):
            plain[told.order_id] = told
    completed = _store([(orders[order_id], plain[order_id]) for order_id in sorted(plain)]) if plain else {}
    return [completed.get(told.order_id) if plain.get(told.order_id) is told else None for told in batch]


def _is_plain(told: ProviderPayment, order: SoldOrder | None) -> bool:
    return (
        order is not None
        and order.status == Status.CONFIRMING
        and told.standing is Standing.CAPTURED
        and told.virtual_account is None
        and not told.refunds
        and told.amount_krw == told.balance_krw == order.amount_krw
    )


def _lock_orders(order_ids: Iterable[str]) -> dict[str, SoldOrder]:
    rows = Order.objects.select_for_update().filter(pk__in=order_ids).order_by("pk").values_list(*SoldOrder._fields)
    return {row[0]: SoldOrder(*row) for row in rows}


def _store(sales: Sequence[tuple[SoldOrder, ProviderPayment]]) -> dict[str, CompletedSale]:
    now = database_now()
    order_ids = [order.id for order, _ in sales]
    seats = _seats(order_ids)
    _store_payments(sales, now)
    _store_tickets(sales, seats, now)
    ORDER_MOVES.move_together(
        [Moving(order_id) for order_id in order_ids],
        Status.CONFIRMING,
        Status.PAID,
        reason="paid",
        happened_at=now,
        changes={"paid_at": now},
    )
    work_ids = outbox.enqueue_many(FINISH_SALE, [{"order_id": order_id} for order_id in order_ids])
    shows, others = _shows(sales), _who_holds_more(sales)
    return {
        order.id: CompletedSale(
            order=order,
            seats=tuple(seats[order.id]),
            show=shows[order.performance_id],
            payment=told,
            paid_at=now,
            work_id=work_id,
            holds_more=(order.user_id, order.performance_id) in others,
        )
        for (order, told), work_id in zip(sales, work_ids, strict=True)
    }


def _seats(order_ids: Sequence[str]) -> Mapping[str, list[SoldSeat]]:
    lines = OrderLine.objects.filter(order__in=order_ids).order_by("order_id", "number")
    names = (
        "pk", "order_id", "number", "seat_id", "grade_name", "price_krw", "seat__row", "seat__number",
        "seat__section__name",
    )  # fmt: skip
    seats: defaultdict[str, list[SoldSeat]] = defaultdict(list)
    for row in lines.values_list(*names):
        seats[row[1]].append(SoldSeat._make((*row, secrets.token_urlsafe(CODE_BYTES))))
    return seats


def _store_payments(sales: Sequence[tuple[SoldOrder, ProviderPayment]], now: datetime) -> None:
    moment = plain_sql.moment
    PaymentAttempt.objects.filter(
        payment_key__in=[told.payment_key for _, told in sales], status__in=states.UNSETTLED
    ).update(status=PaymentAttempt.Status.CONFIRMED, provider_code="", settled_at=now)
    plain_sql.insert(
        Payment,
        (
            "order_id", "payment_key", "method", "amount_krw", "balance_krw", "refundable_krw", "status",
            "approved_at", "secret", "has_virtual_account", "account", "provider_payload", "created_at",
        ),
        [
            (
                order.id, told.payment_key, told.method, told.amount_krw, told.amount_krw, told.amount_krw,
                Money.CAPTURED.value, moment(told.approved_at) if told.approved_at else None, told.secret, False,
                "{}", json.dumps(told.payload, ensure_ascii=False), moment(now),
            )
            for order, told in sales
        ],
    )  # fmt: skip
    ids = dict(Payment.objects.filter(order__in=[order.id for order, _ in sales]).values_list("order_id", "pk"))
    plain_sql.insert(
        PaymentEvent,
        ("subject_id", "from_status", "to_status", "reason", "actor", "details", "happened_at"),
        [
            (
                ids[order.id], Money.AWAITING_DEPOSIT.value, Money.CAPTURED.value, "captured", "system", "{}",
                moment(now),
            )
            for order, _ in sales
        ],
    )  # fmt: skip


def _store_tickets(
    sales: Sequence[tuple[SoldOrder, ProviderPayment]], seats: Mapping[str, list[SoldSeat]], now: datetime
) -> None:
    """Issue the tickets; the UNIQUE constraint on live ones decides who has a seat."""
    plain_sql.insert(
        Ticket,
        ("code", "line_id", "order_id", "user_id", "performance_id", "seat_id", "status", "live", "issued_at"),
        [
            (
                seat.code, seat.line_id, order.id, order.user_id, order.performance_id, seat.seat_id,
                Ticket.Status.VALID.value, True, plain_sql.moment(now),
            )
            for order, _ in sales
            for seat in seats[order.id]
        ],
    )  # fmt: skip


def _shows(sales: Sequence[tuple[SoldOrder, ProviderPayment]]) -> dict[int, Show]:
    performances = Performance.objects.filter(pk__in={order.performance_id for order, _ in sales})
    rows = performances.values_list("pk", "concert__title", "venue__name", "starts_at")
    return {pk: Show(title, venue, starts_at) for pk, title, venue, starts_at in rows}


def _who_holds_more(sales: Sequence[tuple[SoldOrder, ProviderPayment]]) -> set[tuple[int, int]]:
    """Return (user id, performance id) of buyers who have seats of orders that are not among these, and not paid."""
    others = Order.objects.filter(
        user__in={order.user_id for order, _ in sales},
        performance__in={order.performance_id for order, _ in sales},
        status__in=order_states.HOLDING,
    )
    return set(others.values_list("user_id", "performance_id"))
