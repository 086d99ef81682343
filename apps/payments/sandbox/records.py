"""What the sandbox keeps: payments, refunds, remembered answers. Times are Unix seconds, amounts won."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

Record = TypeVar("Record", bound=msgspec.Struct)

CARD = "카드"
VIRTUAL_ACCOUNT = "가상계좌"
METHODS = (CARD, "간편결제", VIRTUAL_ACCOUNT, "계좌이체", "휴대폰")
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


class Archive:
    """Records by kind and id in one SQLite table, so that a restart keeps them; in memory without a path."""

    def __init__(self, path: Path | None) -> None:
        self._connection = sqlite3.connect(path or ":memory:", isolation_level=None)
        if path:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS records (kind TEXT, id TEXT, body BLOB, PRIMARY KEY (kind, id)) WITHOUT ROWID"
        )

    def put(self, record: msgspec.Struct, *, key: str) -> None:
        self._connection.execute(
            "REPLACE INTO records VALUES (?, ?, ?)", (type(record).__name__, key, msgspec.json.encode(record))
        )

    def load(self, kind: type[Record]) -> Iterator[tuple[str, Record]]:
        for key, body in self._connection.execute("SELECT id, body FROM records WHERE kind = ?", (kind.__name__,)):
            yield key, msgspec.json.decode(body, type=kind)

    def close(self) -> None:
        self._connection.close()
