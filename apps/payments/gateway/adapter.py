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


@dataclass(frozen=True, slots=True)
class PaymentWindow:
    """What a page needs to open the provider's payment window.

    `page_data` is what the folder's `static/window.js` is given: addresses and public keys, nothing secret.
    `policy` is what a Content Security Policy has to add, by directive.
    `is_sandbox` and `is_test`: no money moves, because the provider is our own, or because of the key.
    """

    page_data: Mapping[str, str]
    policy: dict[str, list[str]]
    is_sandbox: bool
    is_test: bool


@dataclass(frozen=True, slots=True)
class Checkout:
    """What the buyer has chosen and what is to be paid; `success_page` and `fail_page` are paths of the site.

    A cash receipt is issued by us once the money has come (`PaymentGateway.issue_receipt`), not by the window.
    `deposit_hours`: how long the account of a deposit may be open, which is for the platform to say; 0 where the method
    is no deposit.
    """

    method: str
    order_id: str
    amount_krw: int
    title: str
    seats: str
    success_page: str
    fail_page: str
    name: str
    email: str
    phone: str
    deposit_hours: int
    is_culture_expense: bool = False

    def name_within(self, characters: int) -> str:
        """Name the order by its concert and its seats; a long title is cut."""
        return f"{self.title[: characters - len(self.seats) - 2]}, {self.seats}"


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

    def window(self) -> PaymentWindow:
        """Return what its payment window needs; the folder's `static/window.js` opens it (docs/second-provider.md)."""

    def window_request(self, checkout: Checkout) -> dict[str, Any]:
        """Return what the window is opened with for one order, as JSON: the script's `open` gets it."""

    def sandbox_url(self) -> str:
        """Return where the people of a rehearsal agree to pay, without a slash at the end; empty where they cannot."""

    def refuse_rehearsal(self, sandbox_url: str) -> str:
        """Say why a rehearsal cannot pay at this sandbox; nothing where it can, and no money moves."""

    def gateway(self) -> PaymentGateway:
        """Make a gateway that all threads may share."""

    def async_gateway(self, *, connections: int) -> AsyncPaymentGateway:
        """Make a gateway for the running event loop, over at most so many connections."""

    def call_seconds(self) -> float:
        """Return how long a call can take at most, connecting included."""

    def moves_money(self) -> bool:
        """Tell whether payments cost real money: neither a sandbox nor a test key is in use."""
