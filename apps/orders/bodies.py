"""Orders as the fast lane answers them; `api.serializers.OrderSerializer` says the same for Django's lane."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from apps.common.clock import as_utc
from apps.common.database import plain_sql
from apps.common.database.plain_sql import Statement
from apps.concerts.models import Concert, Performance, Seat, Section, Venue
from apps.orders.models import Order, OrderLine, Ticket
from apps.orders.move_bodies import MoveBody, read_moves
from apps.orders.services.free_returns import longest_free_return


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
    """The newest ticket of a line. Of a valid one whose show was moved: until when it is returned free of charge."""

    line_id: int
    seat_id: int
    code: str
    status: str
    issued_at: datetime
    cancelled_at: datetime | None
    free_return_until: datetime | None = None


class BookerBody(msgspec.Struct):
    """Who the tickets are for, as the profile had it when it was chosen."""

    name: str
    phone: str
    email: str


class OrderBody(msgspec.Struct):
    """An order with its lines, and its tickets when it is paid; times are in UTC, `amount` in KRW.

    `moved_at` is when the show got its present date and hall by a move, null where it was never moved; `moves` are all
    of them, the newest first. `free_return_until`: a move followed the order, so its tickets are returned without a fee
    until then; it may be over.
    """

    id: str
    status: str
    performance_id: int
    performance_status: str
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
    moved_at: datetime | None
    moves: list[MoveBody]
    free_return_until: datetime | None


class OrderRow(NamedTuple):
    """What an order's own row says, in the order of `ORDER_COLUMNS`."""

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
    paid_at: datetime | None
    cancelled_at: datetime | None

    @classmethod
    def read(cls, values: Sequence[Any]) -> OrderRow:
        """Make one of a row of plain SQL."""
        times = [None if value is None else as_utc(value) for value in values[10:]]
        return cls._make((*values[:10], *times))


ORDER_COLUMNS = OrderRow._fields


class LineRow(NamedTuple):
    """A line, with its primary key."""

    pk: int
    body: LineBody


class Show(NamedTuple):
    """What an order is for."""

    concert_title: str
    venue_name: str
    starts_at: datetime
    status: str
    moved_at: datetime | None
    moves: list[MoveBody]


def read_bodies(order_ids: Collection[str]) -> dict[str, tuple[int, OrderBody]]:
    """Return {order id: (its buyer's id, its body)} of those that there are, by two round trips for any number."""
    ids = list(order_ids)
    found, line_rows, ticket_rows = plain_sql.run([_reading_orders(ids), reading_lines(ids), _reading_tickets(ids)])
    orders = [OrderRow.read(row) for row in found.rows]
    if not orders:
        return {}
    (show_rows,) = plain_sql.run([reading_shows([order.performance_id for order in orders])])
    lines, tickets, shows = lines_of(line_rows.rows), _tickets_of(ticket_rows.rows), shows_of(show_rows.rows)
    return {
        order.id: (order.user_id, make_body(order, shows[order.performance_id], lines[order.id], tickets))
        for order in orders
    }


def make_body(order: OrderRow, show: Show, lines: Sequence[LineRow], tickets: Mapping[int, TicketBody]) -> OrderBody:
    """Put an order's body together; `tickets` are by the primary keys of lines."""
    booker = BookerBody(order.booker_name, order.booker_phone, order.booker_email) if order.booker_name else None
    until = longest_free_return(show.moves, starts_at=show.starts_at, ordered_at=order.created_at)
    of_lines = [tickets[line.pk] for line in lines if line.pk in tickets]
    for ticket in of_lines:
        ticket.free_return_until = until if ticket.status == Ticket.Status.VALID else None
    return OrderBody(
        id=order.id,
        status=order.status,
        performance_id=order.performance_id,
        performance_status=show.status,
        concert_title=show.concert_title,
        venue_name=show.venue_name,
        starts_at=show.starts_at,
        amount=order.amount_krw,
        lines=[line.body for line in lines],
        tickets=of_lines,
        booker_id=order.booker_id,
        booker=booker,
        delivery=order.delivery,
        created_at=order.created_at,
        expires_at=order.expires_at,
        paid_at=order.paid_at,
        cancelled_at=order.cancelled_at,
        moved_at=show.moved_at,
        moves=show.moves,
        free_return_until=until,
    )


