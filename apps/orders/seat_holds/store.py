"""The store of holds. Its scripts decide; it only asks them and reads their answers.

What `asking` makes is called from threads, and by its `arun` from the event loop. Where the database may have to be
asked too there are two functions, and the one that starts with `a` is for the event loop. Each raises
ServiceUnavailable while Redis is away, and SeatStateNotReady while the seats have to be rebuilt.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.common.budgets import SpenderArgs, agive_back, packed_budget
from apps.common.database.threads import in_database_thread
from apps.common.errors import NotFound
from apps.common.redis import pipelined_redis
from apps.common.redis.script_calls import Answer, Known, Question, asking, nothing, says
from apps.common.redis.scripts import load_script
from apps.concerts.errors import SeatsUnavailable
from apps.concerts.seat_map.layout import Layout, aget_layout, get_layout
from apps.concerts.seat_states.keys import orders_key, seat_keys
from apps.concerts.seat_states.reading import REFUSALS as SEATS_REFUSALS
from apps.concerts.seat_states.records import OrderRecord, RecordState, pack_ordinals
from apps.orders.errors import OrderExpired
from apps.orders.order_ids import performance_of
from apps.orders.seat_holds import database
from apps.orders.seat_holds.answers import FORGOTTEN, REFUSALS, Held, Taken, free_or_taken, held_or_not
from apps.orders.seat_holds.keys import (
    hold_keys,
    order_keys,
    pass_and_seat_keys,
    placed_key,
    release_keys,
    reserve_keys,
    taken_key,
)
from apps.orders.seat_holds.snapshot import Snapshot

DRAFTS_AT_ONCE = 10
NO_HOLD_MEANT = 0
UNBUDGETED: SpenderArgs = ()


@asking(load_script(__file__, "check_order.lua"), read=free_or_taken, refusals=REFUSALS)
def _check(
    performance_id: int, user_id: int, ordinals: Sequence[int], layout_version: int, who: SpenderArgs
) -> Question:
    """Tell which seats of an order are taken; None where all could be held."""
    return order_keys(performance_id), (user_id, layout_version, DRAFTS_AT_ONCE, pack_ordinals(ordinals), *who)


async def acheck_order(
    performance_id: int,
    *,
    user_id: int,
    ordinals: Sequence[int],
    layout_version: int,
    who: SpenderArgs = UNBUDGETED,
) -> None:
    """Refuse an order that could not be reserved now, before any SQL; nothing is held.

    One that may be placed is taken from the budgets of `who`.

    Raises:
        AccessPassRequired, NotOnSale, SeatLimitExceeded, TooManyOrders, SeatsUnavailable
        TooManyRequests: the budget of one of `who` is used up.
        LayoutChanged: the ordinals are those of another layout.
    """
    taken = await _check.arun(performance_id, user_id, ordinals, layout_version, who)
    if taken is not None:
        raise _seats_unavailable(taken, await aget_layout(performance_id))


async def agive_order_back(performance_id: int, who: SpenderArgs) -> None:
    """Put an order that could not be stored back into the budgets that it was taken from."""
    await agive_back(placed_key(performance_id), who)


@asking(load_script(__file__, "register_draft.lua"), read=nothing, refusals=SEATS_REFUSALS)
def register_draft(order_id: str, *, user_id: int, ordinals: Sequence[int], expires_at: datetime) -> Question:
    """Make a PENDING order known, so that reserving it needs no SQL. Twice does no harm."""
    until = math.ceil(expires_at.timestamp())
    return seat_keys(_performance(order_id)), (order_id, user_id, until, DRAFTS_AT_ONCE, pack_ordinals(ordinals))


@asking(load_script(__file__, "reserve.lua"), read=held_or_not, refusals=REFUSALS)
def _hold(performance_id: int, order_id: str, user_id: int, who: SpenderArgs) -> Question:
    """Hold the seats of an order that Redis knows."""
    return reserve_keys(performance_id), (order_id, user_id, settings.HOLD_SECONDS, *who)


def reserve(order_id: str, *, user_id: int, who: SpenderArgs = UNBUDGETED) -> Held:
    """Hold every seat of an order for `HOLD_SECONDS`, or none. The same order again gives the same hold.

    A new hold is taken from the budgets of `who`.

    Raises:
        TooManyRequests: the budget of one of `who` is used up.
        NotFound: no such order of this user's.
        AccessPassRequired, NotOnSale, SeatLimitExceeded
        SeatsUnavailable: `seat_ids` names those that were taken.
        OrderExpired, OrderStateConflict
    """
    performance_id = _performance(order_id)
    found = _hold(performance_id, order_id, user_id, who)
    if found is FORGOTTEN:
        _register_from_database(order_id, user_id)
        found = _hold(performance_id, order_id, user_id, who)
    if isinstance(found, Taken):
        raise _seats_unavailable(found, get_layout(performance_id))
    if found is FORGOTTEN:
        raise OrderExpired
    return found


async def areserve(
    order_id: str, *, user_id: int, who: SpenderArgs = UNBUDGETED, performance_id: int | None = None
) -> Held:
    """See `reserve`; `performance_id` is the one that the order's id names, where the caller has read it already."""
    if performance_id is None:
        performance_id = _performance(order_id)
    found = await _hold.arun(performance_id, order_id, user_id, who)
    if found is FORGOTTEN:
        await in_database_thread(_register_from_database, order_id, user_id)
        found = await _hold.arun(performance_id, order_id, user_id, who)
    if isinstance(found, Taken):
        raise _seats_unavailable(found, await aget_layout(performance_id))
    if found is FORGOTTEN:
        raise OrderExpired
    return found


