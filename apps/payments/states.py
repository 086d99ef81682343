"""The states of payments, attempts and refunds, and the moves between them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class PaymentStatus(TextChoices):
    AWAITING_DEPOSIT = "AWAITING_DEPOSIT", _("awaiting deposit")
    CAPTURED = "CAPTURED", _("captured")
    PARTLY_REFUNDED = "PARTLY_REFUNDED", _("partly refunded")
    REFUNDED = "REFUNDED", _("refunded")
    CLOSED = "CLOSED", _("closed without a deposit")


class AttemptStatus(TextChoices):
    STARTED = "STARTED", _("started")
    WITHDRAWN = "WITHDRAWN", _("withdrawn before the provider was called")
    UNKNOWN = "UNKNOWN", _("unknown")
    CONFIRMED = "CONFIRMED", _("confirmed")
    REFUSED = "REFUSED", _("refused")


class RefundStatus(TextChoices):
    REQUESTED = "REQUESTED", _("requested")
    UNKNOWN = "UNKNOWN", _("unknown")
    DONE = "DONE", _("done")
    FAILED = "FAILED", _("failed")


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
