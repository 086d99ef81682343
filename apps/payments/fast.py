"""Confirming a payment, and what payment providers send, on the fast lane."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

import msgspec
from django.conf import settings

from apps.accounts.client_address import crowd_network
from apps.common.budgets import spend, spenders
from apps.common.database.threads import in_database_thread
from apps.common.errors import NotFound, ServiceUnavailable, TooManyRequests
from apps.common.fastlane import Rank, Request, Response, Route, empty_response, json_response
from apps.concerts.errors import AccessPassRequired, PerformanceCalledOff, SeatsUnavailable, ShowMoved
from apps.concerts.show_state import SeenMove
from apps.concerts.waiting_room.permission import arequire_access_pass
from apps.orders.bodies import OrderBody, TicketBody, in_utc
from apps.orders.errors import OrderExpired, OrderStateConflict
from apps.orders.order_ids import performance_of
from apps.payments.api.representation import confirmed_body
from apps.payments.errors import (
    AmountMismatch,
    DepositRefused,
    PaymentDeclined,
    PaymentKeyUsed,
    PaymentUnknown,
    TooManyAttempts,
)
from apps.payments.gateway.adapter import WebhookReader
from apps.payments.gateway.registry import webhook_readers
from apps.payments.models import Payment
from apps.payments.selectors import is_repeat
from apps.payments.services.aconfirm_payment import aconfirm_payment, close_confirming
from apps.payments.services.begin_attempts import ConfirmRequest
from apps.payments.services.complete_sales import CompletedSale
from apps.payments.services.receive_webhook import areceive_webhook, read_webhook, receiving

MAX_KRW = 2**31 - 1

TAGS = ("payments",)

Amount = Annotated[int, msgspec.Meta(ge=0, le=MAX_KRW)] | Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,10}$")]


class ConfirmPayment(
    msgspec.Struct, rename={"payment_key": "paymentKey", "order_id": "orderId", "moved_at": "movedAt"}
):
    """What the way back from the payment window hands over; `amount` in KRW.

    `movedAt`, which may be left out, is the order's `moved_at` as the customer has seen it, null where it was null:
    where the show was moved since, nothing is charged.
    """

    payment_key: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
    order_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    amount: Amount
    moved_at: Annotated[datetime, msgspec.Meta(tz=True)] | msgspec.UnsetType | None = msgspec.UNSET

    @property
    def seen(self) -> SeenMove | None:
        """The newest move that the customer has seen; None where the call does not say."""
        return None if self.moved_at is msgspec.UNSET else SeenMove(self.moved_at)


class DepositAccount(msgspec.Struct):
    """Where a deposit is awaited."""

    bank: str
    number: str
    holder: str
    due_at: datetime


class ConfirmedPayment(msgspec.Struct):
    """The money of the order, in KRW; `balance` is what has been paid and not refunded."""

    payment_key: str
    method: str
    status: str
    amount: int
    balance: int
    approved_at: datetime | None
    virtual_account: DepositAccount | None = None


class ConfirmedBody(msgspec.Struct):
    """`status` is the order's: PAID, or WAITING_FOR_DEPOSIT for a virtual account."""

    status: str
    order: OrderBody
    payment: ConfirmedPayment
    tickets: list[TicketBody]


async def confirm(request: Request) -> Response:
    """Take the money, and answer with the order and its tickets.

    A repeat with the same paymentKey gets the first answer and charges nothing.
    """
    wanted: ConfirmPayment = request.body
    user_id = request.user.user_id
    await _require_pass(wanted, user_id)
    rates = settings.REQUEST_RATES["payments"]
    await spend.arun("payments", spenders(rates, account=user_id, network=crowd_network(request)))
    asked = ConfirmRequest(wanted.payment_key, wanted.order_id, int(wanted.amount), user_id, wanted.seen)
    confirmed = await aconfirm_payment(asked)
    if isinstance(confirmed, Payment):
        return json_response(200, await in_database_thread(confirmed_body, confirmed, user_id=user_id))
    return json_response(200, _sold_body(confirmed))


def webhook_route(provider: str, reader: WebhookReader) -> Route:
    """Return the route that keeps what a provider sends and answers it; the worker looks into it afterwards.

    Its messages prove nothing: whoever sends one achieves no more than that we ask the provider.
    """

    async def receive(request: Request) -> Response:
        number = request.header(reader.transmission_header)
        await areceive_webhook(read_webhook(provider, reader, request.body, number, crowd_network(request)))
        return empty_response(200)

    return Route(
        "POST",
        f"/api/payments/webhooks/{provider}",
        receive,
        rank=Rank.SEAT_MAP,
        body=dict,
        auth="none",
        responses={200: None},
        errors=[TooManyRequests, ServiceUnavailable],
        summary="What a payment provider sends: kept, answered, and looked into afterwards",
        tags=TAGS,
    )


async def close_payments() -> None:
    """Commit what still waits; for the end of the process."""
    await asyncio.gather(close_confirming(), asyncio.to_thread(receiving.close))


async def _require_pass(wanted: ConfirmPayment, user_id: int) -> None:
    """Refuse who has no pass. A repeat books nothing: it gets its first answer when the pass has gone, too."""
    performance_id = performance_of(wanted.order_id)
    if performance_id is None:
        raise NotFound
    try:
        await arequire_access_pass(performance_id, user_id)
    except AccessPassRequired:
        if not await in_database_thread(is_repeat, wanted.payment_key, order_id=wanted.order_id, user_id=user_id):
            raise


def _sold_body(sale: CompletedSale) -> ConfirmedBody:
    payment = sale.payment
    money = ConfirmedPayment(
        payment_key=payment.payment_key,
        method=payment.method,
        status=Payment.Status.CAPTURED.value,
        amount=payment.amount_krw,
        balance=payment.balance_krw,
        approved_at=in_utc(payment.approved_at),
    )
    return ConfirmedBody(status=sale.body.status, order=sale.body, payment=money, tickets=sale.body.tickets)


ROUTES = [
    Route(
        "POST",
        "/api/payments/confirm",
        confirm,
        rank=Rank.CONFIRM,
        body=ConfirmPayment,
        responses={200: ConfirmedBody},
        errors=[
            AccessPassRequired, NotFound, AmountMismatch, PaymentDeclined, PaymentUnknown, PaymentKeyUsed, OrderExpired,
            OrderStateConflict, PerformanceCalledOff, ShowMoved, DepositRefused, TooManyAttempts, SeatsUnavailable,
            TooManyRequests, ServiceUnavailable,
        ],
        summary="Confirm the payment that the customer has agreed to in the payment window",
        tags=TAGS,
    ),
    *(webhook_route(name, reader) for name, reader in webhook_readers().items()),
]  # fmt: skip