async def agive_hold_back(order_id: str, who: SpenderArgs) -> None:
    """Put a hold that could not be stored back into the budgets that it was taken from."""
    await agive_back(taken_key(_performance(order_id)), who)


@asking(load_script(__file__, "extend.lua"), read=held_or_not, refusals=REFUSALS)
def _extend(
    order_id: str, until: datetime, user_id: int = 0, packed_ordinals: bytes = b"", *, waits: bool = False
) -> Question:
    """Extend a hold; with its seats and their owner also one that Redis has forgotten."""
    args = (order_id, math.ceil(until.timestamp()), user_id, packed_ordinals, int(waits))
    return hold_keys(_performance(order_id)), args


def extend_hold(order_id: str, *, until: datetime, waits: bool = False) -> Held:
    """Make an order's hold last until then at least; take the seats again if it was lost.

    An order that `waits` for a deposit keeps no access pass alive by it, from now on.

    The order's row says so first: a hold that lasts longer than its row keeps a seat that the database has let go.

    Raises:
        NotFound
        SeatsUnavailable: it was lost, and somebody else has one of the seats.
        OrderStateConflict: the seats are sold to this order.
    """
    found = _extend(order_id, until, waits=waits)
    if found is FORGOTTEN:
        order = database.read_order(order_id)
        found = _extend(order_id, until, order.user_id, pack_ordinals(order.ordinals), waits=waits)
    if isinstance(found, Taken):
        raise _seats_unavailable(found, get_layout(_performance(order_id)))
    if found is FORGOTTEN:
        raise OrderExpired
    return found


async def aextend_hold(order_id: str, *, until: datetime) -> Held:
    """See `extend_hold`; for the event loop."""
    found = await _extend.arun(order_id, until)
    if found is FORGOTTEN:
        order = await in_database_thread(database.read_order, order_id)
        found = await _extend.arun(order_id, until, order.user_id, pack_ordinals(order.ordinals))
    if isinstance(found, Taken):
        raise _seats_unavailable(found, await aget_layout(_performance(order_id)))
    if found is FORGOTTEN:
        raise OrderExpired
    return found


