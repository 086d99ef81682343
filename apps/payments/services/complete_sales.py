"""Complete the plain sales of one moment in one transaction: payment, tickets, order PAID, and the work that follows.

A sale is plain where nothing has come in between: the order is CONFIRMING, its show is not called off, it has no
payment yet, and exactly its amount was captured, by a method of which there is no cash receipt. Everything else is left
to `fulfil_payment`, which knows every case.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from apps.common.clock import as_utc, database_now, now_sql
from apps.common.database import outbox, plain_sql
from apps.common.database.states import Moving, all_moved
from apps.concerts.show_state import State, state_column
from apps.orders.bodies import (
    ORDER_COLUMNS,
    LineRow,
    OrderBody,
    OrderRow,
    TicketBody,
    lines_of,
    make_body,
    reading_lines,
    reading_shows,
    shows_of,
)
from apps.orders.models import ORDER_MOVES, Order, Ticket
from apps.orders.other_holds import reading_other_holds
from apps.orders.services.tickets import CODE_BYTES
from apps.payments import states
from apps.payments.gateway.port import PaymentState, ProviderPayment
from apps.payments.models import Payment, PaymentAttempt, PaymentEvent
from apps.payments.services.after_payment import FINISH_SALE
from apps.payments.services.receipts import takes_receipt

Status = Order.Status
Money = Payment.Status


@dataclass(frozen=True, slots=True)
class CompletedSale:
    """A sale that is committed: `body` is how the order is shown now.

    `work_id` is the outbox's message that asks for FINISH_SALE. `holds_more` tells that the buyer has seats of another
    order still to be paid, so that the access pass stays. `pass_id` is the pass by which the seats were held.
    """

    user_id: int
    body: OrderBody
    payment: ProviderPayment
    work_id: int
    holds_more: bool
    pass_id: int | None


def complete_sales(batch: Sequence[ProviderPayment]) -> list[CompletedSale | None]:
    """Complete each plain sale in the caller's transaction, which locks the orders by primary key.

    Answers None for a payment that is not plain: nothing is done about it here.

    Raises:
        IntegrityError: a seat has a live ticket already, or another transaction was first; nothing was stored.
        NotMoved: an order was moved although it was locked; nothing was stored.
    """
    orders, now = _lock_orders(sorted({answer.order_id for answer in batch}))
    plain: dict[str, ProviderPayment] = {}
    for answer in batch:
        if answer.order_id not in plain and _is_plain(answer, orders.get(answer.order_id)):
            plain[answer.order_id] = answer
    completed = _store([(orders[order_id], plain[order_id]) for order_id in sorted(plain)], now) if plain else {}
    return [completed.get(answer.order_id) if plain.get(answer.order_id) is answer else None for answer in batch]


class _Order(NamedTuple):
    """An order as it was locked; `payment_id` is None as long as it has no payment."""

    row: OrderRow
    pass_id: int | None
    payment_id: int | None
    show: State


Sale = tuple[_Order, ProviderPayment]


def _is_plain(answer: ProviderPayment, order: _Order | None) -> bool:
    return (
        order is not None
        and order.payment_id is None
        and order.row.status == Status.CONFIRMING
        and order.show != State.OFF
        and answer.state is PaymentState.CAPTURED
        and answer.virtual_account is None
        and not answer.refunds
        and not takes_receipt(answer.provider, answer.method)
        and answer.amount_krw == answer.balance_krw == order.row.amount_krw
    )


def _lock_orders(ids: Sequence[str]) -> tuple[dict[str, _Order], datetime]:
    """Lock the orders and their payments in key order; return those that there are, and the database's time."""
    orders, payments = plain_sql.table(Order), plain_sql.table(Payment)
    columns = ", ".join(f"{orders}.{column}" for column in ORDER_COLUMNS)
    rows = plain_sql.select(
        f"SELECT {columns}, {orders}.pass_id, {payments}.id, {state_column(f'{orders}.performance_id')}, {now_sql()} "  # noqa: S608
        f"FROM {orders} "
        f"LEFT JOIN {payments} ON {payments}.order_id = {orders}.id "
        f"WHERE {orders}.id IN ({plain_sql.marks(ids)}) ORDER BY {orders}.id" + plain_sql.for_update(),
        ids,
    )
    found = {row[0]: _Order(OrderRow.read(row[:-4]), row[-4], row[-3], State(row[-2])) for row in rows}
    return found, as_utc(rows[0][-1]) if rows else database_now()


