"""The payment provider of the benchmarks: as little as its side of Toss's API can cost, with a delay of its own.

    python -m bench.provider --port 9000 --delay-ms 50

It takes every payment that it is asked to take, and keeps it in memory; whoever asks is believed. The sandbox
(apps/payments/sandbox) is the provider to try things with: it has windows, faults, webhooks and refusals. This one is
there so that a measurement of confirms measures the platform.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, cast
from urllib.parse import unquote

import httptools
import msgspec
import uvloop

DELAY_MS = 50
KOREA = timezone(timedelta(hours=9))
CARD = {
    "issuerCode": "61", "acquirerCode": "31", "number": "12345678****000*", "installmentPlanMonths": 0,
    "approveNo": "00000000", "useCardPoint": False, "cardType": "신용", "ownerType": "개인",
    "acquireStatus": "READY", "isInterestFree": False, "interestPayer": None,
}  # fmt: skip
PAYMENTS, CONFIRM, OF_ORDERS, CANCEL = "/v1/payments/", "confirm", "orders/", "/cancel"
REASONS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found"}

Answer = tuple[int, dict[str, Any]]


class Confirm(msgspec.Struct, rename="camel"):
    """The body of a confirm."""

    payment_key: str
    order_id: str
    amount: int


class Cancel(msgspec.Struct, rename="camel"):
    """The body of a cancel; without an amount all that is left is given back."""

    cancel_reason: str
    cancel_amount: int | None = None


class Ledger:
    """The payments by their keys and by their orders, as Toss's Payment objects."""

    def __init__(self) -> None:
        self._by_key: dict[str, dict[str, Any]] = {}
        self._by_order: dict[str, dict[str, Any]] = {}

    def confirm(self, body: bytes) -> Answer:
        """Take the money. The same payment again gets the same answer."""
        wanted = msgspec.json.decode(body, type=Confirm)
        payment = self._by_key.get(wanted.payment_key)
        if payment is None:
            payment = new_payment(wanted)
            self._by_key[wanted.payment_key] = self._by_order[wanted.order_id] = payment
        elif (payment["orderId"], payment["totalAmount"]) != (wanted.order_id, wanted.amount):
            return refusal(400, "INVALID_REQUEST")
        return 200, payment

    def cancel(self, payment_key: str, body: bytes) -> Answer:
        """Give money back."""
        wanted, payment = msgspec.json.decode(body, type=Cancel), self._by_key.get(payment_key)
        if payment is None:
            return refusal(404, "NOT_FOUND_PAYMENT")
        balance = payment["balanceAmount"]
        amount = balance if wanted.cancel_amount is None else wanted.cancel_amount
        if not 0 < amount <= balance:
            return refusal(403, "NOT_CANCELABLE_AMOUNT")
        left = balance - amount
        cancels = payment["cancels"] or []
        key = f"bench-cancel-{payment_key}-{len(cancels) + 1}"
        payment |= taxed(left) | {
            "status": "PARTIAL_CANCELED" if cancels or left else "CANCELED",
            "lastTransactionKey": key,
            "cancels": [
                *cancels,
                {
                    "cancelAmount": amount, "cancelReason": wanted.cancel_reason, "refundableAmount": left,
                    "canceledAt": now(), "transactionKey": key, "cancelStatus": "DONE",
                },
            ],
        }  # fmt: skip
        return 200, payment

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        """Answer one request: a confirm, a cancel, or a question by key or by order."""
        name = path.removeprefix(PAYMENTS)
        try:
            if method == "POST" and name == CONFIRM:
                return self.confirm(body)
            if method == "POST" and name.endswith(CANCEL):
                return self.cancel(unquote(name.removesuffix(CANCEL)), body)
        except msgspec.DecodeError:
            return refusal(400, "INVALID_REQUEST")
        found = None
        if method == "GET" and path.startswith(PAYMENTS):
            is_order = name.startswith(OF_ORDERS)
            known = self._by_order if is_order else self._by_key
            found = known.get(unquote(name.removeprefix(OF_ORDERS) if is_order else name))
        return (200, found) if found is not None else refusal(404, "NOT_FOUND_PAYMENT")


def refusal(status: int, code: str) -> Answer:
    """An error as Toss writes it."""
    return status, {"code": code, "message": code}


def now() -> str:
    """This moment as Toss writes it."""
    return datetime.now(KOREA).isoformat(timespec="seconds")


def taxed(amount: int) -> dict[str, int]:
    """What is left of a payment, and the tax in it."""
    vat = round(amount / 11)
    return {"balanceAmount": amount, "suppliedAmount": amount - vat, "vat": vat}


def new_payment(wanted: Confirm) -> dict[str, Any]:
    """A payment by card that is DONE."""
    moment = now()
    return {
        "version": "2022-11-16", "mId": "bench", "type": "NORMAL", "currency": "KRW", "country": "KR",
        "paymentKey": wanted.payment_key, "orderId": wanted.order_id, "orderName": "bench",
        "status": "DONE", "method": "카드", "requestedAt": moment, "approvedAt": moment,
        "lastTransactionKey": f"bench-{wanted.payment_key}", "secret": "ps_bench",
        "totalAmount": wanted.amount, **taxed(wanted.amount), "taxFreeAmount": 0, "taxExemptionAmount": 0,
        "useEscrow": False, "cultureExpense": False, "isPartialCancelable": True,
        "card": CARD | {"amount": wanted.amount}, "virtualAccount": None, "transfer": None, "mobilePhone": None,
        "easyPay": None, "receipt": None, "checkout": None, "failure": None, "cancels": None,
    }  # fmt: skip


def encode(answer: Answer) -> bytes:
    """Return the answer as it goes over the wire."""
    status, document = answer
    body = msgspec.json.encode(document)
    return (
        b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        % (status, REASONS[status].encode(), len(body))
    ) + body


class Connection(asyncio.Protocol):
    """One kept connection. Money takes the delay, a question none. Whoever pipelines is cut off."""

    def __init__(self, ledger: Ledger, *, delay_seconds: float) -> None:
        self._ledger = ledger
        self._delay_seconds = delay_seconds
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._url, self._body, self._is_busy = b"", b"", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._cut_off()

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        if self._is_busy:
            self._cut_off()
            return
        method = self._parser.get_method().decode()
        path = httptools.parse_url(self._url).path.decode()
        body, self._url, self._body, self._is_busy = self._body, b"", b"", True
        # The money moves when the answer does: what is decided then is what a question afterwards finds.
        reply = self._reply_of(method, path, body)
        if method == "POST":
            self._loop.call_later(self._delay_seconds, reply)
        else:
            reply()

    def _reply_of(self, method: str, path: str, body: bytes) -> Callable[[], None]:
        def reply() -> None:
            answer = self._ledger.answer(method, path, body)
            self._is_busy = False
            if self._transport is not None:
                self._transport.write(encode(answer))

        return reply

    def _cut_off(self) -> None:
        if self._transport is not None:
            self._transport.abort()


async def serve(*, port: int, delay_ms: float) -> None:
    """Listen on the loopback address until the process is ended."""
    ledger = Ledger()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(ledger, delay_seconds=delay_ms / 1000), "127.0.0.1", port, backlog=2048
    )
    await server.serve_forever()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m bench.provider", description="A bare stand-in of Toss Payments.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--delay-ms", type=float, default=DELAY_MS, help="between a POST and its answer")
    parsed = parser.parse_args()
    uvloop.run(serve(port=parsed.port, delay_ms=parsed.delay_ms))


if __name__ == "__main__":
    main()
