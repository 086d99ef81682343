"""Place an order: PENDING in the database, answered after its commit.

Orders of one moment share one transaction. An `Idempotency-Key` is a unique key of the order itself,
so the first answer to it can be given again without a second record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from django.conf import settings

from apps.accounts.models import Booker
from apps.common.clock import as_utc
from apps.common.database import plain_sql
from apps.common.errors import NotFound, ValidationFailed
from apps.concerts.errors import BeingMoved, NotOnSale
from apps.concerts.show_state import Show, State, lock_shows
from apps.orders.errors import IdempotencyConflict
from apps.orders.models import Order, OrderLine
from apps.orders.order_ids import new_order_id
from apps.orders.order_rows import LineRow, OrderRow, insert_orders


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What a buyer asks for, after every check that needs no database."""

    user_id: int
    performance_id: int
    venue_id: int
    """The hall whose seats the lines name; the performance may have moved to another one since."""
    lines: tuple[LineRow, ...]
    booker_id: int | None
    idempotency_key: str | None

    @property
    def fingerprint(self) -> str:
        """Tells whether a repeated Idempotency-Key carries the same request; the order of seats does not matter."""
        body = (self.performance_id, sorted(line.seat_id for line in self.lines), self.booker_id)
        return hashlib.sha256(msgspec.json.encode(body)).hexdigest()


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """A stored order; `repeated` when it answers an Idempotency-Key that was used before."""

    order_id: str
    lines: tuple[LineRow, ...]
    created_at: datetime
    expires_at: datetime
    repeated: bool = False


class _KnownOrder(NamedTuple):
    """An order that an Idempotency-Key has made already."""

    id: str
    request_hash: str
    created_at: datetime


def place_orders(requests: Sequence[OrderRequest]) -> list[PlacedOrder | Exception]:
    """Store a batch of orders in the caller's transaction; answer each request or say what is wrong with it.

    Answers: `PlacedOrder`; `IdempotencyConflict` for a key used with another body; `NotOnSale` of what is called off;
    `BeingMoved` where the performance is, or has been since the seats were named; `ValidationFailed` for a booker that
    is not the buyer's; `NotFound`. Two requests with one new key in the same moment raise IntegrityError for the batch,
    and the writer then takes them one by one.
    """
    known = _orders_by_key(requests)
    bookers = _bookers(requests)
    shows, now = lock_shows(request.performance_id for request in requests)
    rows: list[OrderRow] = []
    answers: list[PlacedOrder | Exception] = []
    for request in requests:
        answer = known.get((request.user_id, request.idempotency_key or ""))
        if answer is not None:
            answers.append(_repeat(request, answer))
        elif (refusal := _refusal(shows.get(request.performance_id), request)) is not None:
            answers.append(refusal)
        elif request.booker_id is not None and (request.user_id, request.booker_id) not in bookers:
            answers.append(ValidationFailed(errors={"booker_id": ["There is no such booker profile."]}))
        else:
            row = _row(request, bookers, now)
            rows.append(row)
            answers.append(PlacedOrder(row.order_id, row.lines, row.created_at, row.expires_at))
    insert_orders(rows)
    return answers


def _refusal(show: Show | None, request: OrderRequest) -> Exception | None:
    """Say why no order of a show can be stored now; None where it can."""
    if show is None:
        return NotFound()
    if show.state == State.OFF:
        return NotOnSale()
    if show.state == State.BEING_MOVED or show.venue_id != request.venue_id:
        return BeingMoved()
    return None


def find_repeated(request: OrderRequest) -> PlacedOrder | None:
    """Return the order that the request's Idempotency-Key has made already, if it has.

    Raises:
        IdempotencyConflict: it was made with another body.
    """
    order = _orders_by_key([request]).get((request.user_id, request.idempotency_key or ""))
    if order is None:
        return None
    answer = _repeat(request, order)
    if isinstance(answer, Exception):
        raise answer
    return answer


def _row(request: OrderRequest, bookers: dict[tuple[int, int], tuple[int, str, str, str]], now: datetime) -> OrderRow:
    return OrderRow(
        order_id=new_order_id(request.performance_id),
        user_id=request.user_id,
        performance_id=request.performance_id,
        lines=request.lines,
        booker=bookers[request.user_id, request.booker_id] if request.booker_id is not None else None,
        idempotency_key=request.idempotency_key,
        request_hash=request.fingerprint if request.idempotency_key else "",
        created_at=now,
        expires_at=now + timedelta(seconds=settings.ORDER_PENDING_SECONDS),
    )


def _orders_by_key(requests: Sequence[OrderRequest]) -> dict[tuple[int, str], _KnownOrder]:
    keys = sorted({request.idempotency_key for request in requests if request.idempotency_key})
    if not keys:
        return {}
    users = sorted({request.user_id for request in requests if request.idempotency_key})
    rows = plain_sql.select(
        f"SELECT id, user_id, idempotency_key, request_hash, created_at FROM {plain_sql.table(Order)} "  # noqa: S608
        f"WHERE user_id IN ({plain_sql.marks(users)}) AND idempotency_key IN ({plain_sql.marks(keys)})",
        [*users, *keys],
    )
    return {
        (user_id, key): _KnownOrder(order_id, request_hash, as_utc(created_at))
        for order_id, user_id, key, request_hash, created_at in rows
    }


def _repeat(request: OrderRequest, order: _KnownOrder) -> PlacedOrder | Exception:
    if order.request_hash != request.fingerprint:
        return IdempotencyConflict()
    lines = OrderLine.objects.filter(order=order.id).order_by("number")
    return PlacedOrder(
        order_id=order.id,
        lines=tuple(LineRow(*row) for row in lines.values_list("seat_id", "grade_name", "price_krw")),
        created_at=order.created_at,
        expires_at=order.created_at + timedelta(seconds=settings.ORDER_PENDING_SECONDS),
        repeated=True,
    )


def _bookers(requests: Sequence[OrderRequest]) -> dict[tuple[int, int], tuple[int, str, str, str]]:
    wanted = {request.booker_id for request in requests if request.booker_id is not None}
    if not wanted:
        return {}
    return {
        (booker.user_id, booker.pk): (booker.pk, booker.name, booker.phone, booker.email)
        for booker in Booker.objects.filter(pk__in=wanted)
    }
