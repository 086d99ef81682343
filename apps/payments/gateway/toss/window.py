"""Toss's payment window: where its script comes from, what the page's policy needs for it, what it is opened with."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from apps.payments.gateway.adapter import Checkout, PaymentWindow
from apps.payments.gateway.toss.texts import METHODS

TOSS = "tosspayments.com"
TOSS_SCRIPT = "https://js.tosspayments.com/v2/standard"  # Toss demands that it comes from there
SANDBOX_SCRIPT = "/v2/standard"
TEST_KEYS = ("test_ck_", "test_gck_")
LONGEST_NAME = 100  # characters, of an order
NO_RECEIPT = {"useEscrow": False, "cashReceipt": {"type": "미발행"}}  # the window need not ask: the checkout has
WITH_RECEIPT = {method.code for method in METHODS if method.has_receipt}
DEPOSITS = {method.code for method in METHODS if method.is_deposit}


def payment_window() -> PaymentWindow:
    """Return the window of the provider that takes the money: a key is known to no other."""
    host = urlsplit(settings.TOSS_API_BASE).hostname or ""
    is_toss = host == TOSS or host.endswith(f".{TOSS}")
    if is_toss:
        everywhere = f"https://*.{TOSS}"
        script_url = TOSS_SCRIPT
        policy = {
            "script-src": ["https://js.tosspayments.com"],
            "connect-src": [everywhere],
            "frame-src": [everywhere, "https://*.toss.im"],
            "img-src": [everywhere, "https://static.toss.im"],
            "form-action": [everywhere],
        }
    else:
        script_url = settings.TOSS_API_BASE.rstrip("/") + SANDBOX_SCRIPT
        policy = {"script-src": [_origin(settings.TOSS_API_BASE)]}
    return PaymentWindow(
        page_data={"script_url": script_url, "client_key": settings.TOSS_CLIENT_KEY},
        policy=policy,
        is_sandbox=not is_toss,
        is_test=settings.TOSS_CLIENT_KEY.startswith(TEST_KEYS),
    )


def window_request(checkout: Checkout) -> dict[str, Any]:
    """Return what Toss's `requestPayment` is called with; the page's script completes the addresses."""
    request: dict[str, Any] = {
        "method": checkout.method,
        "amount": {"currency": "KRW", "value": checkout.amount_krw},
        "orderId": checkout.order_id,
        "orderName": checkout.name_within(LONGEST_NAME),
        "successUrl": checkout.success_page,
        "failUrl": checkout.fail_page,
        "customerName": checkout.name,
        "customerEmail": checkout.email,
        "windowTarget": "self",
    }
    if checkout.phone.startswith("0"):  # Toss takes Korean numbers, as digits
        request["customerMobilePhone"] = "".join(filter(str.isdigit, checkout.phone))
    if checkout.is_culture_expense:
        request["cultureExpense"] = True
    if checkout.method in DEPOSITS:
        request["virtualAccount"] = {"validHours": checkout.deposit_hours, **NO_RECEIPT}
    elif checkout.method in WITH_RECEIPT:
        request["transfer"] = NO_RECEIPT
    return request


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
