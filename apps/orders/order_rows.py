"""Many orders in few statements: the plain SQL behind POST /api/orders.

Orders of one moment share a transaction, and then Django's model layer, not the disk, is the cost:
plain multi-row INSERTs store ten times as many (docs/performance.md). Everything else uses the models.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from apps.common.plain_sql import insert, moment, table
from apps.orders.models import Order, OrderEvent, OrderLine


@dataclass(frozen=True, slots=True)
class LineRow:
    """One seat and its price, as the layout had it."""

    seat_id: int
    grade_name: str
    price_krw: int


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A PENDING order about to be stored; times are aware."""

    order_id: str
    user_id: int
    performance_id: int
    lines: tuple[LineRow, ...]
    booker: tuple[int, str, str, str] | None  # id, name, phone, e-mail
    idempotency_key: str | None
    request_hash: str
    created_at: datetime
    expires_at: datetime

    @property
    def amount_krw(self) -> int:
        return sum(line.price_krw for line in self.lines)


def insert_orders(rows: Sequence[OrderRow]) -> None:
    """Store orders with their lines, in the caller's transaction."""
    insert(
        Order,
        (
            "id", "user_id", "performance_id", "status", "amount_krw", "expires_at", "created_at",
            "booker_id", "booker_name", "booker_phone", "booker_email", "idempotency_key", "request_hash",
        ),
        (
            (
                row.order_id, row.user_id, row.performance_id, Order.Status.PENDING.value, row.amount_krw,
                moment(row.expires_at), moment(row.created_at),
                *(row.booker or (None, "", "", "")), row.idempotency_key, row.request_hash,
            )
            for row in rows
        ),
    )  # fmt: skip
    insert(
        OrderLine,
        ("order_id", "number", "seat_id", "grade_name", "price_krw"),
        (
            (row.order_id, number, line.seat_id, line.grade_name, line.price_krw)
            for row in rows
            for number, line in enumerate(row.lines, start=1)
        ),
    )


def reserve_orders(holds: Sequence[tuple[str, int, datetime]]) -> None:
    """Move PENDING orders, which the caller has locked, to RESERVED; a hold is (order id, version, expires at)."""
    if not holds:
        return
    whens, ids = " ".join(["WHEN %s THEN %s"] * len(holds)), ", ".join(["%s"] * len(holds))
    versions = [part for order_id, version, _ in holds for part in (order_id, version)]
    ends = [part for order_id, _, expires_at in holds for part in (order_id, moment(expires_at))]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table(Order)} SET status = %s, hold_version = CASE id {whens} END, "  # noqa: S608 - our own names
            f"expires_at = CASE id {whens} END WHERE id IN ({ids}) AND status = %s",
            (
                Order.Status.RESERVED.value, *versions, *ends,
                *(order_id for order_id, _, _ in holds), Order.Status.PENDING.value,
            ),
        )  # fmt: skip


def insert_reserved_events(reserved: Iterable[tuple[str, int]], *, happened_at: datetime) -> None:
    """Append the event of each (order id, user id) that moved to RESERVED."""
    insert(
        OrderEvent,
        ("subject_id", "from_status", "to_status", "reason", "actor", "details", "happened_at"),
        (
            (
                order_id, Order.Status.PENDING.value, Order.Status.RESERVED.value, "reserved", f"user:{user_id}",
                "{}", moment(happened_at),
            )
            for order_id, user_id in reserved
        ),
    )  # fmt: skip