@asking(load_script(__file__, "release.lua"), read=says(b"RELEASED"), refusals=SEATS_REFUSALS)
def release_hold(order_id: str, *, version: int | None = None) -> Question:
    """Free the seats of an order's own hold, or forget its draft; tell whether there was one.

    With `version` only that hold: a release that comes late does nothing. Sold seats stay sold. The account gets the
    seconds back that the hold had left.
    """
    budget = packed_budget(settings.SALE_RATES["held_seconds"]["account"])
    args = (order_id, version or NO_HOLD_MEANT, budget, settings.HOLD_SECONDS)
    return release_keys(_performance(order_id)), args


@asking(load_script(__file__, "mark_sold.lua"), read=says(b"SOLD"), refusals=SEATS_REFUSALS)
def _mark(order_id: str, user_id: int = 0, packed_ordinals: bytes = b"") -> Question:
    """Mark the seats of a hold as sold, or these; tell whether it is known which they are."""
    return seat_keys(_performance(order_id)), (order_id, user_id, packed_ordinals)


def mark_sold(order_id: str) -> None:
    """Show the seats of a paid order as sold. Twice does no harm.

    Where the hold was lost the seats are those with a live ticket: the database decides who has a seat.
    The order's row is locked meanwhile, so that a refund cannot come between the reading and the marking.
    """
    if not _mark(order_id):
        with transaction.atomic():
            order = database.lock_sale(order_id)
            if order.ordinals:
                _mark(order_id, order.user_id, pack_ordinals(order.ordinals))


async def amark_sold(order_id: str) -> None:
    """See `mark_sold`; for the event loop."""
    if not await _mark.arun(order_id):
        await in_database_thread(mark_sold, order_id)


async def ais_held(order_id: str, *, version: int) -> bool:
    """Whether an order still has the hold of that version."""
    packed = await pipelined_redis().execute(b"HGET", orders_key(_performance(order_id)), order_id)
    record = OrderRecord.unpack(packed) if packed else None
    return record is not None and record.state == RecordState.HELD and record.version == version


def _freed(answer: Answer) -> int:
    return int(answer[1]) if answer[0] == b"FREED" else 0


@asking(load_script(__file__, "free_seats.lua"), read=_freed, refusals=SEATS_REFUSALS)
def free_seats(order_id: str, *, ordinals: Sequence[int]) -> Question:
    """Put seats whose refund is certain on sale again; return how many still were this order's."""
    return seat_keys(_performance(order_id)), (order_id, pack_ordinals(ordinals))


@asking(load_script(__file__, "give_pass_back.lua"), read=says(b"RELEASED"), refusals=SEATS_REFUSALS)
def give_pass_back(performance_id: int, *, user_id: int, pass_id: int | None) -> Question | Known[bool]:
    """End that pass of a buyer's unless the buyer holds seats; tell whether there was one to end.

    Another pass, given since, stays. None: the order was held before passes were known by an id, and what it was held
    by ends by itself.
    """
    return Known(False) if pass_id is None else (pass_and_seat_keys(performance_id), (user_id, pass_id))


@asking(load_script(__file__, "rebuild.lua"), read=says(b"REBUILT"))
def rebuild(performance_id: int, snapshot: Snapshot) -> Question:
    """Write a performance's seats from the database, unless Redis has them; tell whether this call did."""
    sale = snapshot.settings
    args: list[Any] = [snapshot.version, sale.layout_version, sale.opens_at, sale.closes_at, sale.limit]
    args += [sale.keys_expire_at, settings.HOLD_SECONDS, snapshot.cells()]
    for order_id, record in snapshot.records():
        args += (order_id, record)
    return seat_keys(performance_id), args


def _performance(order_id: str) -> int:
    performance_id = performance_of(order_id)
    if performance_id is None:
        raise NotFound
    return performance_id


def _register_from_database(order_id: str, user_id: int) -> None:
    order = database.read_draft(order_id, user_id=user_id)
    register_draft(order_id, user_id=user_id, ordinals=order.ordinals, expires_at=order.expires_at)


def _seats_unavailable(taken: Taken, layout: Layout) -> SeatsUnavailable:
    return SeatsUnavailable(seat_ids=layout.seat_ids(taken.ordinals))
