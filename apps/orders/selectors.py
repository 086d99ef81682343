"""Reading orders: three queries for any number of them."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from apps.orders.models import Order, OrderLine, Ticket


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
