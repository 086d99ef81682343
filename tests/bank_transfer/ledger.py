"""What the person at the bank's statement knows: who agreed to pay, what came in, what was sent back."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any, TypeVar

from apps.payments.gateway.port import (
    OutcomeUnknown,
    PaymentState,
    ProviderPayment,
    ProviderReceipt,
    ProviderRefund,
    ProviderTransaction,
    RefundAccount,
    RefundState,
    Refused,
    TryAgain,
    VirtualAccount,
)

NAME = "bank_transfer"
METHOD = "TRANSFER"
HOUSE_ACCOUNT = ("004", "123401-04-567890", "Ticket-Live")
DUE = timedelta(hours=24)


Result = TypeVar("Result")


@dataclass
class Ledger:
    """Every payment as it is now; the answers that a repeat gets again are kept by their idempotency keys."""

    is_away: bool = False
    calls: list[str] = field(default_factory=list)
    payments: dict[str, ProviderPayment] = field(default_factory=dict)
    journal: list[ProviderTransaction] = field(default_factory=list)
    sent_to: list[RefundAccount] = field(default_factory=list)
    receipts: dict[str, int] = field(default_factory=dict)  # what each is still about, in won
    _answers: dict[str, Any] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    def agree(self, order_id: str, amount_krw: int) -> str:
        """Note who wants to pay what; return the payment's key, which nobody can guess."""
        key = f"{NAME}:{secrets.token_hex(8)}"
        self.payments[key] = ProviderPayment(NAME, key, order_id, PaymentState.OPEN, METHOD, amount_krw, balance_krw=0)
        return key

    def note_deposit(self, order_id: str) -> None:
        """The person finds the money on the statement."""
        payment = next(one for one in self.payments.values() if one.order_id == order_id)
        now = datetime.now(UTC)
        self.payments[payment.payment_key] = replace(
            payment, state=PaymentState.CAPTURED, balance_krw=payment.amount_krw, approved_at=now
        )
        self.journal.append(_line(payment, secrets.token_hex(8), payment.amount_krw, now))

    def come_back(self, order_id: str) -> None:
        """The customer's bank sends the last refund back: there is no such account."""
        payment = next(one for one in self.payments.values() if one.order_id == order_id)
        *before, last = payment.refunds
        self.journal = [line for line in self.journal if line.transaction_key != last.transaction_key]
        balance = payment.balance_krw + last.amount_krw
        self.payments[payment.payment_key] = replace(
            payment,
            state=PaymentState.CAPTURED if balance == payment.amount_krw else PaymentState.PARTLY_REFUNDED,
            balance_krw=balance,
            refunds=(*before, replace(last, state=RefundState.FAILED)),
        )

    def find(self, matches: Callable[[ProviderPayment], bool]) -> ProviderPayment | None:
        self._answer("find")
        return next((one for one in self.payments.values() if matches(one)), None)

    def lines(self, start: datetime, end: datetime) -> list[ProviderTransaction]:
        self._answer("journal")
        return [line for line in self.journal if start <= line.happened_at < end]

    def once(self, name: str, idempotency_key: str, work: Callable[[], Result]) -> Result:
        """Do what moves money, or is about a receipt, once for each key."""
        self._answer(name)
        with self._lock:
            if idempotency_key not in self._answers:
                self._answers[idempotency_key] = work()
            answer: Result = self._answers[idempotency_key]
            return answer

    def issue_receipt(self, amount_krw: int, identity: str) -> ProviderReceipt:
        if not identity.isdigit():
            raise Refused("NOBODY_IN_PARTICULAR")
        key = secrets.token_hex(8)
        self.receipts[key] = amount_krw
        return ProviderReceipt(key, str(len(self.receipts)), f"https://receipts.example/{key}", amount_krw)

    def cancel_receipt(self, key: str, amount_krw: int | None) -> int:
        left = self.receipts.get(key, 0)
        if not 0 < (left if amount_krw is None else amount_krw) <= left:
            raise Refused("NOTHING_ISSUED")
        self.receipts[key] = 0 if amount_krw is None else left - amount_krw
        return self.receipts[key]

    def await_deposit(self, payment_key: str, order_id: str, amount_krw: int) -> ProviderPayment:
        payment = self.payments.get(payment_key)
        if payment is None or (payment.order_id, payment.amount_krw) != (order_id, amount_krw):
            raise Refused("NOT_AGREED", "Nobody has agreed to this payment")
        if payment.state is not PaymentState.OPEN:
            raise OutcomeUnknown("ALREADY_AWAITED", is_final=True)
        account = VirtualAccount(*HOUSE_ACCOUNT, due_at=datetime.now(UTC) + DUE)
        self.payments[payment_key] = replace(payment, state=PaymentState.AWAITING_DEPOSIT, virtual_account=account)
        return self.payments[payment_key]

    def send_back(
        self,
        payment_key: str,
        amount_krw: int | None,
        reason: str,
        *,
        expected_balance_krw: int | None,
        account: RefundAccount | None,
    ) -> ProviderPayment:
        payment = self.payments.get(payment_key)
        if payment is None or payment.state in (PaymentState.OPEN, PaymentState.DEAD):
            raise Refused("NOTHING_TAKEN")
        if payment.state is PaymentState.AWAITING_DEPOSIT:
            if amount_krw is not None:
                raise Refused("NOT_PAID_YET")
            self.payments[payment_key] = replace(payment, state=PaymentState.DEAD, failure_code="CLOSED")
            return self.payments[payment_key]
        amount = payment.balance_krw if amount_krw is None else amount_krw
        if expected_balance_krw not in (None, payment.balance_krw):
            raise TryAgain("ANOTHER_BALANCE")
        if not 0 < amount <= payment.balance_krw:
            raise Refused("MORE_THAN_IS_LEFT")
        if account is None:
            raise Refused("ACCOUNT_MISSING")
        self.sent_to.append(account)
        return self._note_refund(payment, amount, reason)

    def _note_refund(self, payment: ProviderPayment, amount_krw: int, reason: str) -> ProviderPayment:
        now, left = datetime.now(UTC), payment.balance_krw - amount_krw
        refund = ProviderRefund(secrets.token_hex(8), amount_krw, reason, now)
        self.journal.append(_line(payment, refund.transaction_key, -amount_krw, now))
        self.payments[payment.payment_key] = replace(
            payment,
            state=PaymentState.PARTLY_REFUNDED if left else PaymentState.REFUNDED,
            balance_krw=left,
            refunds=(*payment.refunds, refund),
        )
        return self.payments[payment.payment_key]

    def _answer(self, name: str) -> None:
        self.calls.append(name)
        if self.is_away:
            raise OutcomeUnknown("NO_ANSWER", "the person is at lunch")


def _line(payment: ProviderPayment, key: str, amount_krw: int, at: datetime) -> ProviderTransaction:
    return ProviderTransaction(key, payment.payment_key, payment.order_id, amount_krw, at)
