"""Toss Payments, API version 2022-11-16, behind the port (docs.tosspayments.com/reference)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from apps.payments.gateway.port import (
    OutcomeUnknown,
    ProviderPayment,
    ProviderReceipt,
    ProviderTransaction,
    ReceiptKind,
    RefundAccount,
    Refused,
)
from apps.payments.gateway.toss import documents, receipts
from apps.payments.gateway.toss.errors import TRACE_HEADER, error_of

logger = logging.getLogger(__name__)

PAGE_SIZE = 1000  # transactions per call; the reference allows 5000
MAX_REASON_LENGTH = 200


class TossGateway:
    """Speak to Toss with one secret key; safe to share between threads.

    Args:
        api_base: `https://api.tosspayments.com`, or the sandbox's address.
        secret_key: the shop's secret key; its calls carry it as the user name of Basic authentication.
        connect_timeout_seconds: how long to wait for a connection, and for a free one of the pool.
        read_timeout_seconds: how long to wait for an answer; after it the outcome is unknown.
    """

    def __init__(
        self,
        api_base: str,
        *,
        secret_key: str,
        connect_timeout_seconds: float = 5.0,
        read_timeout_seconds: float = 20.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._client = httpx.Client(
            base_url=api_base,
            auth=httpx.BasicAuth(secret_key, ""),
            timeout=httpx.Timeout(read_timeout_seconds, connect=connect_timeout_seconds, pool=connect_timeout_seconds),
            # Shorter than servers keep an idle connection, so a request rarely meets one that is being closed.
            limits=httpx.Limits(max_connections=100, keepalive_expiry=4.0),
            headers={"Accept": "application/json"},
            follow_redirects=False,
            transport=transport,
        )

    def confirm(self, payment_key: str, *, order_id: str, amount_krw: int, idempotency_key: str) -> ProviderPayment:
        body = documents.confirmation(payment_key, order_id=order_id, amount_krw=amount_krw)
        return documents.payment(self._post("/v1/payments/confirm", body, idempotency_key=idempotency_key))

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
        body: dict[str, Any] = {"cancelReason": reason[:MAX_REASON_LENGTH]}
        if amount_krw is not None:
            body["cancelAmount"] = amount_krw
        if expected_balance_krw is not None:
            body["refundableAmount"] = expected_balance_krw
        if account is not None:
            body["refundReceiveAccount"] = {
                "bank": account.bank,
                "accountNumber": account.account_number,
                "holderName": account.holder_name,
            }
        path = f"/v1/payments/{quote(payment_key, safe='')}/cancel"
        return documents.payment(self._post(path, body, idempotency_key=idempotency_key))

    def issue_receipt(
        self, *, order_id: str, order_name: str, amount_krw: int, kind: ReceiptKind, identity: str, idempotency_key: str
    ) -> ProviderReceipt:
        body = receipts.issue_body(
            order_id=order_id, order_name=order_name, amount_krw=amount_krw, kind=kind, identity=identity
        )
        return receipts.receipt(self._post("/v1/cash-receipts", body, idempotency_key=idempotency_key))

    def cancel_receipt(self, key: str, *, amount_krw: int | None, idempotency_key: str) -> None:
        body = {} if amount_krw is None else {"amount": amount_krw}
        self._post(f"/v1/cash-receipts/{quote(key, safe='')}/cancel", body, idempotency_key=idempotency_key)

    def find_by_key(self, payment_key: str) -> ProviderPayment | None:
        return self._find(f"/v1/payments/{quote(payment_key, safe='')}")

    def find_by_order(self, order_id: str) -> ProviderPayment | None:
        return self._find(f"/v1/payments/orders/{quote(order_id, safe='')}")

    def list_transactions(self, *, start: datetime, end: datetime) -> Iterator[ProviderTransaction]:
        query: dict[str, str | int] = {
            "startDate": documents.local_time(start),
            "endDate": documents.local_time(end),
            "limit": PAGE_SIZE,
        }
        while True:
            page = self._get("/v1/transactions", query)
            yield from map(documents.transaction, page)
            if len(page) < PAGE_SIZE:
                return
            query["startingAfter"] = page[-1]["transactionKey"]

    def _find(self, path: str) -> ProviderPayment | None:
        try:
            return documents.payment(self._get(path))
        except Refused as refusal:
            if refusal.provider_code == "NOT_FOUND_PAYMENT":
                return None
            # A question changes nothing: whatever was refused, what happened to the money is still unknown.
            raise OutcomeUnknown(refusal.provider_code, refusal.message) from refusal

    def _get(self, path: str, query: Mapping[str, str | int] | None = None) -> Any:
        return self._call("GET", path, params=query)

    def _post(self, path: str, body: Mapping[str, Any], *, idempotency_key: str) -> Any:
        return self._call("POST", path, json=body, headers={"Idempotency-Key": idempotency_key})

    def _call(self, method: str, path: str, **arguments: Any) -> Any:
        """Send one request, once, and return the document of a 200."""
        try:
            response = self._client.request(method, path, **arguments)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            # Nothing was sent this time, but an earlier request under the same key may have been.
            raise OutcomeUnknown("NO_CONNECTION", str(error)) from error
        except httpx.TransportError as error:
            logger.warning("toss %s %s: %s", method, path, type(error).__name__)
            raise OutcomeUnknown("NO_ANSWER", type(error).__name__) from error
        document = documents.decode(response.content)
        if response.status_code == httpx.codes.OK and document is not None:
            return document
        trace = response.headers.get(TRACE_HEADER)
        raise error_of(f"{method} {path}", response.status_code, document, trace=trace)
