"""What calling a performance off will do, in figures: for whoever is about to decide it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.db.models import Count, Sum

from apps.common.errors import ServiceUnavailable
from apps.concerts.waiting_room.line_samples import look_on
from apps.orders.models import Order, Ticket
from apps.orders.states import OPEN

logger = logging.getLogger(__name__)

Status = Order.Status


@dataclass(frozen=True, slots=True)
class Scope:
    """What is there to be ended and given back.

    `holds` are orders that are placed or hold seats; `paying` are being confirmed; `deposits` are awaited. `in_line` is
    None where nobody can tell now.
    """

    orders: int
    tickets: int
    refund_krw: int
    holds: int
    paying: int
    deposits: int
    deposits_krw: int
    in_line: int | None


def get_scope(performance_id: int) -> Scope:
    """Read the figures, by two queries and one look at the line."""
    tickets = Ticket.objects.filter(performance=performance_id, live=True).aggregate(
        orders=Count("order", distinct=True), tickets=Count("pk"), refund_krw=Sum("line__price_krw", default=0)
    )
    rows = Order.objects.filter(performance=performance_id).values_list("status")
    by_status = {status: (count, krw) for status, count, krw in rows.annotate(Count("pk"), Sum("amount_krw"))}

    def count_of(*statuses: str) -> int:
        return sum(by_status.get(status, (0, 0))[0] for status in statuses)

    return Scope(
        **tickets,
        holds=count_of(*OPEN),
        paying=count_of(Status.CONFIRMING),
        deposits=count_of(Status.WAITING_FOR_DEPOSIT),
        deposits_krw=by_status.get(Status.WAITING_FOR_DEPOSIT, (0, 0))[1],
        in_line=_count_line(performance_id),
    )


def _count_line(performance_id: int) -> int | None:
    try:
        line = look_on(performance_id)
    except ServiceUnavailable as error:
        logger.info("the line of performance %s cannot be counted: %s", performance_id, error)
        return None
    return 0 if line is None else line.waiting + line.called
