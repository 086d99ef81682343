"""What happened to the numbers of a line, from Redis' stream to the database, where it outlives Redis.

The scripts append to the stream `record`: a kind (see WaitingRoomEvent), and with it "number account moment". Each tick
takes what is there to the database and then from the stream, so an event is stored at least once, and by its id at most
once. What was not taken yet when Redis is lost is not known: some two seconds of admissions.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Max

from apps.common.redis import sync_redis, translate_errors
from apps.concerts.models import WaitingRoomEvent
from apps.concerts.waiting_room.keys import record_key

TAKEN_AT_ONCE = 5_000
BATCHES = 10
SEQUENCE_BITS = 20  # of an entry: a stream's ids are milliseconds and a number within them
GONE = struct.pack(">I", 1)  # the cell of a number that nobody comes back to, as in line.lua

Kind = WaitingRoomEvent.Kind
EPOCH, MICROSECOND = datetime.fromtimestamp(0, UTC), timedelta(microseconds=1)
SPENT = (Kind.ADMITTED, Kind.LEFT, Kind.MISSED)


def take_record(performance_id: int) -> int:
    """Store what has happened since the last call; return how much. Two callers at once store it once."""
    key, taken = record_key(performance_id), 0
    with translate_errors():
        for _ in range(BATCHES):
            entries: Any = sync_redis().xrange(key, count=TAKEN_AT_ONCE)
            if not entries:
                break
            events = [_event(performance_id, *entry) for entry in entries]
            WaitingRoomEvent.objects.bulk_create(events, ignore_conflicts=True)
            sync_redis().xtrim(key, minid=_id_after(entries[-1][0]), approximate=False)
            taken += len(entries)
            if len(entries) < TAKEN_AT_ONCE:
                break
    return taken


def spent_cells(performance_id: int) -> bytes:
    """Return the cells of a line, from number 1 on, in which all spent numbers are gone and the others unknown."""
    numbers = WaitingRoomEvent.objects.filter(performance=performance_id, kind__in=SPENT).values_list(
        "number", flat=True
    )
    last = numbers.aggregate(last=Max("number"))["last"] or 0
    cells = bytearray(4 * last)
    for number in numbers.iterator(chunk_size=TAKEN_AT_ONCE):
        cells[4 * (number - 1) : 4 * number] = GONE
    return bytes(cells)


def running_passes(performance_id: int, *, now: float, pass_seconds: int) -> tuple[dict[int, int], dict[int, int]]:
    """Return when the pass of each account inside ends, {account: Unix second}, and the ids of these passes."""
    since = datetime.fromtimestamp(now - pass_seconds, UTC)
    events = WaitingRoomEvent.objects.filter(
        performance=performance_id, kind__in=(Kind.ADMITTED, Kind.ENDED), at__gt=since
    )
    ends: dict[int, int] = {}
    ids: dict[int, int] = {}
    for kind, account, at in events.order_by("at", "entry").values_list("kind", "account", "at"):
        if kind == Kind.ADMITTED:
            ends[account] = int(at.timestamp()) + pass_seconds
            ids[account] = (at - EPOCH) // MICROSECOND
        else:
            ends.pop(account, None)
    running = {account: end for account, end in ends.items() if end > now}
    return running, {account: ids[account] for account in running}


def _event(performance_id: int, entry: bytes, fields: Mapping[bytes, bytes]) -> WaitingRoomEvent:
    ((kind, what),) = fields.items()
    number, account, at = what.split()
    milliseconds, sequence = entry.split(b"-")
    return WaitingRoomEvent(
        performance_id=performance_id,
        entry=(int(milliseconds) << SEQUENCE_BITS) + int(sequence),
        kind=kind.decode(),
        number=int(number),
        account=int(account),
        at=datetime.fromtimestamp(float(at), UTC),
    )


def _id_after(entry: bytes) -> str:
    milliseconds, sequence = entry.split(b"-")
    return f"{int(milliseconds)}-{int(sequence) + 1}"
