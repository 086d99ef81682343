"""The states of payments, attempts and refunds, and the moves between them."""

from django.db.models import TextChoices


class PaymentStatus(TextChoices):
    AWAITING_DEPOSIT = "AWAITING_DEPOSIT", "awaiting deposit"
    CAPTURED = "CAPTURED", "captured"
    PARTLY_REFUNDED = "PARTLY_REFUNDED", "partly refunded"
    REFUNDED = "REFUNDED", "refunded"
    CLOSED = "CLOSED", "closed without a deposit"


class AttemptStatus(TextChoices):
    STARTED = "STARTED", "started"
    WITHDRAWN = "WITHDRAWN", "withdrawn before the provider was called"
    UNKNOWN = "UNKNOWN", "unknown"
    CONFIRMED = "CONFIRMED", "confirmed"
    REFUSED = "REFUSED", "refused"


class RefundStatus(TextChoices):
    REQUESTED = "REQUESTED", "requested"
    UNKNOWN = "UNKNOWN", "unknown"
    DONE = "DONE", "done"
    FAILED = "FAILED", "failed"


class RefundCause(TextChoices):
    CUSTOMER = "CUSTOMER", "the customer cancelled"
    SEATS_UNAVAILABLE = "SEATS_UNAVAILABLE", "the seats were gone"
    AMOUNT_MISMATCH = "AMOUNT_MISMATCH", "the provider took another amount"
    ORDER_ENDED = "ORDER_ENDED", "the money came after the order had ended"
    PROVIDER = "PROVIDER", "made at the provider, not here"


P = PaymentStatus
PAYMENT_MOVES: dict[str, set[str]] = {
    P.AWAITING_DEPOSIT: {P.CAPTURED, P.CLOSED},
    # The bank may take a deposit back.
    P.CAPTURED: {P.PARTLY_REFUNDED, P.REFUNDED, P.AWAITING_DEPOSIT},
    P.PARTLY_REFUNDED: {P.REFUNDED},
    # A deposit may still come while the account is being closed.
    P.CLOSED: {P.CAPTURED},
}

R = RefundStatus
REFUND_MOVES: dict[str, set[str]] = {
    R.REQUESTED: {R.UNKNOWN, R.DONE, R.FAILED},
    R.UNKNOWN: {R.DONE, R.FAILED},
    R.FAILED: {R.REQUESTED},  # staff try it again
}

UNSETTLED = (AttemptStatus.STARTED, AttemptStatus.UNKNOWN)
OPEN_REFUNDS = (RefundStatus.REQUESTED, RefundStatus.UNKNOWN)
