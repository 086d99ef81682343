"""Orders as rows, in the state that a test needs; what holds or sells seats for real is in tests/paid_orders.py."""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.accounts.models import User
from apps.common.clock import database_now
from apps.concerts.models import Performance
from apps.orders.models import Order, OrderLine
from apps.orders.order_ids import new_order_id
from apps.orders.services.tickets import cancel_tickets, issue_tickets
from apps.orders.states import OrderStatus
from tests.factories import PRICES_KRW, seat_ids


def make_order(
    user: User,
    performance: Performance,
    *,
    seats: int = 2,
    skip: int = 0,
    status: OrderStatus = OrderStatus.PAID,
    cancelled: int = 0,
    created_at: datetime | None = None,
) -> Order:
    """An order of seats in section A, after the first `skip`; a PAID one has tickets, `cancelled` of them dead."""
    now = created_at or database_now()
    order = Order.objects.create(
        id=new_order_id(performance.pk),
        user=user,
        performance=performance,
        status=status,
        amount_krw=seats * PRICES_KRW["A"],
        created_at=now,
        expires_at=now + timedelta(minutes=10),
        paid_at=now if status == OrderStatus.PAID else None,
    )
    for number, seat_id in enumerate(seat_ids(performance, seats, skip=skip), start=1):
        OrderLine.objects.create(
            order=order, number=number, seat_id=seat_id, grade_name="VIP", price_krw=PRICES_KRW["A"]
        )
    if status == OrderStatus.PAID:
        issue_tickets(order)
        cancel_tickets(order.lines.all()[:cancelled])
    return order
