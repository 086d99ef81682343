"""Payments, their journal and the remembered answers, as rows of the store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec

from apps.payments.sandbox.records import Answer, CashReceipt, Payment, Transaction
from apps.payments.sandbox.store import Row, Store

PUT_PAYMENT = """
INSERT INTO payments (key, order_id, is_approved, has_account, expires_at, body) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET is_approved = excluded.is_approved, has_account = excluded.has_account,
    expires_at = excluded.expires_at, body = excluded.body
"""
PUT_TRANSACTION = "INSERT INTO transactions (at, key, body) VALUES (?, ?, ?)"
PUT_ANSWER = """
INSERT INTO answers (scope, at, status, body) VALUES (?, ?, ?, ?)
ON CONFLICT (scope) DO UPDATE SET at = excluded.at, status = excluded.status, body = excluded.body
"""

_encode = msgspec.json.Encoder().encode
_payment_of = msgspec.json.Decoder(Payment).decode
_receipt_of = msgspec.json.Decoder(CashReceipt).decode
_transaction_of = msgspec.json.Decoder(Transaction).decode


class Archive:
    """All that the sandbox knows of payments. What it returns is a copy: a change counts once it is put back."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._adopt_old_records()

    def payment(self, key: str) -> Payment | None:
        return _first_payment(self._store.read("SELECT body FROM payments WHERE key = ?", key))

    def payment_of_order(self, order_id: str) -> Payment | None:
        """Return the order's latest payment that was approved or has an account, else the latest of all."""
        return _first_payment(
            self._store.read(
                "SELECT body FROM payments WHERE order_id = ?"
                " ORDER BY is_approved OR has_account DESC, number DESC LIMIT 1",
                order_id,
            )
        )

    def is_approved(self, order_id: str) -> bool:
        """Tell whether a payment of the order was approved."""
        return bool(
            self._store.read("SELECT 1 FROM payments WHERE order_id = ? AND is_approved LIMIT 1", order_id),
        )

    def keys_that_expire(self, *, until: float, limit: int) -> list[str]:
        """Return keys of payments that nobody has confirmed in time, the earliest first."""
        rows = self._store.read(
            "SELECT key FROM payments WHERE expires_at <= ? ORDER BY expires_at LIMIT ?", until, limit
        )
        return [key for (key,) in rows]

    def put_payment(self, payment: Payment) -> None:
        self._store.write(PUT_PAYMENT, *_payment_row(payment))

    def add_transaction(self, line: Transaction) -> None:
        self._store.write(PUT_TRANSACTION, *_transaction_row(line))

    def remove_transaction(self, key: str) -> None:
        self._store.write("DELETE FROM transactions WHERE key = ?", key)

    def transactions(self, *, start: float, end: float, after: str | None, limit: int) -> list[Transaction]:
        """Return the journal's lines from `start` until before `end`, by time; with `after`, those behind that line."""
        at, key = start, ""
        if after:
            found = self._store.read(
                "SELECT at FROM transactions WHERE key = ? AND at >= ? AND at < ?", after, start, end
            )
            if not found:
                return []
            at, key = found[0][0], after
        rows = self._store.read(
            "SELECT body FROM transactions WHERE (at, key) > (?, ?) AND at < ? ORDER BY at, key LIMIT ?",
            at, key, end, limit,
        )  # fmt: skip
        return [_transaction_of(body) for (body,) in rows]

    def receipt(self, key: str) -> CashReceipt | None:
        rows = self._store.read("SELECT body FROM receipts WHERE key = ?", key)
        return _receipt_of(rows[0][0]) if rows else None

    def put_receipt(self, receipt: CashReceipt) -> None:
        self._store.write("INSERT OR REPLACE INTO receipts (key, body) VALUES (?, ?)", receipt.key, _encode(receipt))

    def answer(self, scope: str) -> Answer | None:
        rows = self._store.read("SELECT status, body, at FROM answers WHERE scope = ?", _digest(scope))
        return Answer(*rows[0]) if rows else None

    def put_answer(self, scope: str, answer: Answer) -> None:
        self._store.write(PUT_ANSWER, *_answer_row(scope, answer))

    def _adopt_old_records(self) -> None:
        """Take over the one table in which earlier versions kept everything."""
        if not self._store.read("SELECT 1 FROM sqlite_master WHERE name = 'records'"):
            return
        payments = sorted(
            (_payment_of(body) for _, body in self._old("Payment")), key=lambda payment: payment.opened_at
        )
        answers = ((scope, msgspec.json.decode(body, type=Answer)) for scope, body in self._old("Answer"))
        self._store.write_now(
            [
                (PUT_PAYMENT, map(_payment_row, payments)),
                (PUT_TRANSACTION, (_transaction_row(_transaction_of(body)) for _, body in self._old("Transaction"))),
                (PUT_ANSWER, (_answer_row(scope, answer) for scope, answer in answers)),
                ("DROP TABLE records", [()]),
            ]
        )

    def _old(self, kind: str) -> Iterator[Row]:
        yield from self._store.read("SELECT id, body FROM records WHERE kind = ?", kind)


def _first_payment(rows: list[Row]) -> Payment | None:
    return _payment_of(rows[0][0]) if rows else None


def _payment_row(payment: Payment) -> Row:
    is_approved, has_account = payment.approved_at is not None, payment.account is not None
    return payment.key, payment.order_id, is_approved, has_account, payment.expires_at, _encode(payment)


def _transaction_row(line: Transaction) -> Row:
    return line.at, line.key, _encode(line)


def _answer_row(scope: str, answer: Answer) -> Row:
    return _digest(scope), answer.at, answer.status, answer.body


def _digest(scope: str) -> bytes:
    """Shorten a scope, so that its index stays small and the file holds no API key."""
    return hashlib.blake2b(scope.encode(), digest_size=16).digest()
