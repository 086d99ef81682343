"""The demo's sold-out performance: a paid order for every one of its seats, by the last of the demo's customers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.services.seed_accounts import CUSTOMERS
from apps.concerts.demo.programme import SOLD_OUT_SLUG
from apps.concerts.models import Performance, Seat, SectionGrade
from apps.concerts.seat_states import store as seat_states
from apps.orders.models import Order, OrderEvent, OrderLine
from apps.orders.order_ids import new_order_id
from apps.orders.services.tickets import issue_tickets
from apps.orders.states import OrderStatus

WAY_TO_PAID = (OrderStatus.PENDING, OrderStatus.RESERVED, OrderStatus.CONFIRMING, OrderStatus.PAID)


def seed() -> Iterator[str]:
    """Sell what is to be sold out, unless somebody bought of it already."""
    performance = Performance.objects.filter(
        concert__slug=SOLD_OUT_SLUG, status=Performance.Status.SCHEDULED, sale_closes_at__gt=timezone.now()
    ).first()
    if performance is None:
        return
    if not performance.orders.exists():
        with transaction.atomic():
            _sell_out(performance)
            # A platform that runs already may have built the seats' state before they were sold.
            transaction.on_commit(partial(seat_states.mark_not_ready, performance.pk), robust=True)
    yield f"performance {performance.pk} has {performance.tickets.filter(live=True).count()} live tickets"


def _sell_out(performance: Performance) -> None:
    grades = {
        chosen.section_id: chosen.grade
        for chosen in SectionGrade.objects.filter(performance=performance).select_related("grade")
    }
    seats = list(Seat.objects.filter(venue=performance.venue_id, section__in=grades).order_by("ordinal"))
    each = performance.limit_per_person
    groups = [seats[start : start + each] for start in range(0, len(seats), each)]
    orders, lines = [], []
    for buyer, group in zip(_buyers(len(groups)), groups, strict=True):
        order = _order(performance, buyer=buyer)
        for number, seat in enumerate(group, start=1):
            grade = grades[seat.section_id]
            order.amount_krw += grade.price_krw
            lines.append(
                OrderLine(order=order, number=number, seat=seat, grade_name=grade.name, price_krw=grade.price_krw)
            )
        orders.append(order)
    Order.objects.bulk_create(orders)
    OrderLine.objects.bulk_create(lines)
    OrderEvent.objects.bulk_create(event for order in orders for event in _events(order))
    for order in orders:
        issue_tickets(order)
    performance.tickets.update(issued_at=performance.sale_opens_at)


def _buyers(count: int) -> Sequence[User]:
    """The demo's last customers, so that the first ones start with nothing."""
    emails = [f"customer{number}@example.com" for number in range(CUSTOMERS - count + 1, CUSTOMERS + 1)]
    return list(User.objects.filter(email__in=emails).order_by("pk"))


def _order(performance: Performance, *, buyer: User) -> Order:
    moment = performance.sale_opens_at
    return Order(
        id=new_order_id(performance.pk),
        user=buyer,
        performance=performance,
        status=OrderStatus.PAID,
        amount_krw=0,
        booker_name=buyer.nickname,
        booker_email=buyer.email,
        created_at=moment,
        expires_at=moment,
        paid_at=moment,
    )


def _events(order: Order) -> Iterator[OrderEvent]:
    for before, after in pairwise(WAY_TO_PAID):
        yield OrderEvent(subject=order, from_status=before, to_status=after, reason="demo", actor="seed_demo")
