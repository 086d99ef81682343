"""What a line tells everybody: read at most once a second, and kept as the bytes of its answer.

It is what `GET /api/waiting-room/{id}/now` gives. Whoever knows their number needs nothing more to know where they
stand, so that a crowd asks caches instead of this process.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from apps.common.database.threads import in_database_thread
from apps.common.errors import NotFound, ServiceUnavailable
from apps.common.event_loop.per_loop import PerLoop
from apps.common.fastlane import Response, json_response, problem_response
from apps.common.redis import translate_errors
from apps.common.redis.scripts import load_script
from apps.concerts.errors import LineNotReady
from apps.concerts.seat_map.single_flight import SingleFlight
from apps.concerts.waiting_room.far_in_line import FarInLine
from apps.concerts.waiting_room.keys import board_keys
from apps.concerts.waiting_room.selectors import LineOnRecord, list_lines_on_record

BOARD = load_script(__file__, "board.lua")

KEPT_SECONDS = 1.0
BOARDS_KEPT = 1024
MOST_LOOKED_UP = 1000  # performances without a line in Redis, in one query

SHORTEST_LOOK, LONGEST_LOOK = 1.0, 30.0  # seconds
LONGEST_LOOK_AT_A_MOVING_LINE = 10.0
LOOKS_UNTIL_OPENING = 10  # each leaves nine tenths of the time
LOOK_WHILE_PAUSED = 5.0

# A cache that cannot reach this process goes on with what it has for half a minute, and says so (RFC 9111, "Age").
CACHED = (b"cache-control", b"public, max-age=1, stale-while-revalidate=2, stale-if-error=30")
NOT_FOUND_CACHED = (b"cache-control", b"public, max-age=1")


class LineNow(msgspec.Struct):
    """How a line stands, the same for all.

    `mode` is CLOSED while nobody may join, also before the line opens and after the sale. `moved_per_second` counts
    numbers, over the last minute or so; it holds while the mode is QUEUE, from `opens_at` on. `seats_left` is null
    where it is not known.
    """

    mode: Literal["OPEN", "QUEUE", "PAUSED", "CLOSED"]
    rate: float
    now_serving: int
    moved_per_second: float
    seats_left: int | None
    next_look_seconds: float
    opens_at: datetime


class Board(msgspec.Struct, frozen=True, gc=False):
    """The answer of one second; `unchanged` is for who has it already.

    `far` tells those who are far from their turn where they stand, while the mode is QUEUE.
    """

    whole: Response
    unchanged: Response
    tag: bytes
    read_at: float  # by the event loop's clock, before it was read
    far: FarInLine | None = None


class Boards:
    """The boards of one event loop that were looked at last.

    What is asked for in one second costs one script. Performances that have no line in Redis, or do not exist, are
    looked up together, one query at a time however many of them are asked for.
    """

    def __init__(self) -> None:
        self._boards: OrderedDict[int, Board] = OrderedDict()
        self._readings: SingleFlight[int, Board] = SingleFlight()
        self._wanted: set[int] = set()
        self._lookups: SingleFlight[None, dict[int, LineOnRecord | None]] = SingleFlight()
        self._clock = asyncio.get_running_loop().time

    def fresh(self, performance_id: int, *, seconds: float | None = None) -> Board | None:
        """Return the board of this second, or of the last `seconds`; None where it has to be read."""
        board = self._boards.get(performance_id)
        if board is None:
            return None
        return board if self._clock() < board.read_at + (KEPT_SECONDS if seconds is None else seconds) else None

    async def read(self, performance_id: int) -> Board:
        """Read the board; all who ask meanwhile are given the same. A performance that nobody knows is a 404.

        Raises:
            ServiceUnavailable: Redis is away, has lost the line, or too many are looked up already.
        """
        return await self._readings.run(performance_id, lambda: self._read(performance_id))

    async def _read(self, performance_id: int) -> Board:
        read_at = self._clock()  # before it is read: nobody is told what is older
        with translate_errors():
            answer = await BOARD.arun(board_keys(performance_id))
        if answer[0] == b"NOT_READY":
            line = await self._on_record(performance_id)
            board = _unknown(read_at) if line is None else _drawn(_without_redis(line, time.time()), read_at)
        else:
            content = _line_now(answer)
            board = _drawn(content, read_at, far=FarInLine.read(answer[-1]) if content.mode == "QUEUE" else None)
        self._keep(performance_id, board)
        return board

    def _keep(self, performance_id: int, board: Board) -> None:
        self._boards[performance_id] = board
        self._boards.move_to_end(performance_id)
        if len(self._boards) > BOARDS_KEPT:
            self._boards.popitem(last=False)

    async def _on_record(self, performance_id: int) -> LineOnRecord | None:
        """Return what the database knows of a line; None where there is no such performance."""
        if performance_id not in self._wanted and len(self._wanted) >= MOST_LOOKED_UP:
            raise ServiceUnavailable
        self._wanted.add(performance_id)
        found = await self._lookups.run(None, self._look_up, is_enough=lambda known: performance_id in known)
        return found[performance_id]

    async def _look_up(self) -> dict[int, LineOnRecord | None]:
        wanted, self._wanted = self._wanted, set()
        return await in_database_thread(_lines_on_record, wanted)


boards = PerLoop(Boards)
"""Returns the boards of the running event loop."""


def _lines_on_record(performance_ids: Iterable[int]) -> dict[int, LineOnRecord | None]:
    wanted = list(performance_ids)
    return dict.fromkeys(wanted) | list_lines_on_record(wanted)


def _line_now(answer: list[Any]) -> LineNow:
    _, mode, rate, cursor, pace, seats_left, opens_at, opens_in_ms, joins_in_ms, _ = answer
    mode, pace = mode.decode(), float(pace)
    return LineNow(
        mode=mode,
        rate=float(rate),
        now_serving=cursor,
        moved_per_second=_rounded(pace),
        seats_left=None if seats_left < 0 else seats_left,
        next_look_seconds=next_look(mode, pace=pace, opens_in=opens_in_ms / 1000, joins_in=joins_in_ms / 1000),
        opens_at=datetime.fromtimestamp(opens_at, UTC),
    )


def _without_redis(line: LineOnRecord, now: float) -> LineNow:
    """What is true of a line that Redis does not have: nobody can join yet or any more, or nobody has a number.

    Raises:
        LineNotReady: it had given numbers out; the next tick makes it anew.
    """
    settings = line.settings
    is_closed = not settings.joins_from <= now < settings.closes_at
    if line.cursor is not None and not is_closed:
        raise LineNotReady
    mode = "CLOSED" if is_closed else settings.mode
    opens_in, joins_in = max(0.0, settings.opens_at - now), max(0.0, settings.joins_from - now)
    return LineNow(
        mode=mode,  # type: ignore[arg-type]  # the model's words are the contract's
        rate=settings.rate,
        now_serving=line.cursor or 0,
        moved_per_second=_rounded(settings.rate),
        seats_left=None,
        next_look_seconds=next_look(mode, pace=settings.rate, opens_in=opens_in, joins_in=joins_in),
        opens_at=datetime.fromtimestamp(settings.opens_at, UTC),
    )


def next_look(mode: str, *, pace: float, opens_in: float, joins_in: float) -> float:
    """Return the seconds after which another look is worth while: by then a line that moves has moved by a number."""
    match mode:
        case "QUEUE" if opens_in > 0:
            seconds = opens_in / LOOKS_UNTIL_OPENING
        case "QUEUE":
            seconds = min(1 / pace, LONGEST_LOOK_AT_A_MOVING_LINE)
        case "PAUSED":
            seconds = LOOK_WHILE_PAUSED
        case _:
            seconds = joins_in or LONGEST_LOOK
    return round(min(max(seconds, SHORTEST_LOOK), LONGEST_LOOK), 1)


def _rounded(pace: float) -> float:
    """Four digits: more would be another answer each second of a line that goes on as it did."""
    return float(f"{pace:.4g}")


def _drawn(content: LineNow, read_at: float, *, far: FarInLine | None = None) -> Board:
    whole = json_response(200, content)
    tag = b'"%b"' % hashlib.blake2b(whole.body, digest_size=8).hexdigest().encode()
    headers = ((b"etag", tag), CACHED)
    return Board(
        whole=Response(200, whole.body, (*whole.headers, *headers)),
        unchanged=Response(304, headers=headers),
        tag=tag,
        read_at=read_at,
        far=far,
    )


def _unknown(read_at: float) -> Board:
    refusal = problem_response(NotFound(), [NOT_FOUND_CACHED])
    return Board(whole=refusal, unchanged=refusal, tag=b"", read_at=read_at)
