"""Toss's cash receipts: POST /v1/cash-receipts and /v1/cash-receipts/{receiptKey}/cancel.

One that is issued so after the payment is not linked with it (the reference says so), hence cancelled by us as well.
"""

from __future__ import annotations

from typing import Any

from apps.payments.gateway.port import OutcomeUnknown, ProviderReceipt, ReceiptKind

KINDS = {ReceiptKind.INCOME_DEDUCTION: "소득공제", ReceiptKind.BUSINESS_PROOF: "지출증빙"}
LONGEST_NAME = 100  # characters, of an order


def issue_body(*, order_id: str, order_name: str, amount_krw: int, kind: ReceiptKind, identity: str) -> dict[str, Any]:
    """Write the body that asks for a receipt."""
    return {
        "amount": amount_krw,
        "orderId": order_id,
        "orderName": order_name[:LONGEST_NAME],
        "customerIdentityNumber": identity,
        "type": KINDS[kind],
    }


def receipt(document: Any) -> ProviderReceipt:
    """Read a CashReceipt object, or the `cashReceipt` of a Payment.

    Raises:
        OutcomeUnknown: the document is not one.
    """
    try:
        return ProviderReceipt(
            key=str(document["receiptKey"]),
            issue_number=str(document.get("issueNumber") or ""),
            url=str(document.get("receiptUrl") or ""),
            amount_krw=int(document["amount"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise OutcomeUnknown("UNREADABLE_ANSWER", f"{type(error).__name__}: {error}") from error
