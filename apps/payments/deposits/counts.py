"""How many deposits are open, of a person and of a show, and how many somebody has let lapse, or given up late."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, Subquery

from apps.concerts.models import BlockedSeat, Performance, PerformanceMove, Seat
from apps.orders.models import Order, OrderEvent
from apps.payments.causes import ACCOUNT_CLOSED, NO_DEPOSIT
from apps.payments.deposits.rules import HUNDREDTHS, DepositRules, OpenDeposits, hundredths_waited

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
    """Return how many deposits somebody has let lapse in the days that count, those that were given up with them.

    One that its buyer gave up, or whose account the provider closed, counts by the share of its time for which it has
    kept the seats: whoever waits and cancels in the last minute has let one lapse. What staff have ended, or what was
    given up after the show was moved, does not count. No query where the rules have no limit.
    """
    if not rules.lapses:
        return 0
    since = now - timedelta(days=rules.lapse_days)
    opened = OrderEvent.objects.filter(subject=OuterRef("subject"), to_status=WAITING, pk__lt=OuterRef("pk"))
    ended = OrderEvent.objects.filter(_unpaid(user_id), subject__user=user_id, happened_at__gte=since)
    times = ended.annotate(opened=Subquery(opened.order_by("-pk").values("happened_at")[:1])).order_by("-pk")
    rows = times.values_list("opened", "happened_at", "subject__expires_at")[: rules.lapses * HUNDREDTHS]
    return sum(hundredths_waited(*row) for row in rows) // HUNDREDTHS


def _unpaid(user_id: int) -> Q:
    """Say which events have ended a deposit without money, but for those of staff and of a show that is called off."""
    lapsed = Q(to_status=Order.Status.EXPIRED, reason=NO_DEPOSIT.reason)
    closed = Q(to_status=Order.Status.CANCELLED, reason=ACCOUNT_CLOSED.reason)
    moved_meanwhile = PerformanceMove.objects.filter(
        performance=OuterRef("subject__performance"), moved_at__gte=OuterRef("subject__created_at")
    )
    given_up = Q(~Exists(moved_meanwhile), to_status=Order.Status.CANCELLED, actor=f"user:{user_id}")
    return Q(from_status=WAITING) & (lapsed | closed | given_up)


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
