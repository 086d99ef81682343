"""Cash receipts: issued for an order, cancelled in parts or whole. They know nothing of the payment, as at Toss."""

from __future__ import annotations

import secrets

from apps.payments.sandbox.archive import Archive
from apps.payments.sandbox.clock import Clock
from apps.payments.sandbox.codes import Refusal
from apps.payments.sandbox.records import CashReceipt


class Receipts:
    def __init__(self, archive: Archive, clock: Clock) -> None:
        self._archive = archive
        self._clock = clock

    def issue(self, *, order_id: str, order_name: str, amount: int, kind: str, identity: str) -> CashReceipt:
        """Issue a receipt in somebody's name."""
        receipt = CashReceipt(
            key=f"cr_{secrets.token_hex(12)}",
            order_id=order_id,
            order_name=order_name,
            kind=kind,
            identity=identity,
            amount=amount,
            requested_at=self._clock.now(),
        )
        self._archive.put_receipt(receipt)
        return receipt

    def cancel(self, key: str, *, amount: int | None) -> tuple[CashReceipt, int]:
        """Take `amount` off a receipt, or all that is left of it; return it and what was taken."""
        receipt = self._archive.receipt(key)
        if receipt is None:
            raise Refusal("NOT_FOUND")
        taken = receipt.amount if amount is None else amount
        if not 0 < taken <= receipt.amount:
            raise Refusal("INVALID_REQUEST")
        receipt.amount -= taken
        self._archive.put_receipt(receipt)
        return receipt, taken
