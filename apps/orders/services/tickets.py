"""Tickets: made when an order is paid, dead when it is cancelled."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from apps.concerts.show_state import require_not_called_off
from apps.orders.errors import SeatAlreadySold
from apps.orders.models import Order, OrderLine, Ticket

CODE_BYTES = 16  # 128 random bits


def issue_tickets(order: Order) -> list[Ticket]:
    """Give an order its tickets, in the caller's transaction. The database's UNIQUE constraint decides.

    The performance is locked shared from before its lines are read: it is not called off, and no move names other
    seats in between.

    Raises:
        PerformanceCalledOff
        SeatAlreadySold: a seat has a live ticket already; nothing was issued.
    """
    require_not_called_off(order.performance_id)
    lines = list(order.lines.all())
    tickets = [
        Ticket(
            code=secrets.token_urlsafe(CODE_BYTES),
            line=line,
            order=order,
            user_id=order.user_id,
            performance_id=order.performance_id,
            seat_id=line.seat_id,
            issued_at=Now(),
        )
        for line in lines
    ]
    try:
        with transaction.atomic():
            Ticket.objects.bulk_create(tickets)
    except IntegrityError as error:
        sold = Ticket.objects.filter(
            performance_id=order.performance_id, seat__in=[line.seat_id for line in lines], live=True
        )
        raise SeatAlreadySold(list(sold.values_list("seat_id", flat=True))) from error
    return list(order.tickets.select_related("seat__section"))


def cancel_tickets(lines: Iterable[OrderLine]) -> int:
    """Make the tickets of `lines` dead, in the caller's transaction; return how many were alive."""
    return Ticket.objects.filter(line__in=[line.pk for line in lines], live=True).update(
        status=Ticket.Status.CANCELLED, live=None, cancelled_at=Now()
    )
