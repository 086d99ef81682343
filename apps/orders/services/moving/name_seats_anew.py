"""Name a performance's seats as another hall of the same plan has them: by their ordinals, in four statements."""

from __future__ import annotations

from django.db import connection

from apps.common.database.plain_sql import Statement, run, table
from apps.concerts.models import BlockedSeat, Seat, Section, SectionGrade
from apps.orders.models import Order, OrderLine, Ticket


def name_seats_anew(performance_id: int, *, from_venue_id: int, to_venue_id: int) -> None:
    """Rename lines, tickets, blocked seats and the sections' grades, in the caller's transaction.

    The caller has locked the performance, so that nobody stores a line or makes a ticket meanwhile. No two rows meet
    on their way: all of them are in the one hall before, and in the other after.

    Raises:
        RuntimeError: a seat has none that is its like; the transaction is to be rolled back.
    """
    of_performance = f"SELECT id FROM {table(Order)} WHERE performance_id = %s"  # noqa: S608 - our own names
    run(
        [
            _renaming(OrderLine, "order_id", of_performance, performance_id, to_venue_id),
            *(_renaming(model, "performance_id", "%s", performance_id, to_venue_id) for model in (Ticket, BlockedSeat)),
            _regrading(performance_id, to_venue_id),
        ]
    )
    _refuse_strays(performance_id, from_venue_id)


def _renaming(
    model: type[OrderLine | Ticket | BlockedSeat], column: str, which: str, performance_id: int, venue_id: int
) -> Statement:
    """Return what gives rows the seats of the same ordinals in another hall."""
    rows, seats = table(model), table(Seat)
    if connection.vendor == "mysql":  # which would look at every row of the table for an IN (SELECT ...)
        joined = f"JOIN {table(Order)} o ON o.id = r.order_id" if column == "order_id" else ""
        owner = "o" if joined else "r"
        return Statement(
            f"UPDATE {rows} r {joined} JOIN {seats} was ON was.id = r.seat_id "  # noqa: S608
            f"JOIN {seats} now ON now.venue_id = %s AND now.ordinal = was.ordinal "
            f"SET r.seat_id = now.id WHERE {owner}.performance_id = %s",
            [venue_id, performance_id],
        )
    return Statement(
        f"UPDATE {rows} SET seat_id = (SELECT now.id FROM {seats} now JOIN {seats} was "  # noqa: S608
        f"ON now.ordinal = was.ordinal WHERE was.id = {rows}.seat_id AND now.venue_id = %s) "
        f"WHERE {column} IN ({which})",
        [venue_id, performance_id],
    )


def _regrading(performance_id: int, venue_id: int) -> Statement:
    """Return what gives the sections of the same codes their grades."""
    grades, sections = table(SectionGrade), table(Section)
    if connection.vendor == "mysql":
        return Statement(
            f"UPDATE {grades} g JOIN {sections} was ON was.id = g.section_id "  # noqa: S608
            f"JOIN {sections} now ON now.venue_id = %s AND now.code = was.code "
            "SET g.section_id = now.id WHERE g.performance_id = %s",
            [venue_id, performance_id],
        )
    return Statement(
        f"UPDATE {grades} SET section_id = (SELECT now.id FROM {sections} now JOIN {sections} was "  # noqa: S608
        f"ON now.code = was.code WHERE was.id = {grades}.section_id AND now.venue_id = %s) WHERE performance_id = %s",
        [venue_id, performance_id],
    )


def _refuse_strays(performance_id: int, venue_id: int) -> None:
    """Hold the outcome to what every reader of these rows relies on."""
    strays = (
        OrderLine.objects.filter(order__performance=performance_id, seat__venue=venue_id),
        Ticket.objects.filter(performance=performance_id, seat__venue=venue_id),
        BlockedSeat.objects.filter(performance=performance_id, seat__venue=venue_id),
        SectionGrade.objects.filter(performance=performance_id, section__venue=venue_id),
    )
    for rows in strays:
        if rows.exists():
            raise RuntimeError(f"performance {performance_id}: {rows.model.__name__} still in hall {venue_id}")
