"""Orders as the fast lane answers them; `api.serializers.OrderSerializer` says the same for Django's lane."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from apps.orders.models import Order, OrderLine, Ticket


class LineBody(msgspec.Struct):
    """One seat of an order, its price in KRW; `id` counts from 1 within the order."""

    id: int
    seat_id: int
    section: str
    row: str
    number: int
    grade: str
    price: int


class TicketBody(msgspec.Struct):
    """The newest ticket of a line."""

    line_id: int
    seat_id: int
    code: str
    status: str
    issued_at: datetime
    cancelled_at: datetime | None


class BookerBody(msgspec.Struct):
    """Who the tickets are for, as the profile had it when it was chosen."""

    name: str
    phone: str
    email: str


class OrderBody(msgspec.Struct):
    """An order with its lines, and its tickets when it is paid; times are in UTC, `amount` in KRW."""

    id: str
    status: str
    performance_id: int
    concert_title: str
    venue_name: str
    starts_at: datetime
    amount: int
    lines: list[LineBody]
    tickets: list[TicketBody]
    booker_id: int | None
    booker: BookerBody | None
    delivery: str
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    cancelled_at: datetime | None


def read_bodies(order_ids: Collection[str]) -> dict[str, tuple[int, OrderBody]]:
    """Return {order id: (its buyer's id, its body)} of those that there are, by three queries for any number."""
    tickets = _tickets(order_ids)
    lines = _lines(order_ids)
    return {
        row["pk"]: (row["user_id"], _body(row, lines[row["pk"]], tickets))
        for row in Order.objects.filter(pk__in=order_ids).values(
            "pk", "user_id", "status", "performance_id", "performance__concert__title", "performance__venue__name",
            "performance__starts_at", "amount_krw", "booker_id", "booker_name", "booker_phone", "booker_email",
            "delivery", "created_at", "expires_at", "paid_at", "cancelled_at",
        )
    }  # fmt: skip


def _body(row: Mapping[str, Any], lines: list[tuple[int, LineBody]], tickets: Mapping[int, TicketBody]) -> OrderBody:
    booker = BookerBody(row["booker_name"], row["booker_phone"], row["booker_email"]) if row["booker_name"] else None
    return OrderBody(
        id=row["pk"],
        status=row["status"],
        performance_id=row["performance_id"],
        concert_title=row["performance__concert__title"],
        venue_name=row["performance__venue__name"],
        starts_at=row["performance__starts_at"],
        amount=row["amount_krw"],
        lines=[line for _, line in lines],
        tickets=[tickets[line_pk] for line_pk, _ in lines if line_pk in tickets],
        booker_id=row["booker_id"],
        booker=booker,
        delivery=row["delivery"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        paid_at=row["paid_at"],
        cancelled_at=row["cancelled_at"],
    )


def _lines(order_ids: Collection[str]) -> Mapping[str, list[tuple[int, LineBody]]]:
    """Return the lines of each order by number, each with its own primary key."""
    found: defaultdict[str, list[tuple[int, LineBody]]] = defaultdict(list)
    lines = OrderLine.objects.filter(order__in=order_ids).order_by("order_id", "number")
    rows: Iterable[Any] = lines.values_list(
        "pk", "order_id", "number", "seat_id", "seat__section__name", "seat__row", "seat__number", "grade_name",
        "price_krw",
    )  # fmt: skip
    for pk, order_id, *shown in rows:
        found[order_id].append((pk, LineBody(*shown)))
    return found


def _tickets(order_ids: Collection[str]) -> dict[int, TicketBody]:
    """Return the newest ticket by line: it has an older, dead one only if its deposit was taken back."""
    rows: Iterable[Any] = (
        Ticket.objects.filter(order__in=order_ids)
        .order_by("id")
        .values_list("line_id", "line__number", "seat_id", "code", "status", "issued_at", "cancelled_at")
    )
    return {line_pk: TicketBody(*shown) for line_pk, *shown in rows}


def in_utc(moment: datetime | None) -> datetime | None:
    """Write a time of another offset as the API has it."""
    return None if moment is None else moment.astimezone(UTC)
