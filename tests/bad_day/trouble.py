"""What goes wrong with the provider that day, some of it at each turn."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import httpx

from apps.payments.models import Payment
from tests.payment_sandbox import SECRET_KEY, PrivateSandbox

LATENCY_MS = 15
DESK_KRW = 7_000
FAULTS: tuple[dict[str, Any], ...] = (
    {},
    {"fail_next": [500, "FAILED_INTERNAL_SYSTEM_PROCESSING"], "fail_count": 3},
    {"fail_next": [403, "NOT_CANCELABLE_PAYMENT"], "fail_count": 2},
    {"fail_next": [403, "REJECT_CARD_COMPANY"], "fail_count": 2},
    {"fail_next": [429, "TOO_MANY_REQUESTS"], "fail_count": 4},
    {"fail_next": [500, "FAILED_REFUND_PROCESS"], "fail_count": 2},
    {"hang_next": 2},
    {"approve_then_hang_next": 2},
    {"approve_then_hang_next": 1, "fail_next": [502, "COMMON_ERROR"], "fail_count": 2, "methods": ["GET", "POST"]},
)


def meddle(sandbox: PrivateSandbox, rng: random.Random) -> None:
    """Have somebody act past us: the provider's own desk gives a part back, or the bank takes a deposit back."""
    paid = Payment.objects.filter(status="CAPTURED").order_by("pk")
    cards = list(paid.filter(has_virtual_account=False, is_partly_refundable=True))
    deposits = list(paid.filter(has_virtual_account=True))
    if cards:
        key = rng.choice(cards).payment_key
        body = {"cancelReason": "a call at the desk", "cancelAmount": DESK_KRW}
        httpx.post(f"{sandbox.url}/v1/payments/{key}/cancel", json=body, auth=(SECRET_KEY, ""), verify=False)
    if deposits:
        with suppress(httpx.HTTPStatusError):  # it is being refunded
            sandbox.post("/sandbox/deposit", orderId=rng.choice(deposits).order_id, fails=True)


def make_trouble(sandbox: PrivateSandbox, rng: random.Random) -> None:
    """Let the next calls of the provider fail in one of the ways in which it fails."""
    sandbox.faults(**{"latency_ms": LATENCY_MS, **rng.choice(FAULTS)})
