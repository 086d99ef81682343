from __future__ import annotations

import logging
import time

from django.db import transaction
from django.utils import timezone

from apps.common.errors import NotFound
from apps.concerts.errors import NotOnSale
from apps.concerts.models import Performance, WaitingRoomMark
from apps.concerts.waiting_room import store
from apps.concerts.waiting_room.record import running_passes, spent_cells, take_record
from apps.concerts.waiting_room.selectors import get_line_settings
from apps.concerts.waiting_room.services.save_mark import save_mark

logger = logging.getLogger(__name__)

NUMBERS_LEFT_FREE = 100_000  # more than can be given out between two savings of the mark


def open_line(performance_id: int) -> None:
    """Make a performance's line in Redis, for the first time or anew after a loss; do nothing if it is there.

    1. Lock the performance, so that of many who find no line one makes it and the others find it made. One that is
       not public has no line, and what is taken back meanwhile waits for the lock.
    2. Read how far the line is known to have come; without such a mark there never was one.
    3. Raise the mark over the numbers that will be left free: those given out behind them are then given out
       once, even if Redis is emptied again before a tick has saved the next mark.
    4. Give back the passes of those who were inside.
    5. Make the line, as of the mark that was read, without the numbers that were spent.

    Redis is called under the row lock: whoever waits for that lock waits for just this.
    Raises NotFound (also for what is not public), and NotOnSale for a sale so long over that its keys are gone.
    """
    if store.has_line(performance_id):
        return
    with transaction.atomic():
        Performance.objects.select_for_update().filter(pk=performance_id).first()
        if not Performance.objects.public(timezone.now()).filter(pk=performance_id).exists():
            raise NotFound
        if store.has_line(performance_id):  # made by whoever had the lock before
            return
        line = get_line_settings(performance_id)
        if line.keys_expire_at <= time.time():
            raise NotOnSale
        mark, is_first = WaitingRoomMark.objects.get_or_create(performance_id=performance_id)
        left_free = 0 if is_first else NUMBERS_LEFT_FREE
        if left_free:
            save_mark(performance_id, next_number=mark.next_number + left_free, cursor=mark.cursor)
            take_record(performance_id)
            ends, ids = running_passes(performance_id, now=time.time(), pass_seconds=line.pass_seconds)
            store.restore_passes(performance_id, ends, ids=ids)
        is_made = store.create_line(
            performance_id,
            line,
            last_known=mark.next_number,
            cursor=mark.cursor,
            gap=left_free,
            spent=b"" if is_first else spent_cells(performance_id),
        )
    if is_made and not is_first:
        logger.warning(
            "The line of performance %s was lost; made anew from number %s", performance_id, mark.next_number
        )
