"""The store of holds. Its scripts decide; it only asks them and reads their answers.

Functions that start with `a` are for the event loop, the others for threads. Each raises
ServiceUnavailable while Redis is away, and SeatStateNotReady while the seats have to be rebuilt.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.common.budgets import SpenderArgs, agive_back
from apps.common.errors import NotFound
from apps.common.redis import pipelined_redis, translate_errors
from apps.common.scripts import load_script
from apps.common.threads import in_database_thread
from apps.concerts.errors import SeatsUnavailable
from apps.concerts.seat_map.layout import Layout, aget_layout, get_layout
from apps.concerts.seat_states.keys import orders_key, seat_keys
from apps.concerts.seat_states.records import OrderRecord, RecordState, pack_ordinals
from apps.concerts.seat_states.scripts import Answer, arun, run
from apps.orders.order_ids import performance_of
from apps.orders.seat_holds import database
from apps.orders.seat_holds.answers import Held, LayoutChanged, held, refusal
from apps.orders.seat_holds.keys import (
    hold_keys,
    order_keys,
    pass_and_seat_keys,
    placed_key,
    reserve_keys,
    taken_key,
)
from apps.orders.seat_holds.snapshot import Snapshot

DRAFTS_AT_ONCE = 10
NO_HOLD_MEANT = 0
UNBUDGETED: SpenderArgs = ()

_check_order = load_script(__file__, "check_order.lua")
_register_draft = load_script(__file__, "register_draft.lua")
_reserve = load_script(__file__, "reserve.lua")
_extend = load_script(__file__, "extend.lua")
_release = load_script(__file__, "release.lua")
_mark_sold = load_script(__file__, "mark_sold.lua")
_free_seats = load_script(__file__, "free_seats.lua")
_give_pass_back = load_script(__file__, "give_pass_back.lua")
_rebuild = load_script(__file__, "rebuild.lua")


def check_order(
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
    args = (user_id, layout_version, DRAFTS_AT_ONCE, pack_ordinals(ordinals), *who)
    answer = run(_check_order, order_keys(performance_id), args)
    if answer[0] == b"TAKEN":
        raise _seats_unavailable(answer, get_layout(performance_id))
    _pass_check(answer)


async def acheck_order(
    performance_id: int,
    *,
    user_id: int,
    ordinals: Sequence[int],
    layout_version: int,
    who: SpenderArgs = UNBUDGETED,
) -> None:
    """See `check_order`."""
    args = (user_id, layout_version, DRAFTS_AT_ONCE, pack_ordinals(ordinals), *who)
    answer = await arun(_check_order, order_keys(performance_id), args)
    if answer[0] == b"TAKEN":
        raise _seats_unavailable(answer, await aget_layout(performance_id))
    _pass_check(answer)


async def agive_order_back(performance_id: int, who: SpenderArgs) -> None:
    """Put an order that could not be stored back into the budgets that it was taken from."""
    await agive_back(placed_key(performance_id), who)


def register_draft(order_id: str, *, user_id: int, ordinals: Sequence[int], expires_at: datetime) -> None:
    """Make a PENDING order known, so that reserving it needs no SQL. Twice does no harm."""
    keys, args = _draft(order_id, user_id, ordinals, expires_at)
    run(_register_draft, keys, args)


async def aregister_draft(order_id: str, *, user_id: int, ordinals: Sequence[int], expires_at: datetime) -> None:
    """See `register_draft`."""
    keys, args = _draft(order_id, user_id, ordinals, expires_at)
    await arun(_register_draft, keys, args)


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
    keys, args = reserve_keys(performance_id), (order_id, user_id, settings.HOLD_SECONDS, *who)
    answer = run(_reserve, keys, args)
    if answer[0] == b"UNKNOWN":
        _register_from_database(order_id, user_id)
        answer = run(_reserve, keys, args)
    if answer[0] == b"TAKEN":
        raise _seats_unavailable(answer, get_layout(performance_id))
    return _hold(answer)


async def areserve(order_id: str, *, user_id: int, who: SpenderArgs = UNBUDGETED) -> Held:
    """See `reserve`."""
    performance_id = _performance(order_id)
    keys, args = reserve_keys(performance_id), (order_id, user_id, settings.HOLD_SECONDS, *who)
    answer = await arun(_reserve, keys, args)
    if answer[0] == b"UNKNOWN":
        await in_database_thread(_register_from_database, order_id, user_id)
        answer = await arun(_reserve, keys, args)
    if answer[0] == b"TAKEN":
        raise _seats_unavailable(answer, await aget_layout(performance_id))
    return _hold(answer)


async def agive_hold_back(order_id: str, who: SpenderArgs) -> None:
    """Put a hold that could not be stored back into the budgets that it was taken from."""
    await agive_back(taken_key(_performance(order_id)), who)


def extend_hold(order_id: str, *, seconds: int) -> Held:
    """Make an order's hold last for `seconds` from now at least; take the seats again if it was lost.

    Raises:
        NotFound
        SeatsUnavailable: it was lost, and somebody else has one of the seats.
        OrderStateConflict: the seats are sold to this order.
    """
    performance_id = _performance(order_id)
    keys = hold_keys(performance_id)
    answer = run(_extend, keys, (order_id, seconds, 0, b""))
    if answer[0] == b"LOST":
        order = database.read_order(order_id)
        answer = run(_extend, keys, (order_id, seconds, order.user_id, pack_ordinals(order.ordinals)))
    if answer[0] == b"TAKEN":
        raise _seats_unavailable(answer, get_layout(performance_id))
    return _hold(answer)


async def aextend_hold(order_id: str, *, seconds: int) -> Held:
    """See `extend_hold`; for the event loop."""
    performance_id = _performance(order_id)
    keys = hold_keys(performance_id)
    answer = await arun(_extend, keys, (order_id, seconds, 0, b""))
    if answer[0] == b"LOST":
        order = await in_database_thread(database.read_order, order_id)
        answer = await arun(_extend, keys, (order_id, seconds, order.user_id, pack_ordinals(order.ordinals)))
    if answer[0] == b"TAKEN":
        raise _seats_unavailable(answer, await aget_layout(performance_id))
    return _hold(answer)


def release_hold(order_id: str, *, version: int | None = None) -> bool:
    """Free the seats of an order's own hold, or forget its draft; tell whether there was one.

    With `version` only that hold: a release that comes late does nothing. Sold seats stay sold.
    """
    answer = run(_release, seat_keys(_performance(order_id)), (order_id, version or NO_HOLD_MEANT))
    return bool(answer[0] == b"RELEASED")


async def arelease_hold(order_id: str, *, version: int | None = None) -> bool:
    """See `release_hold`."""
    answer = await arun(_release, seat_keys(_performance(order_id)), (order_id, version or NO_HOLD_MEANT))
    return bool(answer[0] == b"RELEASED")


def mark_sold(order_id: str) -> None:
    """Show the seats of a paid order as sold. Twice does no harm.

    Where the hold was lost the seats are those with a live ticket: the database decides who has a seat.
    The order's row is locked meanwhile, so that a refund cannot come between the reading and the marking.
    """
    keys = seat_keys(_performance(order_id))
    if run(_mark_sold, keys, (order_id, 0, b""))[0] == b"UNKNOWN":
        with transaction.atomic():
            order = database.lock_sale(order_id)
            if order.ordinals:
                run(_mark_sold, keys, (order_id, order.user_id, pack_ordinals(order.ordinals)))


async def amark_sold(order_id: str) -> None:
    """See `mark_sold`; for the event loop."""
    if (await arun(_mark_sold, seat_keys(_performance(order_id)), (order_id, 0, b"")))[0] == b"UNKNOWN":
        await in_database_thread(mark_sold, order_id)


async def ais_held(order_id: str, *, version: int) -> bool:
    """Whether an order still has the hold of that version."""
    packed = await pipelined_redis().execute(b"HGET", orders_key(_performance(order_id)), order_id)
    record = OrderRecord.unpack(packed) if packed else None
    return record is not None and record.state == RecordState.HELD and record.version == version


def free_seats(order_id: str, *, ordinals: Sequence[int]) -> int:
    """Put seats whose refund is certain on sale again; return how many still were this order's."""
    answer = run(_free_seats, seat_keys(_performance(order_id)), (order_id, pack_ordinals(ordinals)))
    return int(answer[1]) if answer[0] == b"FREED" else 0


