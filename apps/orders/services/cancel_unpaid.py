"""Cancel orders that were never paid, for a crowd: those of one moment in one transaction, the seats free at once.

`release_order.cancel_unpaid_order` is the same for one order, in Django's lane.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from redis.exceptions import RedisError

from apps.common.clock import as_utc, now_sql
from apps.common.database import outbox, plain_sql
from apps.common.database.finished_work import forget_later
from apps.common.database.joined_commits import JoinedCommits, OutcomeUnknown
from apps.common.database.states import Moving, all_moved
from apps.common.errors import DomainError, ServiceUnavailable
from apps.concerts.errors import SeatStateNotReady
from apps.orders.bodies import (
    ORDER_COLUMNS,
    OrderBody,
    OrderRow,
    lines_of,
    make_body,
    reading_lines,
    reading_shows,
    shows_of,
)
from apps.orders.models import ORDER_MOVES, Order
from apps.orders.other_holds import reading_other_holds
from apps.orders.seat_holds import store
from apps.orders.services.release_order import RELEASE_SEATS
from apps.orders.services.show_order import Asked
from apps.orders.states import OPEN

Status = Order.Status

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CancelledOrder:
    """An order that is CANCELLED by now; `work_id` is the outbox message that asks for its seats' release."""

    user_id: int
    body: OrderBody
    work_id: int
    leaves: bool
    """Whether the buyer's place inside is free: the seats were held, and there are no others."""
    pass_id: int | None
    """The access pass by which the seats were held."""


class _Locked(NamedTuple):
    """An order as it was locked, and its hold's version and pass."""

    row: OrderRow
    hold_version: int | None
    pass_id: int | None


def cancel_unpaid_orders(asked: Sequence[Asked]) -> list[CancelledOrder | None]:
    """Cancel each PENDING or RESERVED order that is the asker's own, in the caller's transaction.

    Answers None for any other order: nothing is done about it here. Locks the orders in key order.

    Raises:
        NotMoved: an order was moved although it was locked; nothing was stored.
    """
    wanted = {one.order_id: one for one in asked}
    locked, now = _lock(sorted(wanted))
    open_orders = [one for one in locked if one.row.status in OPEN and one.row.user_id == wanted[one.row.id].user_id]
    cancelled = _cancel(open_orders, now) if open_orders and now else {}
    return [cancelled.get(one.order_id) if wanted[one.order_id] is one else None for one in asked]


cancelling = JoinedCommits(cancel_unpaid_orders, name="cancel unpaid orders")


async def acancel_unpaid(order_id: str, *, user_id: int) -> OrderBody | None:
    """Cancel an order that was never paid; its seats are free at once. None for one that is not such an order.

    Raises:
        ServiceUnavailable: too many wait, or the database is away; asking again tells what became of it.
    """
    try:
        done = await cancelling.submit(Asked(order_id, user_id))
    except OutcomeUnknown as unknown:
        raise ServiceUnavailable from unknown
    if done is None:
        return None
    await _release(done)
    return done.body


async def _release(done: CancelledOrder) -> None:
    """Free the seats and let the next one in line in; what fails is repeated by the outbox's relay."""
    order = done.body
    try:
        await store.release_hold.arun(order.id)
        if done.leaves:
            await store.give_pass_back.arun(order.performance_id, user_id=done.user_id, pass_id=done.pass_id)
    except (DomainError, SeatStateNotReady, RedisError) as error:
        logger.warning("order %s is cancelled, and its seats are free later: %s", order.id, error)
        return
    forget_later(done.work_id)


def _lock(ids: Sequence[str]) -> tuple[list[_Locked], datetime | None]:
    """Lock orders; return those that there are, and the database's time."""
    rows = plain_sql.select(
        f"SELECT {', '.join(ORDER_COLUMNS)}, hold_version, pass_id, {now_sql()} FROM {plain_sql.table(Order)} "  # noqa: S608
        f"WHERE id IN ({plain_sql.marks(ids)}) ORDER BY id" + plain_sql.for_update(),
        ids,
    )
    found = [_Locked(OrderRow.read(row[:-3]), *row[-3:-1]) for row in rows]
    return found, as_utc(rows[0][-1]) if rows else None


def _cancel(orders: Sequence[_Locked], now: datetime) -> dict[str, CancelledOrder]:
    """Move the orders and promise their seats' release, in one round trip after one that reads what bodies show."""
    rows = [order.row for order in orders]
    ids = [row.id for row in rows]
    read = plain_sql.run(
        [
            reading_lines(ids),
            reading_shows([row.performance_id for row in rows]),
            reading_other_holds([(row.id, row.user_id) for row in rows]),
        ]
    )
    lines, shows, holding = lines_of(read[0].rows), shows_of(read[1].rows), {tuple(row) for row in read[2].rows}
    moving = {
        status: [Moving(row.id, f"user:{row.user_id}") for row in rows if row.status == status] for status in OPEN
    }
    moves = [
        ORDER_MOVES.moving_together(
            going,
            status,
            Status.CANCELLED,
            reason="cancelled",
            happened_at=now,
            changes={"cancelled_at": plain_sql.moment(now)},
        )
        for status, going in moving.items()
    ]
    work = outbox.promise_many(RELEASE_SEATS, [{"order_id": order_id} for order_id in ids], now=now)
    results = plain_sql.run([*(statement for move in moves for statement in move), *work.statements])
    updates = iter(results)
    for going in filter(None, moving.values()):
        all_moved(next(updates), going)
        next(updates)  # the events
    return {
        row.id: CancelledOrder(
            user_id=row.user_id,
            body=make_body(
                row._replace(status=Status.CANCELLED.value, cancelled_at=now),
                shows[row.performance_id],
                lines[row.id],
                {},
            ),
            work_id=work_id,
            leaves=version is not None and (row.user_id, row.performance_id) not in holding,
            pass_id=pass_id,
        )
        for (row, version, pass_id), work_id in zip(orders, work.ids_of(results[-1]), strict=True)
    }