def _store(sales: Sequence[Sale], now: datetime) -> dict[str, CompletedSale]:
    """Write the sales down in one round trip, after one that reads what their bodies show.

    The performances are locked with the orders: no move names other seats between the reading of lines and their
    tickets.
    """
    order_ids = [order.row.id for order, _ in sales]
    read = plain_sql.run(
        [
            reading_lines(order_ids),
            reading_shows([order.row.performance_id for order, _ in sales]),
            reading_other_holds([(order.row.id, order.row.user_id) for order, _ in sales]),
        ]
    )
    lines, shows, holding = lines_of(read[0].rows), shows_of(read[1].rows), {tuple(row) for row in read[2].rows}
    tickets = _new_tickets(lines, now)
    rows = [Moving(order_id) for order_id in order_ids]
    moving = ORDER_MOVES.moving_together(
        rows,
        Status.CONFIRMING,
        Status.PAID,
        reason="paid",
        happened_at=now,
        changes={"paid_at": plain_sql.moment(now)},
    )
    work = outbox.promise_many(FINISH_SALE, [{"order_id": order_id} for order_id in order_ids], now=now)
    results = plain_sql.run(
        [*moving, *_storing_payments(sales, now), *_storing_tickets(sales, lines, tickets, now), *work.statements]
    )
    all_moved(results[0], rows)
    return {
        order.row.id: CompletedSale(
            user_id=order.row.user_id,
            body=make_body(
                order.row._replace(status=Status.PAID.value, paid_at=now),
                shows[order.row.performance_id],
                lines[order.row.id],
                tickets,
            ),
            payment=answer,
            work_id=work_id,
            holds_more=(order.row.user_id, order.row.performance_id) in holding,
            pass_id=order.pass_id,
        )
        for (order, answer), work_id in zip(sales, work.ids_of(results[-1]), strict=True)
    }


def _storing_payments(sales: Sequence[Sale], now: datetime) -> list[plain_sql.Statement]:
    """Return what settles the attempts, and stores the payments with the event of their money's coming in."""
    moment = plain_sql.moment
    keys = [answer.payment_key for _, answer in sales]
    settle = plain_sql.Statement(
        f"UPDATE {plain_sql.table(PaymentAttempt)} SET status = %s, provider_code = '', settled_at = %s "  # noqa: S608
        f"WHERE payment_key IN ({plain_sql.marks(keys)}) AND status IN ({plain_sql.marks(states.UNSETTLED)})",
        [
            PaymentAttempt.Status.CONFIRMED.value, moment(now), *keys,
            *(status.value for status in states.UNSETTLED),
        ],
    )  # fmt: skip
    insert = plain_sql.inserting(
        Payment,
        (
            "order_id", "provider", "payment_key", "method", "amount_krw", "balance_krw", "refundable_krw", "status",
            "approved_at", "secret", "is_partly_refundable", "is_culture_expense", "has_virtual_account",
            "account", "provider_payload", "created_at",
        ),
        [
            (
                order.row.id, answer.provider, answer.payment_key, answer.method, answer.amount_krw, answer.amount_krw,
                answer.amount_krw, Money.CAPTURED.value, moment(answer.approved_at) if answer.approved_at else None,
                answer.secret, answer.is_partly_refundable, answer.is_culture_expense, False, "{}",
                json.dumps(answer.payload, ensure_ascii=False), moment(now),
            )
            for order, answer in sales
        ],
    )  # fmt: skip
    events = plain_sql.Statement(
        f"INSERT INTO {plain_sql.table(PaymentEvent)} "  # noqa: S608
        "(subject_id, from_status, to_status, reason, actor, details, happened_at) "
        f"SELECT id, %s, %s, %s, %s, %s, %s FROM {plain_sql.table(Payment)} "
        f"WHERE payment_key IN ({plain_sql.marks(keys)})",
        [
            Money.AWAITING_DEPOSIT.value, Money.CAPTURED.value, "captured", "system", "{}", moment(now), *keys,
        ],
    )  # fmt: skip
    return [settle, *insert, events]


def _new_tickets(lines: Mapping[str, Sequence[LineRow]], now: datetime) -> dict[int, TicketBody]:
    """Make the tickets of lines, by the lines' primary keys."""
    return {
        line.pk: TicketBody(
            line.body.id, line.body.seat_id, secrets.token_urlsafe(CODE_BYTES), Ticket.Status.VALID.value, now, None
        )
        for of_one in lines.values()
        for line in of_one
    }


def _storing_tickets(
    sales: Sequence[Sale], lines: Mapping[str, Sequence[LineRow]], tickets: Mapping[int, TicketBody], now: datetime
) -> list[plain_sql.Statement]:
    """Return what stores the tickets; the UNIQUE constraint on live ones decides who has a seat."""
    return plain_sql.inserting(
        Ticket,
        ("code", "line_id", "order_id", "user_id", "performance_id", "seat_id", "status", "live", "issued_at"),
        [
            (
                tickets[line.pk].code, line.pk, order.row.id, order.row.user_id, order.row.performance_id,
                line.body.seat_id, tickets[line.pk].status, True, plain_sql.moment(now),
            )
            for order, _ in sales
            for line in lines[order.row.id]
        ],
    )  # fmt: skip
