"""Bring a performance's seats back into Redis from the database.

No new hold is granted before the old ones are there: until `rebuild.lua` has set `ready`, every
script of the performance answers NOT_READY. One rebuild at a time, under a python-redis-lock; should
the lock run out, the script's compare-and-set still lets only one of two rebuilds count.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import ceil
from typing import TypeVar

from django.db import Error, transaction
from django.db.models import F, Max, Q
from django.db.models.functions import Now
from django.utils import timezone
from redis.exceptions import RedisError

from apps.common.errors import NotFound
from apps.common.redis import translate_errors
from apps.common.redis.locks import one_at_a_time
from apps.concerts.errors import SeatStateNotReady
from apps.concerts.models import BlockedSeat, Performance
from apps.concerts.seat_states import store as seat_states
from apps.concerts.waiting_room import store as waiting_room
from apps.orders import states
from apps.orders.models import Order, OrderLine, Ticket
from apps.orders.seat_holds import store
from apps.orders.seat_holds.snapshot import LiveOrder, Snapshot, SoldSeat

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

LOCK_SECONDS = 30
WANTED_AT_ONCE = 20
VERSION_LEAP = 1_000_000  # more changes than can have happened since the newest version in the database


class HasNoSeats(NotFound):
    """What is not public has no seats in Redis."""


def ensure_seat_state(performance_id: int) -> bool:
    """Rebuild the seats of one performance if Redis does not have them; tell whether this call did.

    Raises:
        HasNoSeats: there is no such performance that is public.
    """
    if not Performance.objects.public(timezone.now()).filter(pk=performance_id).exists():
        raise HasNoSeats
    with one_at_a_time(lock_of(performance_id), seconds=LOCK_SECONDS):
        if seat_states.is_ready(performance_id):
            return False
        return rebuild_seat_state(performance_id)


def lock_of(performance_id: int) -> str:
    """Name the lock of a performance's rebuild."""
    return f"{{rebuild:{performance_id}}}"


def with_seat_state(performance_id: int, call: Callable[[], Result]) -> Result:
    """Return what `call` returns; where Redis does not have the seats, rebuild them and call again.

    Also for a performance that is over or cancelled: `ensure_seat_states` leaves those away.
    """
    try:
        return call()
    except SeatStateNotReady:
        with translate_errors():
            ensure_seat_state(performance_id)
        return call()


def tell_seats(performance_id: int, call: Callable[[], object]) -> None:
    """Tell Redis by `call` what the database says by now, as `with_seat_state` does.

    Of a performance that was taken back from the public there is nothing to tell: once it is public again its seats
    come from the database.
    """
    with suppress(HasNoSeats):
        with_seat_state(performance_id, call)


def rebuild_seat_state(performance_id: int) -> bool:
    """Write a performance's seats as the database knows them, unless they are there already.

    Who holds seats gets the access pass back as well: it was lost with them. The performance's row is
    locked meanwhile: what staff change of the sale is in the snapshot, or reaches Redis after it. What is not public,
    or was taken back before the lock, has no seats in Redis, so that nothing there has to ask whether it is.

    Raises:
        HasNoSeats: the performance is not public.
    """
    with transaction.atomic():
        Performance.objects.select_for_update().get(pk=performance_id)
        if not Performance.objects.public(timezone.now()).filter(pk=performance_id).exists():
            raise HasNoSeats
        snapshot = take_snapshot(performance_id)
        done = store.rebuild(performance_id, snapshot)
    if done:
        _restore_passes(performance_id, [order for order in snapshot.orders if order.held and not order.waits])
        logger.info("rebuilt the seats of performance %s", performance_id)
    return done


def _restore_passes(performance_id: int, holds: Sequence[LiveOrder]) -> None:
    """Give the buyers of holds their passes back: each for as long as the last hold, under the id of the last pass.

    What waits for a deposit needs none.
    """
    ends: dict[int, int] = {}
    ids: dict[int, int] = {}
    for order in holds:
        ends[order.user_id] = max(ceil(order.expires_at.timestamp()), ends.get(order.user_id, 0))
        if order.pass_id is not None:
            ids[order.user_id] = max(order.pass_id, ids.get(order.user_id, 0))
    waiting_room.restore_passes(performance_id, ends, ids=ids)


def ensure_seat_states() -> int:
    """Rebuild every public performance that is still to come and that Redis does not have; return how many.

    Seats are refunded, and looked at, after the sale has closed too. Of performances that are over or
    cancelled those come back that somebody has looked at.
    """
    wanted = Performance.objects.public(timezone.now()).filter(
        Q(sale_closes_at__gt=Now()) | Q(starts_at__gt=Now()), status=Performance.Status.SCHEDULED
    )
    asked_for = seat_states.take_wanted(limit=WANTED_AT_ONCE)
    missing = seat_states.not_ready(list({*wanted.values_list("pk", flat=True), *asked_for}))
    rebuilt = 0
    for performance_id in missing:
        try:
            rebuilt += ensure_seat_state(performance_id)
        except (RedisError, Error, NotFound):  # one performance's trouble is not the others'
            logger.exception("the seats of performance %s could not be rebuilt", performance_id)
    return rebuilt


def take_snapshot(performance_id: int) -> Snapshot:
    """Read what Redis has to know: settings, sold and blocked seats, live orders and drafts."""
    performance = Performance.objects.select_related("venue").get(pk=performance_id)
    # Orders before tickets: one that is paid meanwhile is in both, and counts as sold; the other way round in neither.
    orders = _live_orders(performance_id)
    newest = Order.objects.filter(performance=performance).aggregate(newest=Max("hold_version"))["newest"]
    return Snapshot(
        settings=seat_states.sale_settings(performance),
        seat_count=performance.venue.seat_count,
        version=(newest or 0) + VERSION_LEAP,
        blocked=list(BlockedSeat.objects.filter(performance=performance).values_list("seat__ordinal", flat=True)),
        sold=[
            SoldSeat(order_id=order_id, ordinal=ordinal, user_id=user_id, version=version or 0)
            for order_id, ordinal, user_id, version in Ticket.objects.filter(
                performance=performance, live=True
            ).values_list("order_id", "seat__ordinal", "user_id", "order__hold_version")
        ],
        orders=orders,
    )


def _live_orders(performance_id: int) -> list[LiveOrder]:
    live = Q(order__status__in=states.OPEN, order__expires_at__gt=Now()) | Q(
        order__status__in=(Order.Status.CONFIRMING, Order.Status.WAITING_FOR_DEPOSIT)
    )
    rows = OrderLine.objects.filter(live, order__performance=performance_id).values_list(
        "order_id",
        "order__user_id",
        "order__status",
        "order__hold_version",
        "order__expires_at",
        "order__pass_id",
        "seat__ordinal",
    )
    orders: dict[str, LiveOrder] = {}
    for order_id, user_id, status, version, expires_at, pass_id, ordinal in rows.order_by("order_id", F("number")):
        order = orders.setdefault(
            order_id,
            LiveOrder(
                order_id=order_id,
                user_id=user_id,
                held=status != Order.Status.PENDING,
                version=version or 0,
                expires_at=expires_at,
                ordinals=[],
                pass_id=pass_id,
                waits=status == Order.Status.WAITING_FOR_DEPOSIT,
            ),
        )
        order.ordinals.append(ordinal)
    return list(orders.values())
