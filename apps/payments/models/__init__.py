"""What was asked of the payment providers, what came of it, and what staff did about it."""

from apps.payments.calling_off.models import CallOff, CallOffAct, CallOffNotice, ExtraShare
from apps.payments.models.deposits import DepositGate, WaitingDeposit
from apps.payments.models.payments import (
    PAYMENT_MOVES,
    Payment,
    PaymentAttempt,
    PaymentEvent,
    StaffAct,
    WebhookDelivery,
)
from apps.payments.models.receipts import CashReceipt
from apps.payments.models.refunds import REFUND_MOVES, Refund, RefundEvent, RefundLine
from apps.payments.models.surplus import SurplusPayment

__all__ = [
    "PAYMENT_MOVES",
    "REFUND_MOVES",
    "CallOff",
    "CallOffAct",
    "CallOffNotice",
    "CashReceipt",
    "DepositGate",
    "ExtraShare",
    "Payment",
    "PaymentAttempt",
    "PaymentEvent",
    "Refund",
    "RefundEvent",
    "RefundLine",
    "StaffAct",
    "SurplusPayment",
    "WaitingDeposit",
    "WebhookDelivery",
]
