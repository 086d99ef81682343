"""The payments of the sandbox and the moves that Toss documents; no HTTP in here.

Card and the like: READY -> IN_PROGRESS -> DONE | ABORTED; READY, IN_PROGRESS -> EXPIRED;
DONE -> CANCELED | PARTIAL_CANCELED. Virtual account: IN_PROGRESS -> WAITING_FOR_DEPOSIT -> DONE.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable

from apps.payments.sandbox.archive import Archive
from apps.payments.sandbox.clock import Clock
from apps.payments.sandbox.codes import Refusal
from apps.payments.sandbox.records import CARD, OPEN, VIRTUAL_ACCOUNT, Account, Payment, Refund, Transaction

REFUND_PAUSE_SECONDS = 1.0
MINIMUM_AMOUNT = 100
EXPIRED_AT_ONCE = 100
BANK_PAYS_SECONDS = 2 * 24 * 3600.0  # after the cancel, as the reference has it
IMPOSSIBLE_ACCOUNT = "000"  # how the numbers of accounts begin that are refused at once
NO_SUCH_ACCOUNT = "999"  # how the numbers of accounts begin that the bank cannot pay into


class Ledger:
    """All payments, and their journal.

    Args:
        archive: where every payment is read from, and every change is written to.
        clock: the time.
        on_change: called with each payment whose status has changed.
    """

    def __init__(self, archive: Archive, clock: Clock, on_change: Callable[[Payment], None]) -> None:
        self._archive = archive
        self._clock = clock
        self._on_change = on_change

    def open(
        self,
        *,
        order_id: str,
        amount: int,
        order_name: str = "",
        method: str = CARD,
        success_url: str = "",
        fail_url: str = "",
        valid_hours: int = 168,
        culture_expense: bool = False,
        is_agreed: bool = False,
    ) -> Payment:
        """Open the payment window for an order; with `is_agreed` the customer has agreed in it already."""
        now = self._clock.now()
        payment = Payment(
            key=f"tviva{now:.0f}{secrets.token_urlsafe(15)}",
            order_id=order_id,
            order_name=order_name or order_id,
            amount=amount,
            method=method,
            status="IN_PROGRESS" if is_agreed else "READY",
            opened_at=now,
            authenticated_at=now if is_agreed else None,
            secret=f"ps_{secrets.token_urlsafe(20)}",
            success_url=success_url,
            fail_url=fail_url,
            valid_hours=valid_hours,
            culture_expense=culture_expense,
        )
        self._archive.put_payment(payment)
        return payment

    def authenticate(self, key: str, *, method: str | None = None) -> Payment:
        """The customer agrees in the window."""
        payment = self.by_key(key)
        if payment.status != "READY":
            raise Refusal("NOT_FOUND_PAYMENT_SESSION")
        payment.method = method or payment.method
        payment.authenticated_at = self._clock.now()
        payment.status = "IN_PROGRESS"
        self._archive.put_payment(payment)
        return payment

    def abort(self, key: str, code: str) -> Payment:
        """The payment is declined for good."""
        payment = self.by_key(key)
        if payment.status in OPEN:
            payment.failure = code
            self._change(payment, "ABORTED")
        return payment

    def confirm(self, key: str, *, order_id: str, amount: int) -> Payment:
        """Take the money of an authenticated payment, or open its virtual account."""
        payment = self.by_key(key)
        if payment.status == "EXPIRED":
            raise Refusal("NOT_FOUND_PAYMENT_SESSION")
        if payment.status == "ABORTED":
            raise Refusal(payment.failure or "REJECT_CARD_PAYMENT")
        if payment.status != "IN_PROGRESS":
            raise Refusal("INVALID_REQUEST" if payment.status == "READY" else "ALREADY_PROCESSED_PAYMENT")
        if (payment.order_id, payment.amount) != (order_id, amount):
            raise Refusal("INVALID_REQUEST")
        if self._archive.is_approved(order_id):
            raise Refusal("DUPLICATED_ORDER_ID")
        if payment.method == VIRTUAL_ACCOUNT:
            return self._open_account(payment, bank="20", customer_name="홍길동")
        return self._capture(payment)

    def issue_account(
        self, *, order_id: str, order_name: str, amount: int, customer_name: str, bank: str, valid_hours: int
    ) -> Payment:
        """Open a virtual account without a window (POST /v1/virtual-accounts)."""
        payment = self.open(
            order_id=order_id, order_name=order_name, amount=amount, method=VIRTUAL_ACCOUNT, valid_hours=valid_hours
        )
        return self._open_account(payment, bank=bank, customer_name=customer_name)

    def deposit(self, order_id: str) -> Payment:
        """The customer transfers the amount; the bank tells of it however late it is."""
        payment = self.by_order(order_id)
        if payment.account is None or payment.status not in ("WAITING_FOR_DEPOSIT", "CANCELED"):
            raise Refusal("INVALID_REQUEST")
        if payment.status == "CANCELED":
            raise Refusal("ALREADY_CANCELED_PAYMENT")
        payment.account.deposited = True
        return self._capture(payment)

    def fail_deposit(self, order_id: str) -> Payment:
        """The bank takes a deposit back: DONE becomes WAITING_FOR_DEPOSIT again."""
        payment = self.by_order(order_id)
        if payment.account is None or payment.status != "DONE":
            raise Refusal("INVALID_REQUEST")
        payment.account.deposited = False
        payment.approved_at = None
        self._write(payment, -payment.amount)
        self._change(payment, "WAITING_FOR_DEPOSIT")
        return payment

    def cancel(
        self, key: str, *, reason: str, amount: int | None, expected_balance: int | None, account_number: str
    ) -> Payment:
        """Refund all that is left, or `amount`; a virtual account without a deposit is closed.

        A deposit is paid back by the bank some time later, if it can pay into the account.
        """
        payment = self.by_key(key)
        self._refuse_cancel(payment, amount, expected_balance)
        if payment.account and payment.account.deposited and not account_number:
            raise Refusal("INVALID_REFUND_ACCOUNT_INFO")
        if account_number.startswith(IMPOSSIBLE_ACCOUNT):
            raise Refusal("INVALID_REFUND_ACCOUNT_NUMBER")
        given = payment.balance if amount is None else amount
        is_whole = given == payment.balance == payment.amount
        is_by_bank = payment.account is not None and payment.account.deposited
        was_deposited = payment.status != "WAITING_FOR_DEPOSIT"
        self._write(payment, -given if was_deposited else 0)
        payment.refunds.append(
            Refund(
                transaction_key=payment.transaction_key or "",
                amount=given,
                reason=reason,
                balance_after=payment.balance - given,
                at=self._clock.now(),
                status="PENDING" if is_by_bank else "COMPLETED",
                due_at=self._clock.now() + BANK_PAYS_SECONDS if is_by_bank else None,
                account_number=account_number if is_by_bank else "",
            )
        )
        self._change(payment, "CANCELED" if is_whole else "PARTIAL_CANCELED")
        return payment

    def pay_back(self, order_id: str, *, fails: bool = False, keeps_balance: bool = False) -> Payment:
        """The bank pays the refunds that are pending, or cannot; then their amount may be refunded again.

        With `keeps_balance` it may not: a person at the provider's desk has to do it.
        """
        payment = self.by_order(order_id)
        if not payment.pending:
            raise Refusal("INVALID_REQUEST")
        for refund in payment.pending:
            self._pay_back(payment, refund, fails=fails, keeps_balance=keeps_balance)
        self._change(payment, _status_of(payment))
        return payment

    def by_key(self, key: str) -> Payment:
        return self._in_time(self._archive.payment(key))

    def by_order(self, order_id: str) -> Payment:
        """The order's approved payment, else the latest window that was opened for it."""
        return self._in_time(self._archive.payment_of_order(order_id))

    def transactions(self, *, start: float, end: float, after: str | None, limit: int) -> list[Transaction]:
        return self._archive.transactions(start=start, end=end, after=after, limit=limit)

    async def expire_due(self) -> None:
        """Let every window and consent that has run out of time expire, some at a time."""
        while keys := self._archive.keys_that_expire(until=self._clock.now(), limit=EXPIRED_AT_ONCE):
            for key in keys:
                self.by_key(key)
            await asyncio.sleep(0)

    def _refuse_cancel(self, payment: Payment, amount: int | None, expected_balance: int | None) -> None:
        if payment.status == "CANCELED":
            raise Refusal("ALREADY_CANCELED_PAYMENT")
        if payment.status not in ("DONE", "PARTIAL_CANCELED", "WAITING_FOR_DEPOSIT"):
            raise Refusal("NOT_CANCELABLE_PAYMENT")
        if payment.status == "WAITING_FOR_DEPOSIT" and amount not in (None, payment.amount):
            raise Refusal("NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT")
        if not payment.is_partly_cancelable and amount not in (None, payment.amount):
            raise Refusal("NOT_ALLOWED_PARTIAL_REFUND")
        if payment.refunds and self._clock.now() - payment.refunds[-1].at < REFUND_PAUSE_SECONDS:
            raise Refusal("FORBIDDEN_CONSECUTIVE_REQUEST")
        if expected_balance is not None and expected_balance != payment.balance:
            raise Refusal("NOT_MATCHES_REFUNDABLE_AMOUNT")
        if payment.balance == 0 or (amount is not None and not 0 < amount <= payment.balance):
            raise Refusal("NOT_CANCELABLE_AMOUNT")

    def _open_account(self, payment: Payment, *, bank: str, customer_name: str) -> Payment:
        payment.account = Account(
            number=f"X{secrets.randbelow(10**13):013d}",
            bank=bank,
            customer_name=customer_name,
            due_at=self._clock.now() + payment.valid_hours * 3600,
        )
        self._write(payment, 0)
        self._change(payment, "WAITING_FOR_DEPOSIT")
        return payment

    def _capture(self, payment: Payment) -> Payment:
        payment.approved_at = self._clock.now()
        self._write(payment, payment.amount)
        self._change(payment, "DONE")
        return payment

    def _in_time(self, payment: Payment | None) -> Payment:
        """Return a payment that was found, after letting it expire if it has run out of time."""
        if payment is None:
            raise Refusal("NOT_FOUND_PAYMENT")
        if payment.expires_at is not None and self._clock.now() >= payment.expires_at:
            if payment.status in OPEN:
                self._change(payment, "EXPIRED")
            else:
                self._pay_what_is_due(payment)
        return payment

    def _pay_what_is_due(self, payment: Payment) -> None:
        for refund in payment.pending:
            if (refund.due_at or 0) <= self._clock.now():
                self._pay_back(payment, refund, fails=refund.account_number.startswith(NO_SUCH_ACCOUNT))
        self._change(payment, _status_of(payment))

    def _pay_back(self, payment: Payment, refund: Refund, *, fails: bool, keeps_balance: bool = False) -> None:
        refund.status = "FAILED" if fails else "COMPLETED"
        refund.is_back = fails and not keeps_balance
        if refund.is_back:
            self._archive.remove_transaction(refund.transaction_key)

    def _write(self, payment: Payment, amount: int) -> None:
        """Give the payment a new transaction key, and the journal a line where money moved."""
        payment.transaction_key = f"txrd_{int(self._clock.now() * 1000):012x}{secrets.token_hex(6)}"
        if amount == 0:
            return
        line = Transaction(
            key=payment.transaction_key,
            payment_key=payment.key,
            order_id=payment.order_id,
            method=payment.method,
            status="DONE" if amount > 0 else "CANCELED",
            amount=amount,
            at=self._clock.now(),
        )
        self._archive.add_transaction(line)

    def _change(self, payment: Payment, status: str) -> None:
        payment.status = status
        self._archive.put_payment(payment)
        self._on_change(payment)


def _status_of(payment: Payment) -> str:
    """The status of a payment that was paid, by what of it has gone back."""
    if payment.balance == payment.amount:
        return "DONE"
    given = [refund for refund in payment.refunds if not refund.is_back]
    return "CANCELED" if given[0].amount == payment.amount else "PARTIAL_CANCELED"
