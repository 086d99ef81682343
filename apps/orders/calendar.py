"""An order's show as an iCalendar object (RFC 5545): stable, so that a calendar renews the entry it has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from apps.common.calendars import calendar_of
from apps.concerts.models import Performance
from apps.orders.models import Order, Ticket
from apps.orders.seat_names import seat_name


def order_calendar(order: Order, tickets: Sequence[Ticket], *, page: str) -> bytes:
    """Write the entry; without a live ticket, or for a show that is called off, it is a cancelled one.

    Its UID stays, and its SEQUENCE grows with each ticket that is cancelled and each move of the show, so that a
    calendar takes the newest.

    Args:
        tickets: all that the order ever had, with seat and section.
        page: the address of the order's page.
    """
    from icalendar import Event  # noqa: PLC0415 - see apps.common.calendars

    performance = order.performance
    starts_at = performance.starts_there
    live = [ticket for ticket in tickets if ticket.live]
    is_off = not live or performance.status == Performance.Status.CANCELLED
    seats = ", ".join(seat_name(ticket.seat) for ticket in live or tickets)
    moved_at = [move.moved_at for move in performance.moves_done if move.moved_at is not None]
    changed_at = _last_change(order, tickets, moved_at)
    event = Event()
    event.add("uid", f"{order.pk}@ticket-live")
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add(
        "sequence",
        len(tickets) - len(live) + len(moved_at) + (performance.status == Performance.Status.CANCELLED),
    )
    event.add("dtstart", starts_at)
    event.add("dtend", starts_at + timedelta(minutes=performance.concert.running_minutes))
    event.add("summary", performance.concert.title)
    event.add("location", ", ".join(filter(None, [performance.venue.name, performance.venue.address])))
    event.add(
        "description",
        "\n".join([_("Seats: %(seats)s") % {"seats": seats}, _("Order: %(order)s") % {"order": order.pk}, page]),
    )
    event.add("url", page)
    event.add("status", "CANCELLED" if is_off else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if is_off else "OPAQUE")
    return calendar_of(event, product="Tickets")


def calendar_attachment(order: Order, tickets: Sequence[Ticket], *, page: str) -> tuple[str, str, str]:
    """Return the entry as a mail carries it: the file's name, its content, its kind. Arguments as `order_calendar`."""
    return f"ticket-live-{order.pk}.ics", order_calendar(order, tickets, page=page).decode(), "text/calendar"


def _last_change(order: Order, tickets: Sequence[Ticket], moved_at: Sequence[datetime]) -> datetime:
    cancelled_at = (ticket.cancelled_at for ticket in tickets)
    moments = [order.created_at, order.paid_at, order.cancelled_at, *cancelled_at, *moved_at]
    return max(moment for moment in moments if moment is not None).astimezone(UTC)
