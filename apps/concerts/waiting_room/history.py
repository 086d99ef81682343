"""How a line has stood in the last two hours, for the charts of those who run it.

The tick notes a point of every line each `SECONDS_BETWEEN_POINTS`, in one script and in no request of a
customer. A point in Redis is a JSON list:

    [at, waiting, called, inside, next, cursor, offered, expected_seconds, rate, mode]

It goes with Redis when that is lost; what has to last (the numbers, the changes of settings) is elsewhere.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from apps.common.redis import sync_redis, translate_errors
from apps.common.scripts import load_script

NOTE = load_script(__file__, "note_history.lua")
LOOK = load_script(__file__, "look_on.lua")

SECONDS_BETWEEN_POINTS = 5.0
SECONDS_KEPT = 7_200
MOST_POINTS = int(SECONDS_KEPT / SECONDS_BETWEEN_POINTS)


class Point(NamedTuple):
    """How a line stood at `at`, Unix seconds by Redis' clock. `offered` counts turns since the line was made."""

    at: int
    waiting: int
    called: int
    inside: int
    next_number: int
    cursor: int
    offered: int
    expected_seconds: int
    rate: float
    mode: str


class Flow(NamedTuple):
    """What happened between two points: people a second, and how long those had waited whose turn came then."""

    inflow: float
    outflow: float
    waited_seconds: int | None


def look_on(performance_id: int) -> Point | None:
    """Return how a line stands now; None where there is none.

    Raises:
        ServiceUnavailable: Redis is away.
    """
    with translate_errors():
        answer = LOOK.run(_keys(performance_id)[:4])
    return None if answer[0] == b"NOT_READY" else _point(answer[1])


def read_history(performance_id: int) -> list[Point]:
    """Return the points of the last two hours, oldest first.

    Raises:
        ServiceUnavailable: Redis is away.
    """
    with translate_errors():
        points = [_point(point) for point in sync_redis().lrange(_keys(performance_id)[4], 0, -1)]
    return [point for point in points if point.at > points[-1].at - SECONDS_KEPT]


def flows(points: Sequence[Point]) -> list[Flow]:
    """Work out what happened before each point; the first has nothing before it.

    Who is called at a point holds the number of its cursor, and joined when that number was given out: between
    the two points around which `next_number` reached it.
    """
    found = []
    joined = 0  # the first point at which the cursor's number had been given out
    for index, point in enumerate(points):
        before = points[max(0, index - 1)]
        seconds = max(1, point.at - before.at)
        while points[joined].next_number < point.cursor:
            joined += 1
        found.append(
            Flow(
                inflow=max(0, point.next_number - before.next_number) / seconds,
                outflow=max(0, point.offered - before.offered) / seconds,
                waited_seconds=_waited(points, joined, point) if point.cursor > before.cursor else None,
            )
        )
    return found


def _waited(points: Sequence[Point], joined: int, point: Point) -> int | None:
    """Seconds since the number of the point's cursor was given out; None if that was before the first point."""
    if joined == 0:
        return None
    before, after = points[joined - 1], points[joined]
    share = (point.cursor - before.next_number) / (after.next_number - before.next_number)
    return round(point.at - (before.at + share * (after.at - before.at)))


class History:
    """Notes points for the lines that this process ticks, each when it is due."""

    def __init__(self) -> None:
        self._offered: dict[int, int] = {}
        self._due_at: dict[int, float] = {}
        self._lock = threading.Lock()

    def keep(self, performance_id: int, *, offered: int) -> None:
        """Count the turns that a tick has offered, and note how the line stands if that is due."""
        now = time.monotonic()
        with self._lock:
            self._offered[performance_id] = self._offered.get(performance_id, 0) + offered
            if now < self._due_at.get(performance_id, 0.0):
                return
            self._due_at[performance_id] = now + SECONDS_BETWEEN_POINTS
            since = self._offered.pop(performance_id)
        note(performance_id, offered=since)


def note(performance_id: int, *, offered: int) -> bool:
    """Note how a line stands, unless somebody just has; tell whether this call did."""
    answer = NOTE.run(_keys(performance_id), (offered, SECONDS_BETWEEN_POINTS, MOST_POINTS))
    return bool(answer[0] == b"NOTED")


def _keys(performance_id: int) -> list[str]:
    tag = f"{{performance:{performance_id}}}"
    return [f"{kind}:{tag}" for kind in ("line", "offers", "returners", "passes", "history")]


def _point(packed: bytes | str) -> Point:
    values: list[Any] = json.loads(packed)
    return Point(*values)


history = History()
