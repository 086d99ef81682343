"""Reading payments."""

from __future__ import annotations

from apps.payments.models import PaymentAttempt


def is_repeat(payment_key: str, *, order_id: str, user_id: int) -> bool:
    """Tell whether this user's order has been confirmed with this key before, whatever came of it."""
    attempts = PaymentAttempt.objects.filter(payment_key=payment_key, order=order_id, order__user=user_id)
    return attempts.exclude(status=PaymentAttempt.Status.WITHDRAWN).exists()
