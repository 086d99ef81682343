"""What we need of a payment provider, in our own words; nothing beyond this package knows a provider's types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class PaymentState(StrEnum):
    """Where a payment stands with the provider."""

    OPEN = "OPEN"  # the customer may have agreed, but no money was taken
    AWAITING_DEPOSIT = "AWAITING_DEPOSIT"  # a virtual account waits for the customer's transfer
    CAPTURED = "CAPTURED"
    PARTLY_REFUNDED = "PARTLY_REFUNDED"
    REFUNDED = "REFUNDED"
    DEAD = "DEAD"  # declined or run out of time; it will never take money


@dataclass(frozen=True, slots=True)
class RefundAccount:
    """The customer's bank account, which a refund of a virtual account's deposit goes to."""

    bank: str
    account_number: str
    holder_name: str


@dataclass(frozen=True, slots=True)
class VirtualAccount:
    """The account that a customer transfers the amount to, until `due_at`."""

    bank: str
    account_number: str
    holder_name: str
    due_at: datetime


class RefundState(StrEnum):
    """Where a refund stands with the provider."""

    DONE = "DONE"
    ON_ITS_WAY = "ON_ITS_WAY"  # the provider has taken it on; the bank has not paid it into the customer's account yet
    FAILED = "FAILED"  # the bank did not pay it: nothing has reached the customer, and nothing will by itself


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    """One refund that the provider has taken on.

    The money of one that has FAILED is in the payment's balance again where the provider can be asked for it again.
    """

    transaction_key: str
    amount_krw: int
    reason: str
    refunded_at: datetime
    state: RefundState = RefundState.DONE


class ReceiptKind(StrEnum):
    """What a cash receipt is for; Korean law knows these two."""

    INCOME_DEDUCTION = "INCOME_DEDUCTION"  # of a person, who is known by a phone number
    BUSINESS_PROOF = "BUSINESS_PROOF"  # of a business, which is known by its registration number


@dataclass(frozen=True, slots=True)
class ProviderReceipt:
    """A cash receipt as the provider has it; `url` is where its holder may look at it."""

    key: str
    issue_number: str
    url: str
    amount_krw: int


@dataclass(frozen=True, slots=True)
class ProviderPayment:
    """A payment as the provider tells it.

    `provider` is the name of who tells it. `payment_key` is like none of another provider's: one whose keys are short
    or numbered puts its name before them.
    `balance_krw` is what has been captured and not been refunded; where it is not `is_partly_refundable` only all of it
    can be. `failure_code` tells why it is DEAD. `receipt` is a cash receipt that the provider has issued by itself with
    the payment, and cancels by itself with its refunds; `is_culture_expense` is what the tax office is told.
    `payload` is the provider's own document, kept for support and never read by a rule.
    """

    provider: str
    payment_key: str
    order_id: str
    state: PaymentState
    method: str
    amount_krw: int
    balance_krw: int
    approved_at: datetime | None = None
    secret: str = ""
    failure_code: str = ""
    virtual_account: VirtualAccount | None = None
    refunds: tuple[ProviderRefund, ...] = ()
    is_partly_refundable: bool = True
    is_culture_expense: bool = False
    receipt: ProviderReceipt | None = None
    payload: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ProviderTransaction:
    """A line of the provider's journal; `amount_krw` is negative where money went back."""

    transaction_key: str
    payment_key: str
    order_id: str
    amount_krw: int
    happened_at: datetime


# Codes that the platform gives itself, in place of the provider's
NEVER_HEARD_OF = "NOT_FOUND_PAYMENT"
BALANCE_TOO_SMALL = "NOT_CANCELABLE_AMOUNT"
DEPOSIT_TAKEN_BACK = "DEPOSIT_TAKEN_BACK"  # by the bank: there is nothing to refund, and nobody is owed anything


class GatewayError(Exception):
    """The provider did not do what it was asked."""

    def __init__(self, provider_code: str, message: str = "") -> None:
        super().__init__(f"{provider_code}: {message}" if message else provider_code)
        self.provider_code = provider_code
        self.message = message


class Refused(GatewayError):
    """A definite no: nothing was done, and the same request will not be done later."""


class TryAgain(Refused):
    """A definite no for the moment: nothing was done; a later request, under a new key, may succeed."""


class OutcomeUnknown(GatewayError):
    """The request may or may not have taken effect; only asking for the payment tells.

    `is_final`: the provider is done with the request, and a repeat under its key gets the same answer for ever.
    """

    def __init__(self, provider_code: str, message: str = "", *, is_final: bool = False) -> None:
        super().__init__(provider_code, message)
        self.is_final = is_final


class PaymentGateway(Protocol):
    """A payment provider. Calls block; none repeats itself; none may be made inside a database transaction.

    Every call raises `OutcomeUnknown`; those that move money, or are about a receipt, also raise `Refused` and
    `TryAgain`.
    A repeat under the same `idempotency_key` has no second effect.
    """

    def confirm(self, payment_key: str, *, order_id: str, amount_krw: int, idempotency_key: str) -> ProviderPayment:
        """Take the money that the customer has agreed to."""

    def refund(
        self,
        payment_key: str,
        *,
        amount_krw: int | None,
        reason: str,
        idempotency_key: str,
        expected_balance_krw: int | None = None,
        account: RefundAccount | None = None,
    ) -> ProviderPayment:
        """Give back `amount_krw`, or all that is left where it is None.

        With `expected_balance_krw` nothing is given back unless exactly that much is left.
        """

    def find_by_key(self, payment_key: str) -> ProviderPayment | None:
        """Ask for a payment; None where the provider has never heard of it."""

    def find_by_order(self, order_id: str) -> ProviderPayment | None:
        """Ask for the payment of an order; None where the provider has never heard of it."""

    def issue_receipt(
        self, *, order_id: str, order_name: str, amount_krw: int, kind: ReceiptKind, identity: str, idempotency_key: str
    ) -> ProviderReceipt:
        """Have a cash receipt issued for money that has come, in the name of `identity`: digits."""

    def cancel_receipt(self, key: str, *, amount_krw: int | None, idempotency_key: str) -> None:
        """Take back `amount_krw` of a cash receipt that was issued so, or all of it where it is None."""

    def list_transactions(self, *, start: datetime, end: datetime) -> Iterator[ProviderTransaction]:
        """Read the provider's journal from `start` up to `end`."""


class AsyncPaymentGateway(Protocol):
    """The part of a payment provider that the event loop calls; what holds for `PaymentGateway` holds here."""

    async def confirm(
        self, payment_key: str, *, order_id: str, amount_krw: int, idempotency_key: str
    ) -> ProviderPayment:
        """Take the money that the customer has agreed to."""

    async def aclose(self) -> None:
        """Give up the connections; calls under way end with `OutcomeUnknown`."""
