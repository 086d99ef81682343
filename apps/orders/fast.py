"""Placing and reserving an order, on the fast lane: refused by one script, stored before they are answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from django.db import IntegrityError

from apps.accounts.models import User
from apps.common.errors import NotFound, ServiceUnavailable, TokenInvalid, ValidationFailed
from apps.common.fastlane import Id, Request, Response, Route, json_response
from apps.common.joined_commits import JoinedCommits, OutcomeUnknown
from apps.common.threads import in_database_thread
from apps.concerts.errors import (
    AccessPassRequired,
    LineNotReady,
    NotOnSale,
    SeatStateNotReady,
    SeatsUnavailable,
)
from apps.concerts.seat_map.layout import Layout, aget_layout
from apps.concerts.waiting_room.services.open_line import open_line
from apps.orders.errors import (
    IdempotencyConflict,
    OrderExpired,
    OrderStateConflict,
    SeatLimitExceeded,
    TooManyOrders,
)
from apps.orders.models import Order
from apps.orders.order_ids import performance_of
from apps.orders.order_rows import LineRow
from apps.orders.seat_holds import store
from apps.orders.seat_holds.answers import Held, LayoutChanged
from apps.orders.services.place_order import OrderRequest, PlacedOrder, find_repeated, place_orders
from apps.orders.services.rebuild_seat_state import ensure_seat_state
from apps.orders.services.reserve_seats import WonHold, record_holds

MAX_SEATS = 100  # of one request; the limit per person is the performance's, and lower
MAX_KEY_LENGTH = 255

Result = TypeVar("Result")

_BRING_BACK: dict[type[Exception], Callable[[int], object]] = {
    SeatStateNotReady: ensure_seat_state,
    LineNotReady: open_line,
}

placing = JoinedCommits(place_orders, name="place orders")
reserving = JoinedCommits(record_holds, name="record holds")


class NewOrder(msgspec.Struct):
    """Seats of one performance, and perhaps the profile of who will come."""

    performance_id: Id
    seat_ids: Annotated[list[Id], msgspec.Meta(min_length=1, max_length=MAX_SEATS)]
    booker_id: Id | None = None


class PlacedLine(msgspec.Struct):
    """One seat of an order; `id` counts from 1 within the order."""

    id: int
    seat_id: int
    section: str
    row: str
    number: int
    grade: str
    price: int


class PlacedOrderBody(msgspec.Struct):
    """A PENDING order. `expires_at` is when it ends unless its seats are reserved."""

    id: str
    status: str
    performance_id: int
    amount: int
    lines: list[PlacedLine]
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
    layout = await aget_layout(wanted.performance_id)
    order = OrderRequest(
        user_id=request.user.user_id,
        performance_id=wanted.performance_id,
        lines=_lines(layout, wanted.seat_ids),
        booker_id=wanted.booker_id,
        idempotency_key=_idempotency_key(request),
    )
    try:
        layout = await _check(layout, order)
    except (NotOnSale, SeatsUnavailable, SeatLimitExceeded, TooManyOrders):
        # A repeat of an order that has taken these very seats since gets its first answer all the same.
        repeated = await in_database_thread(find_repeated, order) if order.idempotency_key else None
        if repeated is None:
            raise
        return json_response(201, _placed_body(repeated, order.performance_id, layout))
    try:
        placed = await _place(order)
    except OutcomeUnknown as error:  # stored or not, it holds nothing: an order placed again does no harm
        raise ServiceUnavailable from error
    if not placed.repeated:
        await _register(placed, order, layout)
    return json_response(201, _placed_body(placed, order.performance_id, layout))


async def reserve_order(request: Request) -> Response:
    """Hold all seats of an order, or none; answered once the order is RESERVED in the database."""
    order_id: str = request.path_params["order_id"]
    user_id: int = request.user.user_id
    performance_id = performance_of(order_id)
    if performance_id is None:
        raise NotFound
    held = await _with_state(performance_id, lambda: store.areserve(order_id, user_id=user_id))
    await _record(order_id, user_id, held)
    body = ReservedOrderBody(order_id, Order.Status.RESERVED.value, performance_id, held.expires_at)
    return json_response(200, body)


async def close_writers() -> None:
    """Commit what still waits; for the end of the process."""
    await asyncio.gather(asyncio.to_thread(placing.close), asyncio.to_thread(reserving.close))


async def _place(order: OrderRequest) -> PlacedOrder:
    """Store an order; where another process was quicker with its Idempotency-Key, answer what that one stored."""
    try:
        return await placing.submit(order)
    except IntegrityError:
        repeated = await in_database_thread(find_repeated, order) if order.idempotency_key else None
        if repeated is None:
            if not await in_database_thread(User.objects.filter(pk=order.user_id).exists):
                raise TokenInvalid from None  # it outlives an account that was deleted, by minutes
            raise
        return repeated


async def _record(order_id: str, user_id: int, held: Held) -> None:
    """Store a hold, or take it back where that fails: nobody is told of a hold that does not last."""
    hold = WonHold(order_id, user_id, held.version, held.expires_at)
    try:
        try:
            await reserving.submit(hold)
        except OutcomeUnknown:
            await reserving.submit(hold)  # the same statement again tells what became of the first
    except Exception:
        if not held.already:
            await store.arelease_hold(order_id, version=held.version)
        raise
    if held.already and not await store.ais_held(order_id, version=held.version):
        raise ServiceUnavailable  # the call that took the hold has failed meanwhile and taken it back


async def _check(layout: Layout, order: OrderRequest) -> Layout:
    """Ask Redis whether the order could be reserved now; return the layout that the answer is good for."""
    try:
        await _with_state(order.performance_id, lambda: _ask(layout, order))
    except LayoutChanged as changed:
        newer = await aget_layout(order.performance_id, at_least=changed.version)
        if _lines(newer, [line.seat_id for line in order.lines]) != order.lines:
            raise ValidationFailed(errors={"seat_ids": ["Prices or seats have just changed; look again."]}) from None
        await _ask(newer, order)
        return newer
    return layout


async def _with_state(performance_id: int, call: Callable[[], Awaitable[Result]]) -> Result:
    """Ask Redis; where it came back empty, bring back what it lacks from the database and ask again."""
    for _ in _BRING_BACK:
        try:
            return await call()
        except tuple(_BRING_BACK) as lacking:
            await in_database_thread(_BRING_BACK[type(lacking)], performance_id)
    return await call()


async def _ask(layout: Layout, order: OrderRequest) -> None:
    await store.acheck_order(
        order.performance_id,
        user_id=order.user_id,
        ordinals=layout.ordinals(line.seat_id for line in order.lines),
        layout_version=layout.version,
    )


async def _register(placed: PlacedOrder, order: OrderRequest, layout: Layout) -> None:
    """Make the order known to Redis. Reserving it would find it in the database otherwise, so no failure counts."""
    with suppress(ServiceUnavailable):
        await store.aregister_draft(
            placed.order_id,
            user_id=order.user_id,
            ordinals=layout.ordinals(line.seat_id for line in order.lines),
            expires_at=placed.expires_at,
        )


def _lines(layout: Layout, seat_ids: list[int]) -> tuple[LineRow, ...]:
    """Price the seats, in the order in which they were named."""
    if len(set(seat_ids)) != len(seat_ids):
        raise ValidationFailed(errors={"seat_ids": ["A seat is named twice."]})
    unknown = [seat_id for seat_id in seat_ids if seat_id not in layout.seats]
    if unknown:
        message = f"Not for sale in this performance: {', '.join(map(str, unknown))}."
        raise ValidationFailed(errors={"seat_ids": [message]})
    seats = [layout.seats[seat_id] for seat_id in seat_ids]
    return tuple(LineRow(seat.id, seat.grade, seat.price_krw) for seat in seats)


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
            PlacedLine(number, line.seat_id, seat.section, seat.row, seat.number, line.grade_name, line.price_krw)
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
        body=NewOrder,
        responses={201: PlacedOrderBody},
        errors=[
            NotFound, AccessPassRequired, NotOnSale, SeatsUnavailable, SeatLimitExceeded, TooManyOrders,
            ValidationFailed, IdempotencyConflict, ServiceUnavailable,
        ],
        summary="Place an order; the header Idempotency-Key makes a repeat harmless",
        tags=TAGS,
        shared=True,
    ),
    Route(
        "POST",
        "/api/orders/{order_id}/reserve",
        reserve_order,
        responses={200: ReservedOrderBody},
        errors=[
            NotFound, AccessPassRequired, NotOnSale, SeatsUnavailable, SeatLimitExceeded, OrderStateConflict,
            OrderExpired, ServiceUnavailable,
        ],
        summary="Hold every seat of an order for ten minutes, or none",
        tags=TAGS,
    ),
]  # fmt: skip
