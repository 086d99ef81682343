"""The money of the demo's sold-out performance, so that the books balance; the provider knows nothing of it."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Sum

from apps.concerts.demo.programme import SOLD_OUT_SLUG
from apps.orders.models import Order
from apps.payments.gateway.registry import current_provider
from apps.payments.models import Payment

KEY_PREFIX = "demo_"


def seed() -> Iterator[str]:
    """Give every paid order of that performance its payment."""
    unpaid = Order.objects.filter(
        performance__concert__slug=SOLD_OUT_SLUG, status=Order.Status.PAID, events__reason="demo", payment=None
    ).distinct()
    Payment.objects.bulk_create(_payment(order) for order in unpaid)
    taken = Payment.objects.filter(payment_key__startswith=KEY_PREFIX)
    yield f"payments of the sold-out performance: {taken.aggregate(total=Sum('amount_krw'))['total'] or 0:,} won"


def _payment(order: Order) -> Payment:
    provider = current_provider()
    return Payment(
        order=order,
        provider=provider.name,
        payment_key=f"{KEY_PREFIX}{order.pk}",
        method=provider.texts.methods[0].provider_name,
        amount_krw=order.amount_krw,
        balance_krw=order.amount_krw,
        refundable_krw=order.amount_krw,
        status=Payment.Status.CAPTURED,
        approved_at=order.paid_at,
        created_at=order.created_at,
    )
