"""What the sandbox keeps: payments, refunds, remembered answers. Times are Unix seconds, amounts won."""

from __future__ import annotations

import msgspec

CARD = "카드"
VIRTUAL_ACCOUNT = "가상계좌"
TRANSFER = "계좌이체"
MOBILE_PHONE = "휴대폰"
METHODS = (CARD, "간편결제", VIRTUAL_ACCOUNT, TRANSFER, MOBILE_PHONE)
OPEN = ("READY", "IN_PROGRESS")
WINDOW_SECONDS = 30 * 60  # from opening the window to the customer's consent
CONFIRM_SECONDS = 10 * 60  # from the consent to the confirm
SDK_METHODS = dict(zip(("CARD", "EASY_PAY", "VIRTUAL_ACCOUNT", "TRANSFER", "MOBILE_PHONE"), METHODS, strict=True))


class Refund(msgspec.Struct):
    """A cancel. That of a deposit is PENDING until the bank has paid it at `due_at`: COMPLETED, or FAILED."""

    transaction_key: str
    amount: int
    reason: str
    balance_after: int
    at: float
    status: str = "COMPLETED"
    due_at: float | None = None
    account_number: str = ""
    is_back: bool = False  # it has FAILED, and its amount can be refunded again


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
    culture_expense: bool = False
    authenticated_at: float | None = None
    approved_at: float | None = None
    transaction_key: str | None = None
    failure: str | None = None
    account: Account | None = None
    refunds: list[Refund] = []

    @property
    def balance(self) -> int:
        """What can still be refunded, or (before a deposit) the amount that is waited for."""
        return self.amount - sum(refund.amount for refund in self.refunds if not refund.is_back)

    @property
    def pending(self) -> list[Refund]:
        """The refunds that the bank has still to pay."""
        return [refund for refund in self.refunds if refund.status == "PENDING"]

    @property
    def refund_status(self) -> str:
        """`refundStatus`: of all refunds of the account together, as Toss has it."""
        if not self.refunds or self.account is None or not self.account.deposited:
            return "NONE"
        if self.pending:
            return "PENDING"
        last = self.refunds[-1]
        if last.status == "FAILED":
            return "FAILED" if last.amount == self.amount else "PARTIAL_FAILED"
        return "COMPLETED"

    @property
    def is_partly_cancelable(self) -> bool:
        return self.method != MOBILE_PHONE

    @property
    def expires_at(self) -> float | None:
        """When it runs out of time, while it is open; or when the bank pays the next refund."""
        if self.pending:
            return min(refund.due_at or 0 for refund in self.pending)
        if self.status not in OPEN:
            return None
        if self.authenticated_at is not None:
            return self.authenticated_at + CONFIRM_SECONDS
        return self.opened_at + WINDOW_SECONDS


class CashReceipt(msgspec.Struct):
    """A cash receipt; `amount` is what it is still about."""

    key: str
    order_id: str
    order_name: str
    kind: str
    identity: str
    amount: int
    requested_at: float


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
