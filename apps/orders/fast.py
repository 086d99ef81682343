"""Placing, reserving, changing and looking at an order, on the fast lane."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import Annotated, Literal

import msgspec
from django.conf import settings

from apps.accounts.client_address import crowd_network
from apps.common.budgets import spend, spenders
from apps.common.database.threads import in_database_thread
from apps.common.errors import NotFound, ServiceUnavailable, TooManyRequests, ValidationFailed
from apps.common.fastlane import Id, Rank, Request, Response, Route, json_response
from apps.concerts.errors import AccessPassRequired, NotOnSale, SeatsUnavailable
from apps.concerts.seat_map.layout import Layout
from apps.concerts.waiting_room.permission import arequire_access_pass
from apps.orders.bodies import LineBody, OrderBody
from apps.orders.errors import (
    IdempotencyConflict,
    OrderExpired,
    OrderStateConflict,
    SeatLimitExceeded,
    TooManyOrders,
)
from apps.orders.models import Order
from apps.orders.order_ids import performance_of
from apps.orders.services.accept_order import accept_order, placing
from apps.orders.services.cancel_unpaid import acancel_unpaid, cancelling
from apps.orders.services.change_details import change_details
from apps.orders.services.hold_seats import hold_seats, reserving
from apps.orders.services.place_order import PlacedOrder
from apps.orders.services.show_order import Asked, showing

MAX_SEATS = 100  # of one request; the limit per person is the performance's, and lower
MAX_KEY_LENGTH = 255


class NewOrder(msgspec.Struct):
    """Seats of one performance, and perhaps the profile of who will come."""

    performance_id: Id
    seat_ids: Annotated[list[Id], msgspec.Meta(min_length=1, max_length=MAX_SEATS)]
    booker_id: Id | None = None


class NewDetails(msgspec.Struct):
    """What may be chosen while an order is RESERVED; what is not named stays as it is.

    `booker_id` is a booker profile of the buyer's, or null for none.
    """

    booker_id: Id | msgspec.UnsetType | None = msgspec.UNSET
    delivery: Literal["MOBILE", "ON_SITE"] | msgspec.UnsetType = msgspec.UNSET


class CancelWhole(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing: the whole order. Whoever asks for more than that is answered by Django's lane."""


class CancelledBody(msgspec.Struct):
    """An order that was never paid, and so has no refund."""

    id: str
    status: str
    refund: None
    order: OrderBody


class PlacedOrderBody(msgspec.Struct):
    """A PENDING order. `expires_at` is when it ends unless its seats are reserved."""

    id: str
    status: str
    performance_id: int
    amount: int
    lines: list[LineBody]
    created_at: datetime
    expires_at: datetime


class ReservedOrderBody(msgspec.Struct):
    """An order whose seats are held until `expires_at`."""

    id: str
    status: str
    performance_id: int
    expires_at: datetime


async def place_order(request: Request) -> Response:
    """Store a PENDING order. Seats that cannot be had now are refused before any SQL."""
    wanted: NewOrder = request.body
    placed, layout = await accept_order(
        request.user.user_id,
        performance_id=wanted.performance_id,
        seat_ids=wanted.seat_ids,
        booker_id=wanted.booker_id,
        idempotency_key=_idempotency_key(request),
        network=crowd_network(request),
    )
    return json_response(201, _placed_body(placed, wanted.performance_id, layout))


async def reserve_order(request: Request) -> Response:
    """Hold all seats of an order, or none; answered once the order is RESERVED in the database."""
    order_id: str = request.path_params["order_id"]
    performance_id = performance_of(order_id)
    if performance_id is None:
        raise NotFound
    held = await hold_seats(
        order_id, performance_id=performance_id, user_id=request.user.user_id, network=crowd_network(request)
    )
    body = ReservedOrderBody(order_id, Order.Status.RESERVED.value, performance_id, held.expires_at)
    return json_response(200, body)


async def show_order(request: Request) -> Response:
    """Answer with an order of the caller's own; somebody else's is a 404."""
    order_id: str = request.path_params["order_id"]
    if performance_of(order_id) is None:
        raise NotFound
    return json_response(200, await showing.submit(Asked(order_id, request.user.user_id)))


