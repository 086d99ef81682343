"""Toss Payments as the platform is set up for it: addresses, keys and time limits are the settings `TOSS_...`."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from apps.payments.gateway.adapter import Checkout, PaymentWindow
from apps.payments.gateway.port import AsyncPaymentGateway, PaymentGateway
from apps.payments.gateway.toss.async_gateway import AsyncTossGateway
from apps.payments.gateway.toss.documents import NAME
from apps.payments.gateway.toss.gateway import TossGateway
from apps.payments.gateway.toss.texts import TEXTS
from apps.payments.gateway.toss.webhooks import TossWebhooks
from apps.payments.gateway.toss.window import payment_window, window_request

TEST_KEYS = "test_"  # how they begin
TEST_SECRET_KEYS = ("test_sk_", "test_gsk_")


class TossProvider:
    """See `PaymentProvider`."""

    name = NAME
    texts = TEXTS
    webhooks = TossWebhooks()

    def window(self) -> PaymentWindow:
        return payment_window()

    def window_request(self, checkout: Checkout) -> dict[str, Any]:
        return window_request(checkout)

    def sandbox_url(self) -> str:
        return str(settings.TOSS_API_BASE.rstrip("/"))

    def refuse_rehearsal(self, sandbox_url: str) -> str:
        if sandbox_url != self.sandbox_url():
            address = settings.TOSS_API_BASE
            return f"The platform pays at TOSS_API_BASE {address}, and the crowd would at {sandbox_url}."
        if not settings.TOSS_SECRET_KEY.startswith(TEST_SECRET_KEYS):
            return "TOSS_SECRET_KEY is no test key: a rehearsal pays at the sandbox only."
        return ""

    def gateway(self) -> PaymentGateway:
        return TossGateway(
            settings.TOSS_API_BASE,
            secret_key=settings.TOSS_SECRET_KEY,
            connect_timeout_seconds=settings.TOSS_CONNECT_TIMEOUT_SECONDS,
            read_timeout_seconds=settings.TOSS_READ_TIMEOUT_SECONDS,
        )

    def async_gateway(self, *, connections: int) -> AsyncPaymentGateway:
        return AsyncTossGateway(
            settings.TOSS_API_BASE,
            secret_key=settings.TOSS_SECRET_KEY,
            connect_timeout_seconds=settings.TOSS_CONNECT_TIMEOUT_SECONDS,
            read_timeout_seconds=settings.TOSS_READ_TIMEOUT_SECONDS,
            connections=connections,
        )

    def call_seconds(self) -> float:
        return float(settings.TOSS_CONNECT_TIMEOUT_SECONDS + settings.TOSS_READ_TIMEOUT_SECONDS)

    def moves_money(self) -> bool:
        return not settings.TOSS_SECRET_KEY.startswith(TEST_KEYS)
