"""The payment window: what Toss shows the customer, and the browser script that opens it."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template
from typing import Annotated
from urllib.parse import urlencode, urlsplit

import msgspec

from apps.payments.sandbox.codes import Refusal, message_of
from apps.payments.sandbox.http import Request, Response, redirect
from apps.payments.sandbox.ledger import Ledger
from apps.payments.sandbox.provider_api import Amount, OrderId
from apps.payments.sandbox.records import METHODS, Payment

ASSETS = Path(__file__).parent / "assets"
DECLINED = "REJECT_CARD_COMPANY"
CLOSED = "PAY_PROCESS_CANCELED"
METHOD_LABELS = {
    "카드": ("신용·체크카드", "Card"),
    "간편결제": ("간편결제", "Easy pay"),
    "가상계좌": ("가상계좌 (무통장입금)", "Virtual account"),
    "계좌이체": ("계좌이체", "Bank transfer"),
    "휴대폰": ("휴대폰", "Mobile phone"),
}
STATE_LABELS = {
    "IN_PROGRESS": ("인증을 마쳤습니다", "You have agreed to pay"),
    "WAITING_FOR_DEPOSIT": ("입금을 기다리고 있습니다", "Waiting for the deposit"),
    "DONE": ("결제가 완료되었습니다", "Paid"),
    "CANCELED": ("결제가 취소되었습니다", "Cancelled"),
    "PARTIAL_CANCELED": ("일부 취소되었습니다", "Partly refunded"),
    "ABORTED": ("결제가 거절되었습니다", "Declined"),
    "EXPIRED": ("결제 시간이 지났습니다", "Out of time"),
}
PAGE_HEADERS = (
    ("content-security-policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
)


class WindowQuery(msgspec.Struct, rename="camel"):
    """What the shop's page hands over, under the names of Toss's SDK."""

    order_id: OrderId
    amount: Amount
    success_url: str
    fail_url: str
    order_name: str = ""
    method: str = METHODS[0]
    valid_hours: Annotated[int, msgspec.Meta(ge=1, le=2160)] = 168  # of a virtual account
    culture_expense: bool = False


class Window:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def answer(self, request: Request) -> Response:
        match request.method, request.segments:
            case "GET", ():
                return Response(200, (ASSETS / "index.html").read_bytes(), "text/html; charset=utf-8", PAGE_HEADERS)
            case "GET", ("v2", "standard"):
                return _asset("sdk.js", "text/javascript; charset=utf-8")
            case "GET", ("sandbox", "window", "window.css"):
                return _asset("window.css", "text/css; charset=utf-8")
            case "GET", ("sandbox", "window"):
                return self._open(request)
            case "GET", ("sandbox", "window", key):
                return _page(self._ledger.by_key(key))
            case "POST", ("sandbox", "window", key):
                return self._choose(self._ledger.by_key(key), request.form())
        raise Refusal("NOT_FOUND")

    def _open(self, request: Request) -> Response:
        try:
            query = msgspec.convert(request.query, WindowQuery, strict=False)
        except msgspec.ValidationError as error:
            raise Refusal("INVALID_REQUEST", str(error)) from error
        if query.method not in METHODS or not all(map(_is_web_address, (query.success_url, query.fail_url))):
            raise Refusal("INVALID_REQUEST")
        payment = self._ledger.open(
            order_id=query.order_id,
            amount=query.amount,
            order_name=query.order_name[:100],
            method=query.method,
            success_url=query.success_url,
            fail_url=query.fail_url,
            valid_hours=query.valid_hours,
            culture_expense=query.culture_expense,
        )
        return redirect(f"/sandbox/window/{payment.key}")

    def _choose(self, payment: Payment, form: dict[str, str]) -> Response:
        """Do what the person chose and lead the browser back to the shop, as Toss does."""
        choice = form.get("choice")
        if choice == "close":
            return _back(payment.fail_url, code=CLOSED, message=message_of(CLOSED), orderId=payment.order_id)
        if payment.status != "READY":
            return _page(payment)
        if choice == "decline":
            self._ledger.abort(payment.key, DECLINED)
            return _back(payment.fail_url, code=DECLINED, message=message_of(DECLINED), orderId=payment.order_id)
        if choice != "success" or form.get("method") not in METHODS:
            raise Refusal("INVALID_REQUEST")
        self._ledger.authenticate(payment.key, method=form["method"])
        return _back(
            payment.success_url,
            paymentType="NORMAL",
            orderId=payment.order_id,
            paymentKey=payment.key,
            amount=str(payment.amount),
        )


def _page(payment: Payment) -> Response:
    is_open = payment.status == "READY"
    korean, english = STATE_LABELS.get(payment.status, ("", ""))
    body = Template((ASSETS / ("window.html" if is_open else "state.html")).read_text("utf-8")).substitute(
        key=escape(payment.key),
        order_id=escape(payment.order_id),
        order_name=escape(payment.order_name),
        amount=f"{payment.amount:,}",
        state_ko=korean,
        state_en=english,
        methods="".join(_method_option(method, checked=method == payment.method) for method in METHODS),
    )
    return Response(200, body.encode(), "text/html; charset=utf-8", PAGE_HEADERS)


def _method_option(method: str, *, checked: bool) -> str:
    korean, english = METHOD_LABELS[method]
    return (
        f'<label class="method"><input type="radio" name="method" value="{method}"{" checked" if checked else ""}>'
        f'<span>{korean} <small lang="en">{english}</small></span></label>'
    )


def _back(address: str, **query: str) -> Response:
    if not address:
        raise Refusal("INVALID_REQUEST", "The window was opened without an address to return to.")
    return redirect(f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(query)}")


def _asset(name: str, content_type: str) -> Response:
    return Response(200, (ASSETS / name).read_bytes(), content_type)


def _is_web_address(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in ("http", "https") and bool(parts.netloc)
