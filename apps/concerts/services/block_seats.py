"""Seats that staff keep from being sold, and give back.

The database keeps the list, Redis guards the sale, and whatever fails between them errs on the side
of not selling: to block, Redis is asked inside the transaction, since it alone knows whether a seat is
held this moment; to unblock, it is told after the commit.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from apps.common.database import outbox
from apps.common.database.transactions import retried_transaction
from apps.common.errors import ValidationFailed
from apps.concerts.errors import SeatStateNotReady
from apps.concerts.models import BlockedSeat, Performance, Seat
from apps.concerts.seat_states import store

FREE_UNBLOCKED_SEATS = "concerts.free_unblocked_seats"


def block_seats(performance: Performance, seat_ids: Collection[int], *, actor_id: int, reason: str = "") -> int:
    """Keep seats from being sold; return how many were not blocked before.

    Raises:
        ValidationFailed: a seat is not one of the venue's.
        SeatsUnavailable: somebody holds or has bought one of them; none was blocked.
        ServiceUnavailable: Redis is away, or still being rebuilt.
    """
    with transaction.atomic():
        ordinals = _lock_ordinals(performance, seat_ids)
        blocked = set(
            BlockedSeat.objects.filter(performance=performance, seat__in=ordinals).values_list("seat_id", flat=True)
        )
        fresh = {seat_id: ordinal for seat_id, ordinal in ordinals.items() if seat_id not in blocked}
        BlockedSeat.objects.bulk_create(
            BlockedSeat(performance=performance, seat_id=seat_id, reason=reason, blocked_by_id=actor_id)
            for seat_id in fresh
        )
        if fresh:
            _block_in_redis(performance, list(fresh.values()))
    return len(fresh)


def _block_in_redis(performance: Performance, ordinals: list[int]) -> None:
    """Ask Redis for the seats. What is not public is not there: its seats come from the database, after this lock."""
    try:
        store.block_seats(performance.pk, ordinals)
    except SeatStateNotReady:
        if _is_public(performance.pk):
            raise


def _is_public(performance_id: int) -> bool:
    return Performance.objects.public(timezone.now()).filter(pk=performance_id).exists()


@retried_transaction
def unblock_seats(performance: Performance, seat_ids: Collection[int]) -> int:
    """Give blocked seats back to the sale; return how many were blocked.

    Raises:
        ValidationFailed: a seat is not one of the venue's; none was given back.
    """
    ordinals = _lock_ordinals(performance, seat_ids)
    rows = BlockedSeat.objects.filter(performance=performance, seat__in=ordinals)
    blocked = list(rows.values_list("seat_id", flat=True))
    rows.delete()
    if blocked:
        outbox.enqueue(FREE_UNBLOCKED_SEATS, performance_id=performance.pk, seat_ids=blocked)
    return len(blocked)


@outbox.handles(FREE_UNBLOCKED_SEATS)
def free_unblocked_seats(*, performance_id: int, seat_ids: list[int]) -> None:
    """Tell Redis of seats that were unblocked, except those that have been blocked again since.

    By their ordinals, which are the same in a hall that the performance may have moved to.
    """
    with transaction.atomic():
        Performance.objects.select_for_update().get(pk=performance_id)
        ordinals = set(Seat.objects.filter(pk__in=seat_ids).values_list("ordinal", flat=True))
        blocked = BlockedSeat.objects.filter(performance=performance_id, seat__ordinal__in=ordinals)
        ordinals -= set(blocked.values_list("seat__ordinal", flat=True))
        if ordinals:
            _unblock_in_redis(performance_id, sorted(ordinals))


def _unblock_in_redis(performance_id: int, ordinals: list[int]) -> None:
    try:
        store.unblock_seats(performance_id, ordinals)
    except SeatStateNotReady:
        if _is_public(performance_id):
            raise


def _lock_ordinals(performance: Performance, seat_ids: Collection[int]) -> dict[int, int]:
    """Take the performance's row, so that staff block one after the other; return each seat's ordinal."""
    wanted = set(seat_ids)
    locked = Performance.objects.select_for_update().get(pk=performance.pk)
    ordinals = dict(Seat.objects.filter(venue=locked.venue_id, pk__in=wanted).values_list("pk", "ordinal"))
    if len(ordinals) < len(wanted):
        unknown = ", ".join(map(str, sorted(wanted - ordinals.keys())))
        raise ValidationFailed(errors={"seat_ids": [f"The venue has no such seats: {unknown}."]})
    return ordinals