async def change_order(request: Request) -> Response:
    """Choose a reserved order's booker and delivery, until the payment is confirmed.

    The profile is copied into the order.
    """
    order_id: str = request.path_params["order_id"]
    performance_id, user_id = performance_of(order_id), request.user.user_id
    if performance_id is None:
        raise NotFound
    await arequire_access_pass(performance_id, user_id)
    await _spend_change(request)
    details = {
        name: value for name, value in msgspec.structs.asdict(request.body).items() if value is not msgspec.UNSET
    }
    await in_database_thread(partial(change_details, order_id, user_id=user_id, **details))
    return json_response(200, await showing.submit(Asked(order_id, user_id)))


async def cancel_order(request: Request) -> Response | None:
    """Cancel an order that was never paid; everything else is left to Django's lane, which prices and refunds."""
    order_id: str = request.path_params["order_id"]
    if request.scope["query_string"] or performance_of(order_id) is None:
        return None
    await _spend_change(request)
    order = await acancel_unpaid(order_id, user_id=request.user.user_id)
    return None if order is None else json_response(200, CancelledBody(order.id, order.status, None, order))


async def close_writers() -> None:
    """Commit what still waits; for the end of the process."""
    await asyncio.gather(*(asyncio.to_thread(joined.close) for joined in (placing, reserving, showing, cancelling)))


async def _spend_change(request: Request) -> None:
    rates = settings.REQUEST_RATES["order_changes"]
    await spend.arun("order_changes", spenders(rates, account=request.user.user_id, network=crowd_network(request)))


def _idempotency_key(request: Request) -> str | None:
    key = request.header("idempotency-key")
    if key is not None and not (0 < len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()):
        message = f"1 to {MAX_KEY_LENGTH} printable ASCII characters."
        raise ValidationFailed(errors={"Idempotency-Key": [message]})
    return key


def _placed_body(placed: PlacedOrder, performance_id: int, layout: Layout) -> PlacedOrderBody:
    lines = []
    for number, line in enumerate(placed.lines, start=1):
        seat = layout.seats[line.seat_id]
        lines.append(
            LineBody(number, line.seat_id, seat.section, seat.row, seat.number, line.grade_name, line.price_krw)
        )
    return PlacedOrderBody(
        id=placed.order_id,
        status=Order.Status.PENDING.value,
        performance_id=performance_id,
        amount=sum(line.price_krw for line in placed.lines),
        lines=lines,
        created_at=placed.created_at,
        expires_at=placed.expires_at,
    )


TAGS = ("orders",)

ROUTES = [
    Route(
        "POST",
        "/api/orders",
        place_order,
        rank=Rank.ORDER,
        body=NewOrder,
        responses={201: PlacedOrderBody},
        errors=[
            NotFound, AccessPassRequired, NotOnSale, SeatsUnavailable, SeatLimitExceeded, TooManyOrders,
            ValidationFailed, IdempotencyConflict, TooManyRequests, ServiceUnavailable,
        ],
        summary="Place an order; the header Idempotency-Key makes a repeat harmless",
        tags=TAGS,
        shared=True,
    ),
    Route(
        "GET",
        "/api/orders/{order_id}",
        show_order,
        rank=Rank.ORDER,
        responses={200: OrderBody},
        errors=[NotFound, ServiceUnavailable],
        summary="One of my orders, with its tickets when it is paid",
        tags=TAGS,
        shared=True,
    ),
    Route(
        "PATCH",
        "/api/orders/{order_id}",
        change_order,
        rank=Rank.ORDER,
        body=NewDetails,
        responses={200: OrderBody},
        errors=[
            AccessPassRequired, NotFound, OrderExpired, OrderStateConflict, ValidationFailed, TooManyRequests,
            ServiceUnavailable,
        ],
        summary="Choose a reserved order's booker and delivery",
        tags=TAGS,
        shared=True,
    ),
    Route(
        "POST",
        "/api/orders/{order_id}/reserve",
        reserve_order,
        rank=Rank.RESERVE,
        responses={200: ReservedOrderBody},
        errors=[
            NotFound, AccessPassRequired, NotOnSale, SeatsUnavailable, SeatLimitExceeded, OrderStateConflict,
            OrderExpired, TooManyRequests, ServiceUnavailable,
        ],
        summary="Hold every seat of an order for ten minutes, or none",
        tags=TAGS,
    ),
    Route("POST", "/api/orders/{order_id}/cancel", cancel_order, rank=Rank.ORDER, body=CancelWhole, partial=True),
]  # fmt: skip
