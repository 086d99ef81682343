"""The lines in Redis. Each function is one call of one script; the scripts hold the rules.

All of them raise redis-py's errors where Redis is away (the calls made by `asking`: ServiceUnavailable), and
LineNotReady where it came back empty: then nobody has a pass, and nobody gets one, until `open_line` has made the
line anew.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from apps.common.budgets import SpenderArgs
from apps.common.errors import DomainError, TooManyRequests
from apps.common.redis import sync_redis
from apps.common.redis.script_calls import Answer, Question, asking, says
from apps.common.redis.scripts import load_script
from apps.concerts.errors import LineNotReady, NotInLine, NotOnSale
from apps.concerts.waiting_room.keys import (
    change_keys,
    create_keys,
    line_key,
    number_keys,
    pass_keys,
    tick_keys,
    visit_keys,
)
from apps.concerts.waiting_room.line_settings import LineSettings
from apps.concerts.waiting_room.queue_token import KEPT_HOURS, QueueToken

ACCESS = load_script(__file__, "access.lua")
CHANGE = load_script(__file__, "change.lua")
CREATE = load_script(__file__, "create.lua")
JOIN = load_script(__file__, "join.lua")
PEEK = load_script(__file__, "peek.lua")
LEAVE = load_script(__file__, "leave.lua")
NOTE_SEATS_LEFT = load_script(__file__, "note_seats_left.lua")
RESTORE_PASSES = load_script(__file__, "restore_passes.lua")
STATUS = load_script(__file__, "status.lua")
TICK = load_script(__file__, "tick.lua")

NO_TOKEN = QueueToken(0, 0)
_PACKED = struct.Struct(">IiiiiIIIidQQ")  # the numbers of an answer of join and status; see `answer` in visit.lua
_STATUSES = ("WAITING", "PAUSED", "ADMITTED", "OPEN", "CLOSED")
_MODES = ("OPEN", "QUEUE", "PAUSED", "CLOSED")
_WORDS = {f"{status} {mode}".encode(): (status, mode) for status in _STATUSES for mode in _MODES}
_REFUSALS: dict[bytes, Callable[[], DomainError]] = {
    b"NOT_READY": LineNotReady,
    b"NOT_ON_SALE": lambda: NotOnSale("The waiting room does not take anybody now"),
    b"NOT_IN_LINE": NotInLine,
}
RESTORED_AT_ONCE = 1000
MICROSECONDS = 1_000_000  # of a second; a pass is known by the one in which it was given


class QueuePosition(msgspec.Struct, frozen=True, gc=False):
    """Where an account stands. `ahead` and `behind` count people; times are unix seconds.

    `epoch` is the life of the line and the revision of the settings that the answer goes by: a later one is greater.
    """

    status: str  # WAITING, PAUSED, ADMITTED, OPEN or CLOSED
    number: int | None
    ahead: int
    behind: int
    eta_seconds: int | None
    poll_seconds: float
    pass_ends_at: int | None
    mode: str
    rate: float
    now_serving: int
    at: int
    seats_left: int | None
    epoch: tuple[int, int]

    @property
    def is_called(self) -> bool:
        """Whether the turn is so near that it has a moment, which `poll_seconds` leads to; or was missed."""
        return self.status == "WAITING" and self.number is not None and self.number <= self.now_serving


class InLine(msgspec.Struct, frozen=True, gc=False):
    """Where somebody stands whom somebody else asks about: WAITING or ADMITTED, their number, people ahead."""

    status: str
    number: int
    ahead: int


class Tick(NamedTuple):
    """What a tick did, and how far the line has come.

    `settled` is the number up to which everybody is through the door or has missed the turn, `expected_seconds` what
    somebody who joins now has to wait, `at` the Unix second by Redis' clock.
    """

    offered: int
    cursor: int
    next_number: int
    rate: float
    mode: str
    has_more: bool
    settled: int = 0
    expected_seconds: float = 0.0
    at: float = 0.0


async def join(
    performance_id: int,
    user_id: int,
    *,
    token: QueueToken = NO_TOKEN,
    only_come_back: bool = False,
    who: SpenderArgs = (),
) -> QueuePosition:
    """Take a number, or come back to the one that the account has; raise NotOnSale while nobody may join.

    Who `only_come_back` and has none to come back to gets no new one: NotInLine. Where one of `who` has given up
    too many numbers, there is no new one for a while: TooManyRequests.
    """
    arguments = (user_id, token.number, token.signed_at, KEPT_HOURS * 3600, int(only_come_back), *who)
    return _position(await JOIN.arun(number_keys(performance_id, user_id), arguments))


async def look(performance_id: int, user_id: int) -> QueuePosition:
    """Be present, claim a turn that has come, and learn where one stands; raise NotInLine without a number."""
    return _position(await STATUS.arun(visit_keys(performance_id, user_id), (user_id,)))


async def leave(performance_id: int, user_id: int, *, who: SpenderArgs = ()) -> None:
    """Give up number and pass, if there are any. Seats that are held stay held until their hold ends.

    A number that is given up is taken from the budgets of `who`; leaving itself is never refused.
    """
    _refuse(await LEAVE.arun(number_keys(performance_id, user_id), (user_id, *who)))


@asking(ACCESS, read=says(b"PASS"), refusals={b"NOT_READY": lambda _answer: LineNotReady()})
def has_access_pass(performance_id: int, user_id: int) -> Question:
    """Tell whether the account may book now."""
    return (line_key(performance_id), pass_keys(performance_id)[0]), (user_id,)


def _in_line(answer: Answer) -> InLine | None:
    if answer[0] in (b"NOT_READY", b"NOT_IN_LINE"):
        return None
    return InLine(answer[0].decode(), answer[1], answer[2])


@asking(PEEK, read=_in_line)
def peek(performance_id: int, user_id: int) -> Question:
    """Return where somebody else stands; None for who is not in line.

    They are not counted as present by it. A line that is not there has nobody in it.
    """
    return visit_keys(performance_id, user_id), (user_id,)


def restore_passes(performance_id: int, ends: Mapping[int, int], *, ids: Mapping[int, int] | None = None) -> int:
    """Give back the passes of accounts that hold seats, {user id: unix second of the end}; return how many were gone.

    For the rebuilding of seats after Redis came back empty: who holds seats can then still pay for them. `ids` are
    those that the passes had, as far as they are known; another one counts as given now.
    """
    restored = 0
    known = ids or {}
    passes = [(user_id, end, _given_at(known.get(user_id))) for user_id, end in ends.items()]
    for first in range(0, len(passes), RESTORED_AT_ONCE):
        arguments = [value for one in passes[first : first + RESTORED_AT_ONCE] for value in one]
        _, new = RESTORE_PASSES.run(pass_keys(performance_id), arguments)
        restored += new
    return restored


def _given_at(pass_id: int | None) -> str:
    """Return the Unix seconds at which a pass was given, which are its id; empty where that is not known."""
    return "" if pass_id is None else "{}.{:06d}".format(*divmod(pass_id, MICROSECONDS))


def has_line(performance_id: int) -> bool:
    """Tell whether the line is there."""
    return bool(sync_redis().hexists(line_key(performance_id), "ready"))


def drop_line(performance_id: int) -> None:
    """Let go of the line: nobody is in it any more, until `open_line` makes it anew."""
    sync_redis().hdel(line_key(performance_id), "ready")


def create_line(
    performance_id: int, line: LineSettings, *, last_known: int, cursor: int, gap: int, spent: bytes = b""
) -> bool:
    """Make the line unless it is there; tell whether this call made it.

    After a loss it goes on from the last number and cursor that are known, and leaves `gap` numbers free
    for those that were given out since: their owners come back to them with a queue token. `spent` are the cells
    of the numbers that nobody comes back to (see record.py).
    """
    (answer,) = CREATE.run(create_keys(performance_id), (line.as_json(), last_known, cursor, gap, spent))
    return bool(answer == b"CREATED")


def change_line(performance_id: int, line: LineSettings) -> bool:
    """Put settings in force at once; tell whether they are (no: newer ones are, or the line is not there)."""
    (answer,) = CHANGE.run(change_keys(performance_id), (line.as_json(),))
    return bool(answer == b"CHANGED")


def tick(performance_id: int, line: LineSettings, *, most: int) -> Tick:
    """Call as many for their turn as time and slots allow, looking at `most` numbers."""
    answer = TICK.run(tick_keys(performance_id), (line.as_json(), most))
    _refuse(answer)
    _, offered, cursor, next_number, rate, mode, has_more, settled, expected_ms, at_ms = answer
    return Tick(
        offered,
        cursor,
        next_number,
        float(rate),
        mode.decode(),
        bool(has_more),
        settled,
        expected_ms / 1e3,
        at_ms / 1e3,
    )


def note_seats_left(performance_id: int, count: int) -> None:
    """Let those who ask in the next seconds be told how many seats can be had."""
    _refuse(NOTE_SEATS_LEFT.run([line_key(performance_id)], (count,)))


def _refuse(answer: Answer) -> None:
    if answer[0] == b"NOT_READY":
        raise LineNotReady


def _position(answer: bytes | Answer) -> QueuePosition:
    if isinstance(answer, list):
        raise _refusal_of(answer)
    number, ahead, behind, eta, poll_ms, pass_end, cursor, at, seats_left, rate, life, revision = _PACKED.unpack_from(
        answer
    )
    status, mode = _WORDS[answer[_PACKED.size :]]
    return QueuePosition(
        status,
        number or None,
        ahead,
        behind,
        None if eta < 0 else eta,
        poll_ms / 1000,
        pass_end or None,
        mode,
        rate,
        cursor,
        at,
        None if seats_left < 0 else seats_left,
        (life, revision),
    )


def _refusal_of(answer: Answer) -> DomainError:
    if answer[0] == b"OVER_BUDGET":
        return TooManyRequests("You have left this line too often; join again later", retry_after=answer[1])
    return _REFUSALS[answer[0]]()
