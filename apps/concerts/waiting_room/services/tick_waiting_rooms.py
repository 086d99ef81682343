from __future__ import annotations

import logging
import threading
import time

import msgspec
from redis.exceptions import ResponseError

from apps.common.database.outbox import publish
from apps.common.errors import NotFound
from apps.concerts.errors import LineNotReady, NotOnSale
from apps.concerts.seat_map.free_seats import free_seats
from apps.concerts.waiting_room import store
from apps.concerts.waiting_room.line_samples import line_sampler
from apps.concerts.waiting_room.line_settings import LineSettings
from apps.concerts.waiting_room.record import take_record
from apps.concerts.waiting_room.selectors import list_open_lines
from apps.concerts.waiting_room.services.open_line import open_line
from apps.concerts.waiting_room.services.save_mark import save_mark, save_moment
from apps.concerts.waiting_room.store import Tick

NUMBERS_PER_CALL = 5_000  # looked at in one script: some hundreds of microseconds of Redis
CALLS_PER_TICK = 40
SECONDS_BETWEEN_MARKS = 2.0

logger = logging.getLogger(__name__)


def tick_waiting_rooms() -> int:
    """Move on every open line once; return how many people were called.

    For each line:
    1. Adopt the settings that the database has, and call numbers for their turn (`tick.lua`); a lost line is made anew
       first.
    2. Where somebody waits, count the seats that can be had.
    3. Tell those who watch how far it has come.
    4. Take what happened to numbers to the database, and every few seconds how far the line has come and what it
       promises; note how the line stands for staff's charts.

    Running late, twice or in several workers at once calls nobody more. Emits `waiting-room/{id}`.
    """
    offered = 0
    for performance_id, line in list_open_lines().items():
        try:
            tick = _move_on(performance_id, line)
            seats_left = _count_seats(performance_id) if tick.next_number > tick.settled else None
            line_sampler.keep(performance_id, offered=tick.offered)
            take_record(performance_id)
        except (NotFound, NotOnSale, LineNotReady, ResponseError):  # one line's trouble is not the others'
            logger.exception("The line of performance %s does not move", performance_id)
            continue
        offered += tick.offered
        _announce(performance_id, tick, seats_left=seats_left)
        marks.keep(performance_id, tick, line)
    return offered


def _move_on(performance_id: int, line: LineSettings) -> Tick:
    """Tick once, going on while long stretches of absent people are passed over."""
    try:
        tick = store.tick(performance_id, line, most=NUMBERS_PER_CALL)
    except LineNotReady:
        open_line(performance_id)
        tick = store.tick(performance_id, line, most=NUMBERS_PER_CALL)
    offered = tick.offered
    for _ in range(CALLS_PER_TICK - 1):
        if not tick.has_more:
            break
        tick = store.tick(performance_id, line, most=NUMBERS_PER_CALL)
        offered += tick.offered
    return tick._replace(offered=offered)


def _count_seats(performance_id: int) -> int | None:
    count = free_seats().count(performance_id)
    if count is not None:
        store.note_seats_left(performance_id, count)
    return count


def _announce(performance_id: int, tick: Tick, *, seats_left: int | None) -> None:
    state = {"now_serving": tick.cursor, "rate": tick.rate, "mode": tick.mode, "seats_left": seats_left}
    publish(f"waiting-room/{performance_id}", msgspec.json.encode(state))


class Marks:
    """Saves how far lines have come, each at most every few seconds and only when it has moved.

    What this process saved last is only a reason not to save: the row itself never goes down,
    whoever writes it.
    """

    def __init__(self) -> None:
        self._saved: dict[int, tuple[int, int]] = {}
        self._due_at: dict[int, float] = {}
        self._lock = threading.Lock()

    def keep(self, performance_id: int, tick: Tick, line: LineSettings) -> None:
        """Save the mark if it is due, and with it what the line promised then."""
        reached = (tick.next_number, tick.settled)
        with self._lock:
            now = time.monotonic()
            if self._saved.get(performance_id) == reached or now < self._due_at.get(performance_id, 0):
                return
            self._due_at[performance_id] = now + SECONDS_BETWEEN_MARKS
        save_mark(performance_id, next_number=tick.next_number, cursor=tick.settled)
        save_moment(performance_id, tick, line)
        with self._lock:
            self._saved[performance_id] = reached


marks = Marks()
