"""Toss's JSON documents, read into the port's types."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec

from apps.payments.gateway.port import (
    OutcomeUnknown,
    PaymentState,
    ProviderPayment,
    ProviderRefund,
    ProviderTransaction,
    RefundState,
    VirtualAccount,
)
from apps.payments.gateway.toss import receipts

NAME = "toss"
KOREA = timezone(timedelta(hours=9))  # all of Toss's times; Korea has no daylight saving

STATES = {
    "READY": PaymentState.OPEN,
    "IN_PROGRESS": PaymentState.OPEN,
    "WAITING_FOR_DEPOSIT": PaymentState.AWAITING_DEPOSIT,
    "DONE": PaymentState.CAPTURED,
    "PARTIAL_CANCELED": PaymentState.PARTLY_REFUNDED,
    "CANCELED": PaymentState.REFUNDED,
    "ABORTED": PaymentState.DEAD,
    "EXPIRED": PaymentState.DEAD,
}


def confirmation(payment_key: str, *, order_id: str, amount_krw: int) -> dict[str, Any]:
    """Write the body that asks for the money of a payment."""
    return {"paymentKey": payment_key, "orderId": order_id, "amount": amount_krw}


def decode(content: bytes) -> Any:
    """Return the JSON of an answer, or None where there is none (a proxy's page, a cut connection)."""
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def payment(document: Any) -> ProviderPayment:
    """Read a Payment object.

    Raises:
        OutcomeUnknown: the document is not one, so nothing may be concluded from it.
    """
    try:
        return _payment(document)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise OutcomeUnknown("UNREADABLE_ANSWER", f"{type(error).__name__}: {error}") from error


def transaction(document: dict[str, Any]) -> ProviderTransaction:
    """Read a line of the journal."""
    return ProviderTransaction(
        transaction_key=document["transactionKey"],
        payment_key=document["paymentKey"],
        order_id=document["orderId"],
        amount_krw=_krw(document["amount"]),
        happened_at=_time(document["transactionAt"]),
    )


def local_time(moment: datetime) -> str:
    """Write a time as Toss's query strings have it: Korean, without an offset."""
    return moment.astimezone(KOREA).replace(tzinfo=None).isoformat(timespec="seconds")


def _payment(document: dict[str, Any]) -> ProviderPayment:
    amount_krw, balance_krw = _krw(document["totalAmount"]), _krw(document["balanceAmount"])
    approved_at = document.get("approvedAt")
    state = _state(document["status"], balance_krw, is_approved=bool(approved_at))
    failure_code = (document.get("failure") or {}).get("code", "")
    return ProviderPayment(
        provider=NAME,
        payment_key=document["paymentKey"],
        order_id=document["orderId"],
        state=state,
        method=document.get("method") or "",
        amount_krw=amount_krw,
        balance_krw=balance_krw,
        approved_at=_time(approved_at) if approved_at else None,
        secret=document.get("secret") or "",
        failure_code=failure_code or (document["status"] if state is PaymentState.DEAD else ""),
        virtual_account=_virtual_account(document.get("virtualAccount")),
        refunds=_refunds(document),
        is_partly_refundable=document.get("isPartialCancelable") is not False,
        is_culture_expense=bool(document.get("cultureExpense")),
        receipt=receipts.receipt(document["cashReceipt"]) if document.get("cashReceipt") else None,
        payload=document,
    )


def _state(status: str, balance_krw: int, *, is_approved: bool) -> PaymentState:
    """Read a status.

    Partial cancels down to nothing stay PARTIAL_CANCELED at Toss: the balance decides. A virtual
    account that was cancelled before its deposit never took money: it was not approved.
    """
    state = STATES[status]
    if state is PaymentState.PARTLY_REFUNDED and balance_krw == 0:
        return PaymentState.REFUNDED
    if state is PaymentState.REFUNDED and not is_approved:
        return PaymentState.DEAD
    return state


def _refunds(document: dict[str, Any]) -> tuple[ProviderRefund, ...]:
    cancels = document.get("cancels") or []
    account = document.get("virtualAccount")
    status = account.get("refundStatus") or "NONE" if account else "COMPLETED"
    return tuple(_refund(cancel, status, is_last=cancel is cancels[-1]) for cancel in cancels)


def _refund(document: dict[str, Any], refund_status: str, *, is_last: bool) -> ProviderRefund:
    return ProviderRefund(
        transaction_key=document["transactionKey"],
        amount_krw=_krw(document["cancelAmount"]),
        reason=document.get("cancelReason") or "",
        refunded_at=_time(document["canceledAt"]),
        state=_refund_state(document.get("cancelStatus") or "DONE", refund_status, is_last=is_last),
    )


def _refund_state(cancel_status: str, refund_status: str, *, is_last: bool) -> RefundState:
    """Read where one cancel stands, from its own status and from `refundStatus`, which is that of the whole account.

    The bank pays a deposit back about two days after its cancel: until it is COMPLETED nothing is certain, NONE and a
    status unknown to us included. PARTIAL_FAILED does not say which part has failed: the one that was asked for last.
    """
    if cancel_status == "ABORTED" or refund_status == "FAILED":
        return RefundState.FAILED
    if cancel_status != "DONE":
        return RefundState.ON_ITS_WAY
    if refund_status == "COMPLETED":
        return RefundState.DONE
    return RefundState.FAILED if refund_status == "PARTIAL_FAILED" and is_last else RefundState.ON_ITS_WAY


def _virtual_account(document: dict[str, Any] | None) -> VirtualAccount | None:
    if document is None:
        return None
    return VirtualAccount(
        bank=document["bankCode"],
        account_number=document["accountNumber"],
        holder_name=document.get("customerName") or "",
        due_at=_time(document["dueDate"]),
    )


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=KOREA)


def _krw(number: float) -> int:
    """Won have no fractions; the API's numbers may still come as `1000.0`."""
    if number != int(number):
        raise ValueError(f"{number} is not a whole number of won")
    return int(number)
