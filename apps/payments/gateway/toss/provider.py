"""Toss Payments as the platform is set up for it: addresses, keys and time limits are the settings `TOSS_...`."""

from __future__ import annotations

from django.conf import settings

from apps.payments.gateway.port import AsyncPaymentGateway, PaymentGateway
from apps.payments.gateway.toss.async_gateway import AsyncTossGateway
from apps.payments.gateway.toss.documents import NAME
from apps.payments.gateway.toss.gateway import TossGateway
from apps.payments.gateway.toss.texts import TEXTS
from apps.payments.gateway.toss.webhooks import TossWebhooks

TEST_KEYS = "test_"  # how they begin


class TossProvider:
    """See `PaymentProvider`."""

    name = NAME
    texts = TEXTS
    webhooks = TossWebhooks()

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
