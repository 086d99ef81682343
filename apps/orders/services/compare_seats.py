"""Compare the seats in Redis with the database, and bring back what is not as it says there.

A change reaches Redis shortly after its commit, so one that is on its way differs too: only what a sweep has found
before, and finds again, is mended. Nothing is sold on a wrong cell meanwhile: tickets are unique in the database.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

from django.core.cache import cache
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from redis.exceptions import RedisError

from apps.common.errors import DomainError
from apps.common.redis import sync_redis, translate_errors
from apps.concerts.errors import SeatStateNotReady
from apps.concerts.models import Performance
from apps.concerts.seat_states import store as seat_states
from apps.concerts.seat_states.reading import read_cells
from apps.concerts.seat_states.records import BLOCKED, CELL, SOLD
from apps.orders.seat_holds.snapshot import Snapshot
from apps.orders.services.rebuild_seat_state import ensure_seat_state, take_snapshot

logger = logging.getLogger(__name__)

SECONDS_OF_A_SWEEP = 20.0
FOUND_KEPT_SECONDS = 600  # several sweeps
SWEEPS_KEY = "seats:sweeps"
"""Hash: `swept_at` in Unix seconds by Redis' clock, `shows` and `seats` mended since it was made."""

Kind = str  # "sold", "blocked", "held"; a seat that is none of these is free
Differences = Mapping[int, str]


def sweep_seats() -> int:
    """Compare every public show that is still to come; return how many had to be mended.

    What does not fit into `SECONDS_OF_A_SWEEP` is the next run's: those that were compared last go last.
    """
    shows = Performance.objects.public(timezone.now()).filter(
        Q(sale_closes_at__gt=Now()) | Q(starts_at__gt=Now()), status=Performance.Status.SCHEDULED, moving_since=None
    )
    compared: dict[str, float] = cache.get("seats:compared", {})
    until = time.monotonic() + SECONDS_OF_A_SWEEP
    mended = 0
    for performance_id in sorted(shows.values_list("pk", flat=True), key=lambda pk: compared.get(str(pk), 0.0)):
        if time.monotonic() > until:
            break
        try:
            mended += compare_and_mend(performance_id)
        except (RedisError, DomainError):  # away, or rebuilt already: the next sweep
            logger.warning("the seats of performance %s could not be compared", performance_id, exc_info=True)
        compared[str(performance_id)] = time.time()
    cache.set("seats:compared", compared, FOUND_KEPT_SECONDS)
    with translate_errors():
        sync_redis().hset(SWEEPS_KEY, "swept_at", sync_redis().time()[0])
    return mended


def compare_and_mend(performance_id: int) -> bool:
    """Compare one show's seats; rebuild them where the last comparison found the same; tell whether it was needed.

    Raises:
        ServiceUnavailable: Redis is away.
    """
    key = f"seats:differ:{performance_id}"
    try:
        found = differences(performance_id)
    except SeatStateNotReady:
        found = {}
    before: Differences = cache.get(key, {})
    again = {ordinal: kind for ordinal, kind in found.items() if before.get(ordinal) == kind}
    if not again:
        cache.set(key, found, FOUND_KEPT_SECONDS)
        return False
    logger.error("seats of performance %s are not as the database has them: %s", performance_id, again)
    seat_states.mark_not_ready(performance_id)
    ensure_seat_state(performance_id)
    cache.delete(key)
    with translate_errors(), sync_redis().pipeline(transaction=False) as pipeline:
        pipeline.hincrby(SWEEPS_KEY, "shows", 1)
        pipeline.hincrby(SWEEPS_KEY, "seats", len(again))
        pipeline.execute()
    return True


def differences(performance_id: int) -> dict[int, str]:
    """Return the seats that Redis has otherwise than the database, by ordinal: `held, not sold`.

    Raises:
        SeatStateNotReady, ServiceUnavailable
    """
    expected = _expected(take_snapshot(performance_id))
    cells = read_cells(performance_id)
    found = {
        ordinal: kind
        for ordinal, (expires_at, _) in enumerate(CELL.iter_unpack(cells.packed))
        if (kind := _kind(expires_at, now=cells.now)) is not None
    }
    return {
        ordinal: f"{found.get(ordinal, 'free')}, not {expected.get(ordinal, 'free')}"
        for ordinal in sorted(found.keys() | expected.keys())
        if found.get(ordinal) != expected.get(ordinal)
    }


def _expected(snapshot: Snapshot) -> dict[int, Kind]:
    expected: dict[int, Kind] = dict.fromkeys(snapshot.blocked, "blocked")
    for order in snapshot.orders:
        if order.held:
            expected.update(dict.fromkeys(order.ordinals, "held"))
    expected.update({seat.ordinal: "sold" for seat in snapshot.sold})
    return expected


def _kind(expires_at: int, *, now: int) -> Kind | None:
    if expires_at == SOLD:
        return "sold"
    if expires_at == BLOCKED:
        return "blocked"
    return "held" if expires_at > now else None
