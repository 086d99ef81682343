"""What a move of a show touches: counted for the page on which it is decided."""

from __future__ import annotations

from dataclasses import dataclass

from apps.common.errors import ServiceUnavailable
from apps.concerts.models import Performance
from apps.concerts.waiting_room.line_samples import look_on
from apps.orders.models import Order, Ticket
from apps.orders.states import HOLDING


@dataclass(frozen=True, slots=True)
class Touched:
    """Valid tickets and who has them, orders whose seats are held unpaid, people in line (None: nobody can tell)."""

    tickets: int
    holders: int
    held: int
    waiting: int | None


def what_a_move_touches(performance: Performance) -> Touched:
    """Count it; three queries, and one look at Redis."""
    tickets = Ticket.objects.filter(performance=performance, live=True)
    return Touched(
        tickets=tickets.count(),
        holders=tickets.values("user").distinct().count(),
        held=Order.objects.filter(performance=performance, status__in=HOLDING).count(),
        waiting=_waiting(performance.pk),
    )


def _waiting(performance_id: int) -> int | None:
    try:
        line = look_on(performance_id)
    except ServiceUnavailable:
        return None
    return line.waiting if line else 0
