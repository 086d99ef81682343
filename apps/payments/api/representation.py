"""Orders and payments as the API's answers show them."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import msgspec
from django.utils import timezone

from apps.common.errors import NotFound
from apps.orders.bodies import read_bodies
from apps.payments.api.serializers import PaymentSerializer
from apps.payments.models import Payment


def order_body(order_id: str, user_id: int) -> dict[str, Any]:
    """Represent a buyer's own order; somebody else's is NotFound, one that there is not a KeyError."""
    owner, body = read_bodies([order_id])[order_id]
    if owner != user_id:
        raise NotFound
    return dict(msgspec.to_builtins(body))


def confirmed_body(payment: Payment, *, user_id: int) -> dict[str, Any]:
    """Represent what a confirmation has led to; times are in UTC."""
    with timezone.override(UTC):
        order = order_body(payment.order_id, user_id)
        money = dict(PaymentSerializer(payment).data)
    return {"status": order["status"], "order": order, "payment": money, "tickets": order["tickets"]}
