"""Carry out a move: the sale is paused in Redis, then one transaction gives the show its new date and hall."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import IntegrityError
from django.db.models import F, Q
from django.utils.translation import gettext_noop

from apps.common.clock import database_now
from apps.common.database import outbox
from apps.common.database.transactions import in_transaction
from apps.common.redis import translate_errors
from apps.concerts.models import Performance, PerformanceMove
from apps.concerts.services.share_sale_settings import share_sale_settings, write_sale_settings
from apps.concerts.waiting_room import store as line
from apps.concerts.waiting_room.selectors import get_line_settings
from apps.concerts.waiting_room.services.change_waiting_room import put_in_force_after_commit
from apps.orders.models import Order
from apps.orders.services.moving.name_seats_anew import name_seats_anew

CARRY_OUT_MOVE = "orders.carry_out_move"
Status = PerformanceMove.Status

logger = logging.getLogger(__name__)


@outbox.handles(CARRY_OUT_MOVE)
def carry_out_move(*, move_id: int) -> None:
    """Bring an open move to its end; one that has ended stays as it is, so it may be repeated after any failure.

    1. Redis learns that the sale is paused: no seat can be held and nobody is let in. Holds stay.
    2. One transaction, under the performance's lock, names the hall's seats in lines, tickets, blocked seats and
       prices anew, gives the performance its date and hall, and ends the move. Redis knows seats by their ordinals,
       which are the same in a hall of the same plan, so it need not be told of them. Where another performance has
       taken the date meanwhile, or it was called off, the move ends without effect.
    3. The sale goes on, with a layout that is new to all. No deposit is awaited longer than the new dates allow.

    `tell_moved` then writes to the holders.

    Raises:
        ServiceUnavailable: Redis cannot be told of the pause; nothing has changed.
    """
    move = PerformanceMove.objects.get(pk=move_id)
    if move.open is not None:
        _pause(move.performance_id)
        try:
            in_transaction(lambda: _move(move_id))
        except IntegrityError as error:
            logger.warning("performance %s is not moved: %s", move.performance_id, error)
            in_transaction(
                lambda: _end(move_id, Status.REFUSED, why=gettext_noop("This date and hall were taken meanwhile."))
            )
    _shorten_deposits(move.performance_id)


def _pause(performance_id: int) -> None:
    write_sale_settings(performance_id=performance_id)
    with translate_errors():
        line.change_line(performance_id, get_line_settings(performance_id))


def _shorten_deposits(performance_id: int) -> None:
    """Let no deposit be awaited after the end of the sale, nor after the show, as they are by now.

    A deposit that is opened while the show moves reads its date under the performance's lock: it is committed before
    the move, and found here, or it knows the new date.
    """
    show = Performance.objects.get(pk=performance_id)
    last = min(show.sale_closes_at, show.starts_at)
    if last <= database_now():  # the sale is over already: what was promised before is kept to the show
        last = show.starts_at
    waiting = Order.objects.filter(performance=performance_id, status=Order.Status.WAITING_FOR_DEPOSIT)
    waiting.filter(expires_at__gt=last).update(expires_at=last)


def _move(move_id: int) -> None:
    open_move = PerformanceMove.objects.filter(pk=move_id, open=True)
    performance_id = open_move.values_list("performance_id", flat=True).first()
    if performance_id is None:
        return
    performance = Performance.objects.select_for_update().get(pk=performance_id)
    move = open_move.select_for_update().first()
    if move is None:
        return
    if performance.status != Performance.Status.SCHEDULED:
        _end(move_id, Status.REFUSED, why=gettext_noop("It was called off meanwhile."))
        return
    if move.changes_hall:
        name_seats_anew(performance_id, from_venue_id=move.from_venue_id, to_venue_id=move.to_venue_id)
    moved_at = database_now()  # one moment for both rows: whoever has seen the one has seen the other
    Performance.objects.filter(pk=performance_id).update(
        starts_at=move.to_starts_at,
        venue=move.to_venue_id,
        sale_closes_at=move.to_sale_closes_at,
        moved_at=moved_at,
        catalogue_version=F("catalogue_version") + 1,
    )
    _end(move_id, Status.DONE, moved_at=moved_at)


def _end(move_id: int, status: str, *, why: str = "", moved_at: datetime | None = None) -> None:
    """End an open move, and let the sale go on, in the caller's transaction."""
    ended = PerformanceMove.objects.filter(Q(pk=move_id), open=True)
    performance_id = PerformanceMove.objects.values_list("performance_id", flat=True).get(pk=move_id)
    if ended.update(status=status, open=None, why_refused=why, moved_at=moved_at):
        Performance.objects.filter(pk=performance_id).update(moving_since=None)
        share_sale_settings(performance_id)
        put_in_force_after_commit(performance_id)
