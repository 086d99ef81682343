"""The Payment object of the API, version 2022-11-16, drawn from a record."""

from __future__ import annotations

from typing import Any

from apps.payments.sandbox.clock import iso
from apps.payments.sandbox.codes import message_of
from apps.payments.sandbox.records import CARD, CashReceipt, Payment, Refund, Transaction

MID = "tvivasandbox"
VAT_DIVISOR = 11


def payment_document(payment: Payment, *, checkout_base: str = "") -> dict[str, Any]:
    """Draw a payment; amounts that a refund shrinks are of what is left."""
    balance = payment.balance
    vat = round(balance / VAT_DIVISOR)
    return {
        "version": "2022-11-16",
        "paymentKey": payment.key,
        "type": "NORMAL",
        "orderId": payment.order_id,
        "orderName": payment.order_name,
        "mId": MID,
        "currency": "KRW",
        "country": "KR",
        "method": payment.method if payment.authenticated_at or payment.account else None,
        "totalAmount": payment.amount,
        "balanceAmount": balance,
        "suppliedAmount": balance - vat,
        "vat": vat,
        "taxFreeAmount": 0,
        "taxExemptionAmount": 0,
        "status": payment.status,
        "requestedAt": iso(payment.opened_at),
        "approvedAt": iso(payment.approved_at),
        "lastTransactionKey": payment.transaction_key,
        "secret": payment.secret,
        "useEscrow": False,
        "cultureExpense": payment.culture_expense,
        "isPartialCancelable": payment.is_partly_cancelable,
        "card": _card(payment),
        "virtualAccount": _virtual_account(payment),
        "transfer": None,
        "mobilePhone": None,
        "easyPay": None,
        "cashReceipt": None,
        "cashReceipts": None,
        "receipt": {"url": f"{checkout_base}/sandbox/window/{payment.key}"} if payment.approved_at else None,
        "checkout": {"url": f"{checkout_base}/sandbox/window/{payment.key}"},
        "failure": {"code": payment.failure, "message": message_of(payment.failure)} if payment.failure else None,
        "cancels": [_cancel(payment, refund) for refund in payment.refunds] or None,
    }


def transaction_document(line: Transaction) -> dict[str, Any]:
    return {
        "mId": MID,
        "transactionKey": line.key,
        "paymentKey": line.payment_key,
        "orderId": line.order_id,
        "method": line.method,
        "status": line.status,
        "transactionAt": iso(line.at),
        "currency": "KRW",
        "amount": line.amount,
    }


def receipt_document(receipt: CashReceipt, *, amount: int, base: str, is_cancel: bool = False) -> dict[str, Any]:
    """Draw a CashReceipt object: `amount` is what this call has issued or cancelled."""
    return {
        "receiptKey": receipt.key,
        "orderId": receipt.order_id,
        "orderName": receipt.order_name,
        "type": receipt.kind,
        "issueNumber": receipt.key[-9:],
        "receiptUrl": f"{base}/sandbox/window/receipts/{receipt.key}",
        "businessNumber": "0000000000",
        "transactionType": "CANCEL" if is_cancel else "CONFIRM",
        "amount": amount,
        "taxFreeAmount": 0,
        "issueStatus": "IN_PROGRESS",
        "failure": None,
        "customerIdentityNumber": receipt.identity,
        "requestedAt": iso(receipt.requested_at),
    }


def _card(payment: Payment) -> dict[str, Any] | None:
    if payment.method != CARD or payment.approved_at is None:
        return None
    return {
        "amount": payment.amount,
        "issuerCode": "61",
        "acquirerCode": "31",
        "number": "12345678****789*",
        "installmentPlanMonths": 0,
        "approveNo": "00000000",
        "useCardPoint": False,
        "cardType": "신용",
        "ownerType": "개인",
        "acquireStatus": "READY",
        "isInterestFree": False,
        "interestPayer": None,
    }


def _virtual_account(payment: Payment) -> dict[str, Any] | None:
    account = payment.account
    if account is None:
        return None
    return {
        "accountType": "일반",
        "accountNumber": account.number,
        "bankCode": account.bank,
        "customerName": account.customer_name,
        "depositorName": account.customer_name,
        "dueDate": (iso(account.due_at) or "")[:19],
        "refundStatus": payment.refund_status,
        "expired": False,
        "settlementStatus": "COMPLETED" if account.deposited else "INCOMPLETED",
        "refundReceiveAccount": None,
    }


def _cancel(payment: Payment, refund: Refund) -> dict[str, Any]:
    return {
        "cancelAmount": refund.amount,
        "cancelReason": refund.reason,
        "taxFreeAmount": 0,
        "taxExemptionAmount": 0,
        "refundableAmount": refund.balance_after,
        "transferDiscountAmount": 0,
        "easyPayDiscountAmount": 0,
        "canceledAt": iso(refund.at),
        "transactionKey": refund.transaction_key,
        "receiptKey": None,
        "cancelStatus": "ABORTED" if refund.is_back else "DONE",
        "cancelRequestId": None,
    }
