"""Reading orders: three queries for any number of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from apps.orders.models import Order, OrderLine, Ticket
from apps.orders.states import HOLDING, OrderStatus

LONGEST_SHOW = timedelta(hours=6)  # a ticket stays at hand while its show goes on


def list_orders(user_id: int) -> QuerySet[Order]:
    """A buyer's orders, the newest first, with what their representation shows."""
    tickets = Prefetch("tickets", queryset=Ticket.objects.order_by("-id"))
    lines = OrderLine.objects.select_related("seat__section").prefetch_related(tickets)
    return (
        Order.objects.filter(user=user_id)
        .select_related("performance__concert", "performance__venue")
        .prefetch_related(Prefetch("lines", queryset=lines))
        .order_by("-created_at", "-id")
    )


def list_coming_orders(user_id: int, *, now: datetime) -> QuerySet[Order]:
    """A buyer's orders with valid tickets of shows that are to come or go on, the next first; as `list_orders`."""
    valid = Ticket.objects.filter(order=OuterRef("pk"), live=True)
    return (
        list_orders(user_id)
        .filter(Exists(valid), status=OrderStatus.PAID, performance__starts_at__gt=now - LONGEST_SHOW)
        .order_by("performance__starts_at", "created_at", "id")
    )


def list_unfinished_orders(user_id: int, *, now: datetime) -> QuerySet[Order]:
    """A buyer's orders whose seats are held and that are not paid yet, the newest first; as `list_orders`."""
    lapsed = Q(status=OrderStatus.RESERVED, expires_at__lte=now)
    return list_orders(user_id).filter(status__in=HOLDING).exclude(lapsed)
