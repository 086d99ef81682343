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
    SENT = "SENT", _("sent to the bank")
    RETURNED = "RETURNED", _("not paid by the bank")
    DONE = "DONE", _("done")
    FAILED = "FAILED", _("failed")


class SurplusStatus(TextChoices):
    FOUND = "FOUND", _("found; it goes back")
    DONE = "DONE", _("gone back")
    REFUSED = "REFUSED", _("the provider refuses; staff have to")


class ReceiptStatus(TextChoices):
    WANTED = "WANTED", _("wanted")
    ASKED = "ASKED", _("asked for")
    ISSUED = "ISSUED", _("issued")
    PART = "PART", _("partly cancelled")
    CANCELLED = "CANCELLED", _("cancelled")
    REFUSED = "REFUSED", _("refused by the provider")


P = PaymentStatus
PAYMENT_MOVES: dict[str, set[str]] = {
    P.AWAITING_DEPOSIT: {P.CAPTURED, P.CLOSED},
    # The bank may take a deposit back.
    P.CAPTURED: {P.PARTLY_REFUNDED, P.REFUNDED, P.AWAITING_DEPOSIT},
    # The bank may not pay a refund into the account that was named: the money is back.
    P.PARTLY_REFUNDED: {P.REFUNDED, P.CAPTURED},
    P.REFUNDED: {P.PARTLY_REFUNDED, P.CAPTURED},
    # A deposit may still come while the account is being closed.
    P.CLOSED: {P.CAPTURED},
}

R = RefundStatus
REFUND_MOVES: dict[str, set[str]] = {
    R.REQUESTED: {R.UNKNOWN, R.SENT, R.RETURNED, R.DONE, R.FAILED},
    R.UNKNOWN: {R.SENT, R.RETURNED, R.DONE, R.FAILED},
    R.SENT: {R.DONE, R.RETURNED},
    R.RETURNED: {R.REQUESTED, R.DONE},  # another account was named, or staff have settled it
    R.FAILED: {R.REQUESTED, R.DONE},  # staff try it again, or have settled it
}

UNSETTLED = (AttemptStatus.STARTED, AttemptStatus.UNKNOWN)
OPEN_REFUNDS = (RefundStatus.REQUESTED, RefundStatus.UNKNOWN)
GIVEN_REFUNDS = (RefundStatus.SENT, RefundStatus.DONE)  # the provider has taken them on: the seats are free
STUCK_REFUNDS = (RefundStatus.FAILED, RefundStatus.RETURNED)  # until somebody does something about them
