"""What pages of orders say of their money."""

from __future__ import annotations

from django import template

from apps.orders.models import Order
from apps.orders.status_labels import StatusLabel
from apps.payments.refund_labels import refund_label

register = template.Library()


@register.simple_tag
def refund_words(order: Order) -> StatusLabel | None:
    """What is to be said of an order's refund before its state; nothing where the state says it all."""
    return refund_label(order)
