"""Orders and payments as the API's answers show them."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.utils import timezone

from apps.orders.api.serializers import OrderSerializer
from apps.orders.selectors import list_orders
from apps.payments.api.serializers import PaymentSerializer
from apps.payments.models import Payment


def order_body(order_id: str, user_id: int) -> dict[str, Any]:
    """Represent a buyer's own order."""
    return dict(OrderSerializer(list_orders(user_id).get(pk=order_id)).data)


def confirmed_body(payment: Payment, *, user_id: int) -> dict[str, Any]:
    """Represent what a confirmation has led to; times are in UTC."""
    with timezone.override(UTC):
        order = order_body(payment.order_id, user_id)
        money = dict(PaymentSerializer(payment).data)
    return {"status": order["status"], "order": order, "payment": money, "tickets": order["tickets"]}
