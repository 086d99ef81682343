"""Shows that are moved, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from apps.accounts.models import Role
from apps.common.clock import database_now
from apps.common.database import outbox
from apps.concerts.models import Performance, PerformanceMove, Seat, Venue
from apps.orders.services.moving.begin_move import WantedMove, begin_move
from apps.orders.services.moving.carry_out_move import CARRY_OUT_MOVE
from tests.factories import make_user, make_venue

LATER = timedelta(days=14)


def wanted_move(performance: Performance, **changes: Any) -> WantedMove:
    """A move of a show as it is now: two weeks later, with a week for returning tickets."""
    performance = Performance.objects.get(pk=performance.pk)
    usual = WantedMove(
        starts_at=performance.starts_at + LATER,
        venue_id=performance.venue_id,
        sale_closes_at=None,
        free_return_until=database_now() + timedelta(days=7),
        reason="폭설로 연기합니다.",
        seen_starts_at=performance.starts_at,
        seen_venue_id=performance.venue_id,
    )
    return replace(usual, **changes)


def move_show(performance: Performance, **changes: Any) -> PerformanceMove:
    """Move a show; the work that follows the commit is done by the same call."""
    move = begin_move(performance.pk, wanted_move(performance, **changes), actor_id=make_user(role=Role.STAFF).pk)
    move.refresh_from_db()
    return move


def twin_of(performance: Performance) -> Venue:
    """Another hall of the plan that `make_venue` builds by default."""
    return make_venue()


def place_of(seat_id: int) -> tuple[str, str, int]:
    """How a seat is called, in whatever hall."""
    seat = Seat.objects.select_related("section").get(pk=seat_id)
    return seat.section.code, seat.row, seat.number


@contextmanager
def not_carried_out() -> Iterator[None]:
    """Let a move begin and no more: whoever would carry it out dies each time."""
    handler = outbox._handlers[CARRY_OUT_MOVE]

    def die(**_arguments: Any) -> None:
        raise RuntimeError("killed")

    outbox._handlers[CARRY_OUT_MOVE] = die
    try:
        yield
    finally:
        outbox._handlers[CARRY_OUT_MOVE] = handler
