"""What a payment provider's folder offers to the platform: its gateways, and what else only the folder knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from apps.payments.gateway.port import AsyncPaymentGateway, PaymentGateway, ProviderPayment
from apps.payments.gateway.texts import ProviderTexts

LONGEST_NAME = 20  # characters, of a provider's name: `Payment.provider` keeps it


class NoticeKind(StrEnum):
    """What a provider's message is about; kept as `WebhookDelivery.event_type`."""

    STATUS_CHANGED = "PAYMENT_STATUS_CHANGED"  # a whole payment, as it is now
    DEPOSIT = "DEPOSIT_CALLBACK"  # a deposit came, or was taken back; it bears the payment's secret
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a provider's message says of itself. Nothing of it is proven.

    `secret` is what it bears; None where messages of its kind bear none. `kept` is the message without its secrets.
    """

    order_id: str
    kind: NoticeKind
    secret: str | None
    kept: Mapping[str, Any]


class WebhookReader(Protocol):
    """Reads a provider's messages. It raises nothing, whatever it is given: anybody may send anything."""

    @property
    def transmission_header(self) -> str:
        """The header, in lower case, that numbers a message: a repeat has the same number."""

    def read(self, body: Mapping[str, Any]) -> Notice:
        """Read what a message is about; an order's id that it does not name is empty."""

    def payment(self, kept: Mapping[str, Any]) -> ProviderPayment | None:
        """Return the payment that a STATUS_CHANGED tells of, from what was kept of it; None where it tells of none."""


class PaymentProvider(Protocol):
    """One payment provider. Its module, `apps.payments.gateway.NAME`, has it as `PROVIDER`.

    Methods read the settings when they are called, not before. None of them waits for anybody.
    """

    @property
    def name(self) -> str:
        """The folder's name: kept with each payment, and the end of the address of its webhooks."""

    @property
    def texts(self) -> ProviderTexts:
        """Its codes, methods and banks, and what they mean to people."""

    @property
    def webhooks(self) -> WebhookReader | None:
        """What reads its messages to /api/payments/webhooks/NAME; None for one that sends none."""

    def gateway(self) -> PaymentGateway:
        """Make a gateway that all threads may share."""

    def async_gateway(self, *, connections: int) -> AsyncPaymentGateway:
        """Make a gateway for the running event loop, over at most so many connections."""

    def call_seconds(self) -> float:
        """Return how long a call can take at most, connecting included."""

    def moves_money(self) -> bool:
        """Tell whether payments cost real money: neither a sandbox nor a test key is in use."""