def _reading_orders(ids: Sequence[str]) -> Statement:
    sql = f"SELECT {', '.join(ORDER_COLUMNS)} FROM {plain_sql.table(Order)} WHERE id IN ({plain_sql.marks(ids)})"  # noqa: S608
    return Statement(sql, ids)


def reading_lines(order_ids: Sequence[str]) -> Statement:
    """Return what reads the lines of orders, for `lines_of`."""
    lines, seats, sections = plain_sql.table(OrderLine), plain_sql.table(Seat), plain_sql.table(Section)
    return Statement(
        f"SELECT {lines}.id, {lines}.order_id, {lines}.number, {lines}.seat_id, {sections}.name, {seats}.row, "  # noqa: S608
        f"{seats}.number, {lines}.grade_name, {lines}.price_krw FROM {lines} "
        f"JOIN {seats} ON {seats}.id = {lines}.seat_id JOIN {sections} ON {sections}.id = {seats}.section_id "
        f"WHERE {lines}.order_id IN ({plain_sql.marks(order_ids)}) ORDER BY {lines}.order_id, {lines}.number",
        order_ids,
    )


def lines_of(rows: Sequence[Sequence[Any]]) -> Mapping[str, list[LineRow]]:
    """Return the lines of each order by number."""
    found: defaultdict[str, list[LineRow]] = defaultdict(list)
    for pk, order_id, *shown in rows:
        found[order_id].append(LineRow(pk, LineBody(*shown)))
    return found


def reading_shows(performance_ids: Collection[int]) -> Statement:
    """Return what reads how performances are called, and when they begin, for `shows_of`."""
    ids = sorted(set(performance_ids))
    performances, concerts, venues = plain_sql.table(Performance), plain_sql.table(Concert), plain_sql.table(Venue)
    return Statement(
        f"SELECT {performances}.id, {concerts}.title, {venues}.name, {performances}.starts_at, "  # noqa: S608
        f"{performances}.status, {performances}.moved_at FROM {performances} "
        f"JOIN {concerts} ON {concerts}.id = {performances}.concert_id "
        f"JOIN {venues} ON {venues}.id = {performances}.venue_id WHERE {performances}.id IN ({plain_sql.marks(ids)})",
        ids,
    )


def shows_of(rows: Sequence[Sequence[Any]]) -> dict[int, Show]:
    """Return the shows by performance; one more round trip where any of them was moved."""
    moved = {pk for pk, *_shown, moved_at in rows if moved_at is not None}
    moves = read_moves(moved) if moved else {}
    return {
        pk: Show(title, venue, as_utc(starts_at), status, None if at is None else as_utc(at), moves.get(pk, []))
        for pk, title, venue, starts_at, status, at in rows
    }


def _reading_tickets(order_ids: Sequence[str]) -> Statement:
    tickets, lines = plain_sql.table(Ticket), plain_sql.table(OrderLine)
    return Statement(
        f"SELECT {tickets}.line_id, {lines}.number, {tickets}.seat_id, {tickets}.code, {tickets}.status, "  # noqa: S608
        f"{tickets}.issued_at, {tickets}.cancelled_at FROM {tickets} JOIN {lines} ON {lines}.id = {tickets}.line_id "
        f"WHERE {tickets}.order_id IN ({plain_sql.marks(order_ids)}) ORDER BY {tickets}.id",
        order_ids,
    )


def _tickets_of(rows: Sequence[Sequence[Any]]) -> dict[int, TicketBody]:
    """Return the newest ticket by line: it has an older, dead one only if its deposit was taken back."""
    return {
        line_pk: TicketBody(
            number, seat_id, code, status, as_utc(issued_at), None if cancelled_at is None else as_utc(cancelled_at)
        )
        for line_pk, number, seat_id, code, status, issued_at, cancelled_at in rows
    }


def in_utc(moment: datetime | None) -> datetime | None:
    """Write a time of another offset as the API has it."""
    return None if moment is None else moment.astimezone(UTC)
