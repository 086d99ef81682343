"""How many deposits are open, of a person and of a show, and how many somebody has let lapse."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Q

from apps.concerts.models import BlockedSeat, Performance, Seat
from apps.orders.models import Order, OrderEvent
from apps.payments.causes import NO_DEPOSIT
from apps.payments.deposits.rules import DepositRules, OpenDeposits

WAITING = Order.Status.WAITING_FOR_DEPOSIT


def count_open(order: Order, performance: Performance, rules: DepositRules, *, now: datetime) -> OpenDeposits:
    """Count what is open beside an order of `performance`; in five queries."""
    open_of_person = _count(Q(user=order.user_id))
    open_of_show = _count(Q(performance=performance))
    return OpenDeposits(
        seats=order.lines.count(),
        for_sale=_seats_for_sale(performance),
        most_per_buyer=performance.limit_per_person,
        person_open=open_of_person[0],
        person_seats=open_of_person[1],
        show_open=open_of_show[0],
        show_seats=open_of_show[1],
        lapsed=count_lapsed(order.user_id, rules, now=now),
    )


def count_lapsed(user_id: int, rules: DepositRules, *, now: datetime) -> int:
    """Return how many deposits somebody has let lapse in the days that count."""
    since = now - timedelta(days=rules.lapse_days)
    return OrderEvent.objects.filter(
        subject__user=user_id, reason=NO_DEPOSIT.reason, happened_at__gte=since, to_status=Order.Status.EXPIRED
    ).count()


def _count(whose: Q) -> tuple[int, int]:
    """Return how many orders wait for a deposit, and how many seats they have together."""
    found = Order.objects.filter(whose, status=WAITING).aggregate(
        orders=Count("pk", distinct=True), seats=Count("lines")
    )
    return found["orders"], found["seats"]


def _seats_for_sale(performance: Performance) -> int:
    """Return how many seats the show sells, sold ones included: those that have a price and are not blocked."""
    priced = Seat.objects.filter(section__in=performance.section_grades.values("section"))
    return priced.count() - BlockedSeat.objects.filter(performance=performance).count()
