"""`/sandbox/...`: what stands in for people, banks and bad luck in scripts and tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

import msgspec

from apps.payments.sandbox.clock import Clock
from apps.payments.sandbox.codes import Refusal
from apps.payments.sandbox.documents import payment_document
from apps.payments.sandbox.faults import Faults
from apps.payments.sandbox.http import Request, Response, json_response
from apps.payments.sandbox.ledger import Ledger
from apps.payments.sandbox.provider_api import Amount, OrderId, ProviderApi
from apps.payments.sandbox.records import SDK_METHODS
from apps.payments.sandbox.webhooks import Webhooks

Method = Literal[
    "카드", "간편결제", "가상계좌", "계좌이체", "휴대폰",
    "CARD", "EASY_PAY", "VIRTUAL_ACCOUNT", "TRANSFER", "MOBILE_PHONE",
]  # fmt: skip


class AuthenticateBody(msgspec.Struct, rename="camel"):
    """What was agreed to; `method` under the name of Toss's answers or of its browser script."""

    order_id: OrderId
    amount: Amount
    method: Method = "카드"
    order_name: str = ""
    valid_hours: Annotated[int, msgspec.Meta(ge=1, le=2160)] = 168
    culture_expense: bool = False


class DepositBody(msgspec.Struct, rename="camel"):
    order_id: OrderId
    fails: bool = False


class PayBackBody(msgspec.Struct, rename="camel"):
    order_id: OrderId
    fails: bool = False
    keeps_balance: bool = False


class ClockBody(msgspec.Struct):
    ahead_seconds: Annotated[float, msgspec.Meta(ge=0)]


class WebhookBody(msgspec.Struct):
    url: str


class Knobs:
    def __init__(self, ledger: Ledger, provider: ProviderApi, webhooks: Webhooks, clock: Clock) -> None:
        self._ledger = ledger
        self._provider = provider
        self._webhooks = webhooks
        self._clock = clock
        self._answers: dict[tuple[str, str], Callable[[Request], Any]] = {
            ("POST", "authenticate"): self._authenticate,
            ("POST", "deposit"): self._deposit,
            ("POST", "pay-back"): self._pay_back,
            ("PUT", "faults"): self._set_faults,
            ("PUT", "clock"): self._set_clock,
            ("PUT", "webhooks"): self._set_webhooks,
            ("DELETE", "calls"): lambda _: self._provider.calls.clear(),
            ("GET", "faults"): lambda _: self._provider.faults,
            ("GET", "webhooks"): lambda _: self._webhooks.recent,
            ("GET", "calls"): lambda _: list(self._provider.calls),
            ("GET", "health"): lambda _: {"status": "ok"},
        }

    async def answer(self, request: Request) -> Response:
        answer = self._answers.get((request.method, "/".join(request.segments[1:])))
        if answer is None:
            raise Refusal("NOT_FOUND")
        document = answer(request)
        return json_response(200, await document if isinstance(document, Awaitable) else document)

    def _set_faults(self, request: Request) -> Faults:
        self._provider.faults = request.json(Faults)
        return self._provider.faults

    async def _set_clock(self, request: Request) -> dict[str, float]:
        self._clock.ahead_seconds = request.json(ClockBody).ahead_seconds
        await self._ledger.expire_due()
        return {"ahead_seconds": self._clock.ahead_seconds}

    def _set_webhooks(self, request: Request) -> dict[str, str]:
        self._webhooks.url = request.json(WebhookBody).url
        return {"url": self._webhooks.url}

    def _authenticate(self, request: Request) -> dict[str, Any]:
        """Do what a person does in the payment window: agree."""
        body = request.json(AuthenticateBody)
        payment = self._ledger.open(
            order_id=body.order_id,
            amount=body.amount,
            order_name=body.order_name,
            method=SDK_METHODS.get(body.method, body.method),
            valid_hours=body.valid_hours,
            culture_expense=body.culture_expense,
            is_agreed=True,
        )
        return {"paymentKey": payment.key, "orderId": payment.order_id, "amount": payment.amount}

    def _deposit(self, request: Request) -> dict[str, Any]:
        """Do what the customer does at the bank; with `fails`, what the bank does when it takes a deposit back."""
        body = request.json(DepositBody)
        move = self._ledger.fail_deposit if body.fails else self._ledger.deposit
        return payment_document(move(body.order_id))

    def _pay_back(self, request: Request) -> dict[str, Any]:
        """Do what the bank does about the refunds of a deposit: pay them, or find that it cannot."""
        body = request.json(PayBackBody)
        return payment_document(
            self._ledger.pay_back(body.order_id, fails=body.fails, keeps_balance=body.keeps_balance)
        )
