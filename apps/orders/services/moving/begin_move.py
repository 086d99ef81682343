"""Ask for a move: checked, noted, and the sale paused, before anything of the show changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from apps.common.clock import database_now
from apps.common.database import outbox
from apps.common.database.transactions import retried_transaction
from apps.common.errors import NotFound, ValidationFailed
from apps.concerts.models import Performance, PerformanceMove, Venue
from apps.concerts.services.create_performance import check_performance
from apps.concerts.services.halls import is_of_same_plan
from apps.concerts.services.share_sale_settings import share_sale_settings
from apps.orders.services.moving.carry_out_move import CARRY_OUT_MOVE

FARTHEST = timedelta(days=1_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedMove:
    """What staff ask for, and of which date and hall (`seen_…`) they ask it.

    `sale_closes_at` is None where the sale is to end as long before the show as it does now.
    """

    starts_at: datetime
    venue_id: int
    sale_closes_at: datetime | None
    free_return_until: datetime
    reason: str
    seen_starts_at: datetime
    seen_venue_id: int


@retried_transaction
def begin_move(performance_id: int, wanted: WantedMove, *, actor_id: int) -> PerformanceMove:
    """Note that a performance is to move, and pause its sale; the move itself follows the commit, at once as a rule.

    1. Under the performance's lock the move is checked against the show as it is now.
    2. Its row is stored, which no second one can join while it is open, and the performance says that it moves: from
       the commit on no order is placed and no payment begins. What is held stays held.
    3. `carry_out_move` is promised.

    Raises:
        NotFound
        ValidationFailed: the move cannot be, `errors` says why by field; nothing has changed.
    """
    performance = Performance.objects.select_for_update().filter(pk=performance_id).first()
    if performance is None:
        raise NotFound
    now = database_now()
    venue = Venue.objects.filter(pk=wanted.venue_id).first()
    mistakes: dict[str, list[str]] = {}
    for field, mistake in _mistakes(performance, wanted, venue, now):
        mistakes.setdefault(field, []).append(mistake)
    if mistakes or venue is None:
        raise ValidationFailed(errors=mistakes)
    closes_at = wanted.sale_closes_at or performance.sale_closes_at + (wanted.starts_at - performance.starts_at)
    move = PerformanceMove(
        performance=performance,
        from_starts_at=performance.starts_at,
        to_starts_at=wanted.starts_at,
        from_venue_id=performance.venue_id,
        to_venue=venue,
        from_sale_closes_at=performance.sale_closes_at,
        to_sale_closes_at=closes_at,
        free_return_until=wanted.free_return_until,
        reason=wanted.reason.strip(),
        asked_by_id=actor_id,
        asked_at=now,
    )
    _check_outcome(performance, move)
    move.save()
    Performance.objects.filter(pk=performance.pk).update(moving_since=now)
    share_sale_settings(performance.pk)
    outbox.enqueue(CARRY_OUT_MOVE, move_id=move.pk)
    return move


def _mistakes(
    performance: Performance, wanted: WantedMove, venue: Venue | None, now: datetime
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a move, by field."""
    yield from (("performance", mistake) for mistake in _not_now(performance, wanted, now))
    yield from (("starts_at", mistake) for mistake in _not_then(performance, wanted, now))
    if venue is None:
        yield "venue", _("There is no such hall.")
    elif not is_of_same_plan(performance.venue, venue):
        yield "venue", _("Choose a hall of the same plan: every seat that was sold has to be there.")
    if wanted.free_return_until <= now:
        yield "free_return_until", _("Whoever cannot come needs time to return the tickets.")
    elif wanted.free_return_until > wanted.starts_at:
        yield "free_return_until", _("Tickets cannot be returned once the show has begun.")
    if wanted.sale_closes_at is not None and wanted.sale_closes_at > wanted.starts_at:
        yield "sale_closes_at", _("The sale ends with the beginning of the show at the latest.")
    if not wanted.reason.strip():
        yield "reason", _("Say why: whoever has tickets reads it.")


def _not_now(performance: Performance, wanted: WantedMove, now: datetime) -> Iterator[str]:
    """Yield why the performance cannot be moved as it is."""
    if performance.status != Performance.Status.SCHEDULED:
        yield _("A performance that is called off cannot be moved.")
    if performance.moving_since is not None:
        yield _("Another move of this performance is under way.")
    if performance.is_scheduled(now):
        yield _("It is approved as it is and set to be published; take that back first.")
    if performance.starts_at <= now:
        yield _("A show that has begun cannot be moved.")
    if (wanted.seen_starts_at, wanted.seen_venue_id) != (performance.starts_at, performance.venue_id):
        yield _("It has been moved since you opened this page.")


def _not_then(performance: Performance, wanted: WantedMove, now: datetime) -> Iterator[str]:
    """Yield why it cannot be moved to that date."""
    if (wanted.starts_at, wanted.venue_id) == (performance.starts_at, performance.venue_id):
        yield _("Choose another date or another hall.")
    if wanted.starts_at <= now:
        yield _("A show cannot be moved into the past.")
    if wanted.starts_at > now + FARTHEST:
        yield _("A show cannot be moved so far ahead.")


def _check_outcome(performance: Performance, move: PerformanceMove) -> None:
    """Hold the performance, as it is to be, to its model's rules: one show at a time and hall, a sale that can be."""
    performance.starts_at = move.to_starts_at
    performance.venue = move.to_venue
    performance.sale_closes_at = move.to_sale_closes_at
    check_performance(performance)
