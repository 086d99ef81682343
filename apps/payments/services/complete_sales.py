"""Complete the plain sales of one moment in one transaction: payment, tickets, order PAID, and the work that follows.

A sale is plain where nothing has come in between: the order is CONFIRMING, it has no payment yet, and exactly its
amount was captured. Everything else is left to `fulfil_payment`, which knows every case.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from apps.common import outbox, plain_sql
from apps.common.clock import database_now
from apps.common.states import Moving
from apps.orders import states as order_states
from apps.orders.bodies import OrderBody, read_bodies
from apps.orders.models import ORDER_MOVES, Order, OrderLine, Ticket
from apps.orders.services.tickets import CODE_BYTES
from apps.payments import states
from apps.payments.gateway.port import ProviderPayment, Standing
from apps.payments.models import Payment, PaymentAttempt, PaymentEvent
from apps.payments.services.after_payment import FINISH_SALE

Status = Order.Status
Money = Payment.Status


class LockedOrder(NamedTuple):
    """An order as the transaction has it."""

    id: str
    user_id: int
    performance_id: int
    status: str
    amount_krw: int


class UnsoldSeat(NamedTuple):
    """A line of an order that gets its ticket."""

    order_id: str
    line_id: int
    seat_id: int


@dataclass(frozen=True, slots=True)
class CompletedSale:
    """A sale that is committed: `body` is how the order is shown now.

    `work_id` is the outbox's message that asks for FINISH_SALE. `holds_more` tells that the buyer has seats of another
    order still to be paid, so that the access pass stays.
    """

    order: LockedOrder
    body: OrderBody
    payment: ProviderPayment
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


def _is_plain(told: ProviderPayment, order: LockedOrder | None) -> bool:
    return (
        order is not None
        and order.status == Status.CONFIRMING
        and told.standing is Standing.CAPTURED
        and told.virtual_account is None
        and not told.refunds
        and told.amount_krw == told.balance_krw == order.amount_krw
    )


def _lock_orders(order_ids: Iterable[str]) -> dict[str, LockedOrder]:
    rows = Order.objects.select_for_update().filter(pk__in=order_ids).order_by("pk").values_list(*LockedOrder._fields)
    return {row[0]: LockedOrder(*row) for row in rows}


def _store(sales: Sequence[tuple[LockedOrder, ProviderPayment]]) -> dict[str, CompletedSale]:
    now = database_now()
    order_ids = [order.id for order, _ in sales]
    _store_payments(sales, now)
    _store_tickets(sales, now)
    ORDER_MOVES.move_together(
        [Moving(order_id) for order_id in order_ids],
        Status.CONFIRMING,
        Status.PAID,
        reason="paid",
        happened_at=now,
        changes={"paid_at": now},
    )
    work_ids = outbox.enqueue_many(FINISH_SALE, [{"order_id": order_id} for order_id in order_ids])
    bodies, others = read_bodies(order_ids), _who_holds_more(sales)
    return {
        order.id: CompletedSale(
            order=order,
            body=bodies[order.id][1],
            payment=told,
            work_id=work_id,
            holds_more=(order.user_id, order.performance_id) in others,
        )
        for (order, told), work_id in zip(sales, work_ids, strict=True)
    }


def _store_payments(sales: Sequence[tuple[LockedOrder, ProviderPayment]], now: datetime) -> None:
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


def _store_tickets(sales: Sequence[tuple[LockedOrder, ProviderPayment]], now: datetime) -> None:
    """Issue the tickets; the UNIQUE constraint on live ones decides who has a seat."""
    orders = {order.id: order for order, _ in sales}
    lines = OrderLine.objects.filter(order__in=orders).order_by("order_id", "number")
    seats = [UnsoldSeat(*row) for row in lines.values_list("order_id", "pk", "seat_id")]
    plain_sql.insert(
        Ticket,
        ("code", "line_id", "order_id", "user_id", "performance_id", "seat_id", "status", "live", "issued_at"),
        [
            (
                secrets.token_urlsafe(CODE_BYTES), seat.line_id, seat.order_id, orders[seat.order_id].user_id,
                orders[seat.order_id].performance_id, seat.seat_id, Ticket.Status.VALID.value, True,
                plain_sql.moment(now),
            )
            for seat in seats
        ],
    )  # fmt: skip


def _who_holds_more(sales: Sequence[tuple[LockedOrder, ProviderPayment]]) -> set[tuple[int, int]]:
    """Return (user id, performance id) of buyers who have seats of orders that are not among these, and not paid."""
    others = Order.objects.filter(
        user__in={order.user_id for order, _ in sales},
        performance__in={order.performance_id for order, _ in sales},
        status__in=order_states.HOLDING,
    )
    return set(others.values_list("user_id", "performance_id"))
