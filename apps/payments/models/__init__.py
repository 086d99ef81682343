"""What was asked of the payment providers, what came of it, and what staff did about it."""

from apps.payments.models.payments import (
    PAYMENT_MOVES,
    Payment,
    PaymentAttempt,
    PaymentEvent,
    StaffAct,
    WebhookDelivery,
)
from apps.payments.models.refunds import REFUND_MOVES, Refund, RefundEvent, RefundLine

__all__ = [
    "PAYMENT_MOVES",
    "REFUND_MOVES",
    "Payment",
    "PaymentAttempt",
    "PaymentEvent",
    "Refund",
    "RefundEvent",
    "RefundLine",
    "StaffAct",
    "WebhookDelivery",
]
