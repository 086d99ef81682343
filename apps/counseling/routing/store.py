"""The store of routing. Each function is one call of one script, which decides; this only asks and reads.

Functions that start with `a` are for the event loop, the others for threads. Each raises ServiceUnavailable
while Redis is away, and RoutingNotReady where it came back empty: see services/rebuild_routing.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings

from apps.common.redis import sync_redis, translate_errors
from apps.common.scripts import LuaScript, load_script
from apps.counseling.errors import CounselorStateConflict, NoFreeCapacity, RoutingNotReady
from apps.counseling.routing import reading
from apps.counseling.routing.answers import (
    Assigned,
    Change,
    CounselorView,
    Due,
    KnownCounselor,
    Match,
    OpenSession,
    Released,
    Returned,
    Standing,
    Workload,
)
from apps.counseling.routing.keys import KEYS, ROUTING
from apps.counseling.states import CounselorState

LEASE_SECONDS = 15  # for a match to get into the database
MATCHED_AT_ONCE = 100
DUE_AT_ONCE = 500

_change_profile = load_script(__file__, "change_profile.lua")
_change_state = load_script(__file__, "change_state.lua")
_due = load_script(__file__, "due.lua")
_enqueue = load_script(__file__, "enqueue.lua")
_force_assign = load_script(__file__, "force_assign.lua")
_give_back = load_script(__file__, "give_back.lua")
_leave = load_script(__file__, "leave.lua")
_match = load_script(__file__, "match.lua")
_put_right = load_script(__file__, "put_right.lua")
_rebuild = load_script(__file__, "rebuild.lua")
_release = load_script(__file__, "release.lua")
_seen = load_script(__file__, "seen.lua")
_settle = load_script(__file__, "settle.lua")
_standings = load_script(__file__, "standings.lua")
_take_offer = load_script(__file__, "take_offer.lua")
_team = load_script(__file__, "team.lua")
_waiting = load_script(__file__, "waiting.lua")

Answer = list[Any]


# The line


def enqueue(session_id: int, *, category_id: int, place: int, wanted_counselor_id: int | None = None) -> Standing:
    """Put a session in its category's line (`place` from places.place_of), or tell where it already is.

    Who wants a certain counselor waits for that one alone, as long as the counselor is at work and has the skill.
    """
    return reading.standing(_run(_enqueue, (session_id, category_id, place, wanted_counselor_id or 0))[1])


async def aenqueue(
    session_id: int, *, category_id: int, place: int, wanted_counselor_id: int | None = None
) -> Standing:
    """See `enqueue`."""
    return reading.standing((await _arun(_enqueue, (session_id, category_id, place, wanted_counselor_id or 0)))[1])


def leave(session_id: int) -> bool:
    """Take a session out of the line; tell whether it was there (no: it is somebody's, or unknown)."""
    return bool(_run(_leave, (session_id,))[1])


def standings(session_ids: Sequence[int]) -> list[Standing | None]:
    """Where each of these sessions stands, in their order; None for one that routing does not know."""
    return [reading.known_standing(answer) for answer in _run(_standings, session_ids)[1]]


async def astandings(session_ids: Sequence[int]) -> list[Standing | None]:
    """See `standings`."""
    return [reading.known_standing(answer) for answer in (await _arun(_standings, session_ids))[1]]


def waiting(category_ids: Sequence[int]) -> dict[int, int]:
    """How many wait in each of these categories, {category id: number}."""
    return dict(zip(category_ids, _run(_waiting, category_ids)[1], strict=True))


async def awaiting(category_ids: Sequence[int]) -> dict[int, int]:
    """See `waiting`."""
    return dict(zip(category_ids, (await _arun(_waiting, category_ids))[1], strict=True))


# Matching


def match(category_ids: Iterable[int], *, limit: int = MATCHED_AT_ONCE) -> list[Match]:
    """Pair heads of these lines with the fittest counselors, the earliest place first; at once if nobody is free.

    Each pair is leased for LEASE_SECONDS: `settle` it after the commit, or `give_back`. With `limit` pairs there
    may be more.
    """
    return reading.matches(_run(_match, (limit, _us(LEASE_SECONDS), *sorted(set(category_ids)))))


async def amatch(category_ids: Iterable[int], *, limit: int = MATCHED_AT_ONCE) -> list[Match]:
    """See `match`."""
    return reading.matches(await _arun(_match, (limit, _us(LEASE_SECONDS), *sorted(set(category_ids)))))


def settle(matches: Sequence[Match], *, offer_seconds: float = 0) -> list[bool]:
    """After the commit: make leased sessions TALKING, or OFFERED for `offer_seconds`. Twice does no harm.

    False for one that is not leased to this counselor by this match any more, which changes nothing:
    ask the database who has it, with `rebuild_routing.put_right`.
    """
    return _were_settled(_run(_settle, (_us(offer_seconds), *_flat(matches))))


async def asettle(matches: Sequence[Match], *, offer_seconds: float = 0) -> list[bool]:
    """See `settle`."""
    return _were_settled(await _arun(_settle, (_us(offer_seconds), *_flat(matches))))


def take_offer(session_id: int, counselor_id: int) -> bool:
    """Make a session that is offered to this counselor TALKING; tell whether it is this counselor's now."""
    return bool(_run(_take_offer, (session_id, counselor_id))[1])


def give_back(
    session_id: int,
    counselor_id: int,
    *,
    missed: bool = False,
    talking: bool = False,
    to_line: bool = True,
    lease: int | None = None,
) -> Returned:
    """Take a session that is leased or offered from its counselor, back to its old place, or away (`to_line=False`).

    `missed`: the offer has lapsed; a second one in a row sets the counselor ONLINE. `talking`: also a conversation
    that goes on, of a lost counselor. `lease`: only this match's. From whom it is not, nothing is taken.
    """
    args = (session_id, counselor_id, int(missed), int(talking), int(to_line), lease or 0)
    return reading.returned(_run(_give_back, args))


def release(session_id: int, counselor_id: int, *, after_call_seconds: float) -> Released:
    """End a session: its place is free, and its counselor in AFTER_CALL unless that lasts 0 s or they are ONLINE.

    For a session that has ended, or that leaves this counselor for a new line. Does nothing the second time, and
    nothing to a session that is another's by now. AFTER_CALL that has begun is never cut short.
    """
    return reading.released(_run(_release, (session_id, counselor_id, _us(after_call_seconds))))


def force_assign(
    session_id: int,
    counselor_id: int,
    *,
    category_id: int,
    place: int,
    by_supervisor: bool = False,
) -> Assigned:
    """Lease a session, wherever it is, to this counselor: a transfer, or with `by_supervisor` a take-over.

    `settle` it after the commit; where the transaction fails, `rebuild_routing.put_right`.

    Raises:
        NoFreeCapacity: the counselor is not READY with the skill; a supervisor needs only to be at work, and a place.
    """
    args = (session_id, counselor_id, category_id, place, int(by_supervisor), _us(LEASE_SECONDS))
    answer = _run(_force_assign, args)
    if answer[0] == b"NO_PLACE":
        raise NoFreeCapacity
    return Assigned(Match(session_id, counselor_id, answer[1]), answer[2] or None)


# Counselors


def change_state(
    counselor_id: int,
    to: CounselorState,
    *,
    reason: str,
    capacity: int,
    skills: Iterable[int],
    after_call_seconds: float | None = None,
    forced: bool = False,
    overdue_only: bool = False,
) -> Change:
    """Change a counselor's state as the table in change_state.lua allows; the same one again changes nothing.

    READY becomes BUSY where no place is free. `forced` lets somebody with conversations go OFFLINE: those are to be
    given to others. `overdue_only` changes nothing unless AFTER_CALL's limit (to READY) or the time of grace (to
    OFFLINE) has passed.

    Raises:
        CounselorStateConflict: `state` is the present one; `session_ids` what keeps the counselor from going.
    """
    seconds = settings.COUNSEL_AFTER_CALL_SECONDS if after_call_seconds is None else after_call_seconds
    args = (counselor_id, to, reason, capacity, _us(seconds), int(forced), int(overdue_only), *sorted(set(skills)))
    answer = _run(_change_state, args)
    change = reading.change(answer)
    if answer[0] == b"REFUSED":
        raise CounselorStateConflict(state=change.from_state, session_ids=list(change.session_ids))
    return change


def change_profile(counselor_id: int, *, capacity: int, skills: Iterable[int]) -> Workload:
    """Put a changed capacity and skills in force, of a counselor at work; nothing for one who is OFFLINE."""
    return reading.workload(_run(_change_profile, (counselor_id, capacity, *sorted(set(skills))))[1])


def seen(counselor_ids: Sequence[int], *, grace_seconds: float) -> None:
    """Note a sign of life: these counselors are lost if none comes for `grace_seconds` from now.

    To be called when one connects, every few seconds while the connection lives, and when it ends.
    """
    _run(_seen, (_us(grace_seconds), *counselor_ids))


async def aseen(counselor_ids: Sequence[int], *, grace_seconds: float) -> None:
    """See `seen`."""
    await _arun(_seen, (_us(grace_seconds), *counselor_ids))


def team(counselor_ids: Sequence[int] = ()) -> list[CounselorView]:
    """Those of these counselors who are at work, in the order of their ids; without ids all who are."""
    return reading.team(_run(_team, counselor_ids))


async def ateam(counselor_ids: Sequence[int] = ()) -> list[CounselorView]:
    """See `team`."""
    return reading.team(await _arun(_team, counselor_ids))


def due(*, limit: int = DUE_AT_ONCE) -> Due:
    """What is overdue, the oldest first; changes nothing."""
    return reading.due(_run(_due, (limit,)))


# From the database


def is_ready() -> bool:
    """Tell whether routing is there."""
    with translate_errors():
        return bool(sync_redis().hexists(ROUTING, "ready"))


def put_right(session_id: int, known: OpenSession | None, *, offer_seconds: float) -> bool:
    """Put one session where the database says it is (None: it has ended), whatever Redis says; tell whether it moved.

    A lease that still runs is left alone where the database says LINE: its match may be about to commit.
    """
    record = (session_id, *reading.session_record(known)[1:]) if known else (session_id, 0, 0, "GONE", 0, 0)
    return bool(_run(_put_right, (*record, _us(offer_seconds)))[1])


def rebuild(
    sessions: Iterable[OpenSession],
    counselors: Iterable[KnownCounselor],
    *,
    life: str,
    offer_seconds: float,
    grace_seconds: float,
) -> bool:
    """Write all of it from the database, unless it is there; tell whether this call did.

    `life` is a name that no rebuild has had before.
    """
    args = (life, _us(offer_seconds), _us(grace_seconds), *reading.packed_snapshot(sessions, counselors))
    with translate_errors():
        return bool(_rebuild.run(KEYS, args)[0] == b"REBUILT")


def _were_settled(answer: Answer) -> list[bool]:
    return [bool(settled) for settled in answer[1]]


def _flat(matches: Sequence[Match]) -> list[int]:
    return [value for match in matches for value in match]


def _us(seconds: float) -> int:
    return round(seconds * 1_000_000)


def _run(script: LuaScript, args: Sequence[Any]) -> Answer:
    with translate_errors():
        return _checked(script.run(KEYS, args))


async def _arun(script: LuaScript, args: Sequence[Any]) -> Answer:
    with translate_errors():
        return _checked(await script.arun(KEYS, args))


def _checked(answer: Answer) -> Answer:
    if answer[0] == b"NOT_READY":
        raise RoutingNotReady
    return answer
