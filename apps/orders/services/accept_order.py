"""Accept an order: refused by one script where its seats cannot be had, else stored before it is answered."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from django.conf import settings
from django.db import IntegrityError

from apps.accounts.models import User
from apps.common.budgets import SpenderArgs, is_ours, spenders
from apps.common.database.joined_commits import JoinedCommits, OutcomeUnknown
from apps.common.database.threads import in_database_thread
from apps.common.errors import ServiceUnavailable, TokenInvalid, TooManyRequests, ValidationFailed
from apps.concerts.errors import NotOnSale, SeatsUnavailable
from apps.concerts.seat_map.layout import Layout, aget_layout
from apps.orders.errors import SeatLimitExceeded, TooManyOrders
from apps.orders.order_rows import LineRow
from apps.orders.seat_holds import store
from apps.orders.seat_holds.answers import LayoutChanged
from apps.orders.services.bring_back import with_booking_state
from apps.orders.services.place_order import OrderRequest, PlacedOrder, find_repeated, place_orders

placing = JoinedCommits(place_orders, name="place orders")


async def accept_order(
    user_id: int,
    *,
    performance_id: int,
    seat_ids: Sequence[int],
    booker_id: int | None,
    idempotency_key: str | None,
    network: str | None = None,
) -> tuple[PlacedOrder, Layout]:
    """Store a PENDING order, and return it with the layout that describes its seats.

    1. The seats are priced by the layout.
    2. One script says whether they could be reserved now, and takes the order from the budgets of the account and
       its `network`; a refusal costs no SQL.
    3. The order is stored, together with others of the moment.
    4. Redis gets to know it, so that reserving it needs no SQL.

    A repeat of an Idempotency-Key gets its first answer, also where the order itself has taken the seats since.

    Raises:
        NotFound, ValidationFailed, IdempotencyConflict, AccessPassRequired, NotOnSale, SeatsUnavailable,
        SeatLimitExceeded, TooManyOrders, TooManyRequests, TokenInvalid, ServiceUnavailable
    """
    layout = await aget_layout(performance_id)
    order = OrderRequest(
        user_id=user_id,
        performance_id=performance_id,
        venue_id=layout.venue_id,
        lines=_lines(layout, seat_ids),
        booker_id=booker_id,
        idempotency_key=idempotency_key,
    )
    who = spenders(settings.SALE_RATES["orders"], account=user_id, network=network)
    try:
        layout = await _check(layout, order, who)
    except (NotOnSale, SeatsUnavailable, SeatLimitExceeded, TooManyOrders, TooManyRequests):
        repeated = await _find_repeated(order)
        if repeated is None:
            raise
        return repeated, layout
    try:
        placed = await _place(order)
    except Exception as error:
        if is_ours(error):
            await store.agive_order_back(performance_id, who)
        if isinstance(error, OutcomeUnknown):  # stored or not, it holds nothing: an order placed again does no harm
            raise ServiceUnavailable from error
        raise
    if not placed.repeated:
        await _register(placed, order, layout)
    return placed, layout


async def _check(layout: Layout, order: OrderRequest, who: SpenderArgs) -> Layout:
    """Ask Redis whether the order could be reserved now; return the layout that the answer is good for."""
    try:
        await with_booking_state(order.performance_id, lambda: _ask(layout, order, who))
    except LayoutChanged as changed:
        newer = await aget_layout(order.performance_id, at_least=changed.version)
        if _lines(newer, [line.seat_id for line in order.lines]) != order.lines:
            raise ValidationFailed(errors={"seat_ids": ["Prices or seats have just changed; look again."]}) from None
        await _ask(newer, order, who)
        return newer
    return layout


async def _ask(layout: Layout, order: OrderRequest, who: SpenderArgs) -> None:
    await store.acheck_order(
        order.performance_id,
        user_id=order.user_id,
        ordinals=layout.ordinals(line.seat_id for line in order.lines),
        layout_version=layout.version,
        who=who,
    )


async def _place(order: OrderRequest) -> PlacedOrder:
    """Store an order; where another process was quicker with its Idempotency-Key, answer what that one stored."""
    try:
        return await placing.submit(order)
    except IntegrityError:
        repeated = await _find_repeated(order)
        if repeated is None:
            if not await in_database_thread(User.objects.filter(pk=order.user_id).exists):
                raise TokenInvalid from None  # it outlives an account that was deleted, by minutes
            raise
        return repeated


async def _find_repeated(order: OrderRequest) -> PlacedOrder | None:
    return await in_database_thread(find_repeated, order) if order.idempotency_key else None


async def _register(placed: PlacedOrder, order: OrderRequest, layout: Layout) -> None:
    """Make the order known to Redis. Reserving it would find it in the database otherwise, so no failure counts."""
    with suppress(ServiceUnavailable):
        await store.register_draft.arun(
            placed.order_id,
            user_id=order.user_id,
            ordinals=layout.ordinals(line.seat_id for line in order.lines),
            expires_at=placed.expires_at,
        )


def _lines(layout: Layout, seat_ids: Sequence[int]) -> tuple[LineRow, ...]:
    """Price the seats, in the order in which they were named."""
    if len(set(seat_ids)) != len(seat_ids):
        raise ValidationFailed(errors={"seat_ids": ["A seat is named twice."]})
    unknown = [seat_id for seat_id in seat_ids if seat_id not in layout.seats]
    if unknown:
        message = f"Not for sale in this performance: {', '.join(map(str, unknown))}."
        raise ValidationFailed(errors={"seat_ids": [message]})
    seats = [layout.seats[seat_id] for seat_id in seat_ids]
    return tuple(LineRow(seat.id, seat.grade, seat.price_krw) for seat in seats)
