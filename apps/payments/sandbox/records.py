"""What the sandbox keeps: payments, refunds, remembered answers. Times are Unix seconds, amounts won."""

from __future__ import annotations

import msgspec

CARD = "카드"
VIRTUAL_ACCOUNT = "가상계좌"
METHODS = (CARD, "간편결제", VIRTUAL_ACCOUNT, "계좌이체", "휴대폰")
OPEN = ("READY", "IN_PROGRESS")
WINDOW_SECONDS = 30 * 60  # from opening the window to the customer's consent
CONFIRM_SECONDS = 10 * 60  # from the consent to the confirm
SDK_METHODS = dict(zip(("CARD", "EASY_PAY", "VIRTUAL_ACCOUNT", "TRANSFER", "MOBILE_PHONE"), METHODS, strict=True))


class Refund(msgspec.Struct):
    transaction_key: str
    amount: int
    reason: str
    balance_after: int
    at: float


class Account(msgspec.Struct):
    """The virtual account of a payment."""

    number: str
    bank: str
    customer_name: str
    due_at: float
    deposited: bool = False


class Payment(msgspec.Struct):
    key: str
    order_id: str
    order_name: str
    amount: int
    method: str
    status: str
    opened_at: float
    secret: str
    success_url: str = ""
    fail_url: str = ""
    valid_hours: int = 168
    authenticated_at: float | None = None
    approved_at: float | None = None
    transaction_key: str | None = None
    failure: str | None = None
    account: Account | None = None
    refunds: list[Refund] = []

    @property
    def balance(self) -> int:
        """What can still be refunded, or (before a deposit) the amount that is waited for."""
        return self.amount - sum(refund.amount for refund in self.refunds)

    @property
    def expires_at(self) -> float | None:
        """When it runs out of time, while it is open."""
        if self.status not in OPEN:
            return None
        if self.authenticated_at is not None:
            return self.authenticated_at + CONFIRM_SECONDS
        return self.opened_at + WINDOW_SECONDS


class Transaction(msgspec.Struct):
    """A line of the journal: an approval, or a refund as a negative amount."""

    key: str
    payment_key: str
    order_id: str
    method: str
    status: str
    amount: int
    at: float


class Answer(msgspec.Struct):
    """A remembered answer, replayed byte for byte."""

    status: int
    body: bytes
    at: float
