"""Many orders in few statements: the plain SQL behind POST /api/orders.

Orders of one moment share a transaction, and then Django's model layer, not the disk, is the cost:
plain multi-row INSERTs store ten times as many (docs/performance.md). Everything else uses the models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from apps.common.database.plain_sql import Statement, inserting, marks, moment, run, table
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


class HeldRow(Protocol):
    """A hold whose order is about to be RESERVED."""

    @property
    def order_id(self) -> str: ...
    @property
    def user_id(self) -> int: ...
    @property
    def version(self) -> int: ...
    @property
    def expires_at(self) -> datetime: ...
    @property
    def pass_id(self) -> int | None: ...


def insert_orders(rows: Sequence[OrderRow]) -> None:
    """Store orders with their lines, in the caller's transaction, in one round trip."""
    orders = inserting(
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
    lines = inserting(
        OrderLine,
        ("order_id", "number", "seat_id", "grade_name", "price_krw"),
        (
            (row.order_id, number, line.seat_id, line.grade_name, line.price_krw)
            for row in rows
            for number, line in enumerate(row.lines, start=1)
        ),
    )
    run([*orders, *lines])


def reserve_orders(holds: Sequence[HeldRow], *, happened_at: datetime) -> None:
    """Move PENDING orders, which the caller has locked, to RESERVED, each with its event, in one round trip."""
    if not holds:
        return
    whens = " ".join(["WHEN %s THEN %s"] * len(holds))
    versions = [part for hold in holds for part in (hold.order_id, hold.version)]
    ends = [part for hold in holds for part in (hold.order_id, moment(hold.expires_at))]
    passes = [part for hold in holds for part in (hold.order_id, hold.pass_id)]
    update = Statement(
        f"UPDATE {table(Order)} SET status = %s, hold_version = CASE id {whens} END, "  # noqa: S608 - our own names
        f"expires_at = CASE id {whens} END, pass_id = CASE id {whens} END "
        f"WHERE id IN ({marks(holds)}) AND status = %s",
        [
            Order.Status.RESERVED.value, *versions, *ends, *passes,
            *(hold.order_id for hold in holds), Order.Status.PENDING.value,
        ],
    )  # fmt: skip
    events = inserting(
        OrderEvent,
        ("subject_id", "from_status", "to_status", "reason", "actor", "details", "happened_at"),
        (
            (
                hold.order_id, Order.Status.PENDING.value, Order.Status.RESERVED.value, "reserved",
                f"user:{hold.user_id}", "{}", moment(happened_at),
            )
            for hold in holds
        ),
    )  # fmt: skip
    run([update, *events])
