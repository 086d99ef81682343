"""The calls of the port, on the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from apps.payments.gateway.port import ProviderPayment, ProviderReceipt, ProviderTransaction, ReceiptKind, RefundAccount
from tests.bank_transfer.ledger import Ledger


class BankTransferGateway:
    """See `PaymentGateway`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def confirm(self, payment_key: str, *, order_id: str, amount_krw: int, idempotency_key: str) -> ProviderPayment:
        return self._ledger.once(
            "confirm", idempotency_key, lambda: self._ledger.await_deposit(payment_key, order_id, amount_krw)
        )

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
        return self._ledger.once(
            "refund",
            idempotency_key,
            lambda: self._ledger.send_back(
                payment_key, amount_krw, reason, expected_balance_krw=expected_balance_krw, account=account
            ),
        )

    def issue_receipt(
        self, *, order_id: str, order_name: str, amount_krw: int, kind: ReceiptKind, identity: str, idempotency_key: str
    ) -> ProviderReceipt:
        return self._ledger.once(
            "receipt", f"receipt:{idempotency_key}", lambda: self._ledger.issue_receipt(amount_krw, identity)
        )

    def cancel_receipt(self, key: str, *, amount_krw: int | None, idempotency_key: str) -> None:
        self._ledger.once("receipt", f"receipt:{idempotency_key}", lambda: self._ledger.cancel_receipt(key, amount_krw))

    def find_by_key(self, payment_key: str) -> ProviderPayment | None:
        return self._ledger.find(lambda payment: payment.payment_key == payment_key)

    def find_by_order(self, order_id: str) -> ProviderPayment | None:
        return self._ledger.find(lambda payment: payment.order_id == order_id)

    def list_transactions(self, *, start: datetime, end: datetime) -> Iterator[ProviderTransaction]:
        yield from self._ledger.lines(start, end)


class AsyncBankTransferGateway:
    """See `AsyncPaymentGateway`."""

    def __init__(self, ledger: Ledger) -> None:
        self._gateway = BankTransferGateway(ledger)

    async def confirm(
        self, payment_key: str, *, order_id: str, amount_krw: int, idempotency_key: str
    ) -> ProviderPayment:
        return self._gateway.confirm(
            payment_key, order_id=order_id, amount_krw=amount_krw, idempotency_key=idempotency_key
        )

    async def aclose(self) -> None:
        """Nothing is kept open."""