def give_pass_back(performance_id: int, *, user_id: int) -> bool:
    """End a buyer's pass unless the buyer holds seats; tell whether there was one to end."""
    answer = run(_give_pass_back, pass_and_seat_keys(performance_id), (user_id,))
    return bool(answer[0] == b"RELEASED")


async def agive_pass_back(performance_id: int, *, user_id: int) -> bool:
    """See `give_pass_back`; for the event loop."""
    answer = await arun(_give_pass_back, pass_and_seat_keys(performance_id), (user_id,))
    return bool(answer[0] == b"RELEASED")


def rebuild(performance_id: int, snapshot: Snapshot) -> bool:
    """Write a performance's seats from the database, unless Redis has them; tell whether this call did."""
    sale = snapshot.settings
    args: list[Any] = [snapshot.version, sale.layout_version, sale.opens_at, sale.closes_at, sale.limit]
    args += [sale.keys_expire_at, settings.HOLD_SECONDS, snapshot.cells()]
    for order_id, record in snapshot.records():
        args += (order_id, record)
    with translate_errors():
        return bool(_rebuild.run(seat_keys(performance_id), args)[0] == b"REBUILT")


def _performance(order_id: str) -> int:
    performance_id = performance_of(order_id)
    if performance_id is None:
        raise NotFound
    return performance_id


def _draft(
    order_id: str, user_id: int, ordinals: Sequence[int], expires_at: datetime
) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    until = math.ceil(expires_at.timestamp())
    return seat_keys(_performance(order_id)), (order_id, user_id, until, DRAFTS_AT_ONCE, pack_ordinals(ordinals))


def _register_from_database(order_id: str, user_id: int) -> None:
    order = database.read_draft(order_id, user_id=user_id)
    register_draft(order_id, user_id=user_id, ordinals=order.ordinals, expires_at=order.expires_at)


def _pass_check(answer: Answer) -> None:
    if answer[0] == b"LAYOUT":
        raise LayoutChanged(answer[1])
    if answer[0] != b"FREE":
        raise refusal(answer)


def _hold(answer: Answer) -> Held:
    if answer[0] in (b"HELD", b"ALREADY", b"EXTENDED", b"RETAKEN"):
        return held(answer)
    raise refusal(answer)


def _seats_unavailable(answer: Answer, layout: Layout) -> SeatsUnavailable:
    return SeatsUnavailable(seat_ids=layout.seat_ids(answer[1:]))
