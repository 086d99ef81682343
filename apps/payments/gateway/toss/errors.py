"""Which of Toss's errors are a definite no, and which leave the outcome open.

The rule: what the reference lists as a refusal is one; everything else, a code unknown to us
included, is unknown, since a customer told "declined" may pay a second time.
"""

from __future__ import annotations

import logging
from typing import Any

from apps.payments.gateway.port import GatewayError, OutcomeUnknown, Refused, TryAgain

TRACE_HEADER = "x-tosspayments-trace-id"

logger = logging.getLogger(__name__)

UNKNOWN_STATUSES = frozenset({408, 409, 425, 429})
SERVER_ERROR = 500

UNKNOWN_CODES = frozenset(
    {
        "ALREADY_PROCESSED_PAYMENT",  # done, but by which request? The payment itself tells
        "ALREADY_CANCELED_PAYMENT",
        "ALREADY_REFUND_PAYMENT",
        "PROVIDER_ERROR",  # a 400, yet temporary
    }
)

TRY_AGAIN_CODES = frozenset(
    {
        "FORBIDDEN_CONSECUTIVE_REQUEST",  # two cancels of one payment within a second
        "NOT_MATCHES_REFUNDABLE_AMOUNT",  # another refund came between the question and the request
    }
)

REFUSAL_PREFIXES = ("REJECT_", "INVALID_", "EXCEED_", "NOT_", "BELOW_", "INCORRECT_", "FORBIDDEN_")

REFUSAL_CODES = frozenset(
    {
        "CARD_PROCESSING_ERROR",
        "UNAPPROVED_ORDER_ID",
        "UNAUTHORIZED_KEY",
        "FDS_ERROR",
        "REFUND_REJECTED",
        "DUPLICATED_ORDER_ID",
    }
)


def classify(status: int, code: str, message: str) -> GatewayError:
    """Turn an error answer into what it means for the money."""
    if status >= SERVER_ERROR or status in UNKNOWN_STATUSES:
        return OutcomeUnknown(code or f"HTTP_{status}", message)
    if code in UNKNOWN_CODES:
        return OutcomeUnknown(code, message, is_final=True)
    if code in TRY_AGAIN_CODES:
        return TryAgain(code, message)
    if code in REFUSAL_CODES or code.startswith(REFUSAL_PREFIXES):
        return Refused(code, message)
    return OutcomeUnknown(code or f"HTTP_{status}", message)


def error_of(request: str, status: int, document: Any, *, trace: str | None) -> GatewayError:
    """Read an answer that is no success, and log it: `request` is its method and path, `trace` Toss's own number."""
    found = document if isinstance(document, dict) else {}
    code, message = str(found.get("code", "")), str(found.get("message", ""))
    error = classify(status, code, message)
    logger.warning("toss %s: %s %s -> %s, trace %s", request, status, code, type(error).__name__, trace or "-")
    return error
