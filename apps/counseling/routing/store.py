"""The store of routing. Each function is one call of one script, which decides; this only asks and reads.

They are called from threads, and by their `arun` from the event loop. Each raises ServiceUnavailable while Redis is
away, and RoutingNotReady where it came back empty: see services/rebuild_routing.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ParamSpec, TypeVar

from django.conf import settings

from apps.common.redis import sync_redis, translate_errors
from apps.common.redis.script_calls import Answer, Call, Question, Refusals, asking, nothing, says
from apps.common.redis.scripts import load_script
from apps.counseling.errors import CounselorStateConflict, NoFreeCapacity, RoutingNotReady
from apps.counseling.routing import reading
from apps.counseling.routing.answers import Assigned, KnownCounselor, Match, OpenSession
from apps.counseling.routing.keys import KEYS, ROUTING
from apps.counseling.states import CounselorState

LEASE_SECONDS = 15  # for a match to get into the database
MATCHED_AT_ONCE = 100
DUE_AT_ONCE = 500

Asked = ParamSpec("Asked")
Answered = TypeVar("Answered")


def _asking(
    script: str, *, read: Callable[[Answer], Answered], refusals: Refusals | None = None
) -> Callable[[Callable[Asked, Question]], Call[Asked, Answered]]:
    """Return the decorator that makes a call of a script of routing, which may have to be rebuilt first."""
    not_ready: Refusals = {b"NOT_READY": lambda _answer: RoutingNotReady()}
    return asking(load_script(__file__, script), read=read, refusals={**not_ready, **(refusals or {})})


# The line


@_asking("enqueue.lua", read=reading.queued)
def enqueue(session_id: int, *, category_id: int, place: int, wanted_counselor_id: int | None = None) -> Question:
    """Put a session in its category's line (`place` from places.place_of), or tell where it already is.

    Who wants a certain counselor waits for that one alone, as long as the counselor is at work and has the skill.
    """
    return KEYS, (session_id, category_id, place, wanted_counselor_id or 0)


@_asking("leave.lua", read=reading.did)
def leave(session_id: int) -> Question:
    """Take a session out of the line; tell whether it was there (no: it is somebody's, or unknown)."""
    return KEYS, (session_id,)


@_asking("positions.lua", read=reading.positions)
def positions(session_ids: Sequence[int]) -> Question:
    """Where each of these sessions stands, in their order; None for one that routing does not know."""
    return KEYS, session_ids


@_asking("waiting.lua", read=reading.numbers)
def numbers_waiting(category_ids: Sequence[int]) -> Question:
    """How many wait in each of these categories, in their order."""
    return KEYS, category_ids


def waiting(category_ids: Sequence[int]) -> dict[int, int]:
    """How many wait in each of these categories, {category id: number}."""
    return dict(zip(category_ids, numbers_waiting(category_ids), strict=True))


# Matching


@_asking("match.lua", read=reading.matches)
def match(category_ids: Iterable[int], *, limit: int = MATCHED_AT_ONCE) -> Question:
    """Pair heads of these lines with the fittest counselors, the earliest place first; at once if nobody is free.

    Each pair is leased for LEASE_SECONDS: `settle` it after the commit, or `give_back`. With `limit` pairs there
    may be more.
    """
    return KEYS, (limit, _us(LEASE_SECONDS), *sorted(set(category_ids)))


@_asking("settle.lua", read=reading.settled)
def settle(matches: Sequence[Match], *, offer_seconds: float = 0) -> Question:
    """After the commit: make leased sessions TALKING, or OFFERED for `offer_seconds`. Twice does no harm.

    False for one that is not leased to this counselor by this match any more, which changes nothing:
    ask the database who has it, with `rebuild_routing.put_right`.
    """
    return KEYS, (_us(offer_seconds), *_flat(matches))


@_asking("take_offer.lua", read=reading.did)
def take_offer(session_id: int, counselor_id: int) -> Question:
    """Make a session that is offered to this counselor TALKING; tell whether it is this counselor's now."""
    return KEYS, (session_id, counselor_id)


@_asking("give_back.lua", read=reading.returned)
def give_back(
    session_id: int,
    counselor_id: int,
    *,
    missed: bool = False,
    talking: bool = False,
    to_line: bool = True,
    lease: int | None = None,
) -> Question:
    """Take a session that is leased or offered from its counselor, back to its old place, or away (`to_line=False`).

    `missed`: the offer has lapsed; a second one in a row sets the counselor ONLINE. `talking`: also a conversation
    that goes on, of a lost counselor. `lease`: only this match's. From whom it is not, nothing is taken.
    """
    return KEYS, (session_id, counselor_id, int(missed), int(talking), int(to_line), lease or 0)


@_asking("release.lua", read=reading.released)
def release(session_id: int, counselor_id: int, *, after_call_seconds: float) -> Question:
    """End a session: its place is free, and its counselor in AFTER_CALL unless that lasts 0 s or they are ONLINE.

    For a session that has ended, or that leaves this counselor for a new line. Does nothing the second time, and
    nothing to a session that is another's by now. AFTER_CALL that has begun is never cut short.
    """
    return KEYS, (session_id, counselor_id, _us(after_call_seconds))


@_asking("force_assign.lua", read=reading.assigned, refusals={b"NO_PLACE": lambda _answer: NoFreeCapacity()})
def _force_assign(session_id: int, counselor_id: int, category_id: int, place: int, by_supervisor: bool) -> Question:
    return KEYS, (session_id, counselor_id, category_id, place, int(by_supervisor), _us(LEASE_SECONDS))


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
    lease, from_counselor_id = _force_assign(session_id, counselor_id, category_id, place, by_supervisor)
    return Assigned(Match(session_id, counselor_id, lease), from_counselor_id)


# Counselors


def _conflict(answer: Answer) -> CounselorStateConflict:
    change = reading.change(answer)
    return CounselorStateConflict(state=change.from_state, session_ids=list(change.session_ids))


@_asking("change_state.lua", read=reading.change, refusals={b"REFUSED": _conflict})
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
) -> Question:
    """Change a counselor's state as COUNSELOR_STATES allows; the same one again changes nothing.

    READY becomes BUSY where no place is free. `forced` lets somebody with conversations go OFFLINE: those are to be
    given to others. `overdue_only` changes nothing unless AFTER_CALL's limit (to READY) or the time of grace (to
    OFFLINE) has passed.

    Raises:
        CounselorStateConflict: `state` is the present one; `session_ids` what keeps the counselor from going.
    """
    seconds = settings.COUNSEL_AFTER_CALL_SECONDS if after_call_seconds is None else after_call_seconds
    args = (counselor_id, to, reason, capacity, _us(seconds), int(forced), int(overdue_only), *sorted(set(skills)))
    return KEYS, args


@_asking("change_profile.lua", read=reading.counselor_workload)
def change_profile(counselor_id: int, *, capacity: int, skills: Iterable[int]) -> Question:
    """Put a changed capacity and skills in force, of a counselor at work; nothing for one who is OFFLINE."""
    return KEYS, (counselor_id, capacity, *sorted(set(skills)))


@_asking("seen.lua", read=nothing)
def seen(counselor_ids: Sequence[int], *, grace_seconds: float) -> Question:
    """Note a sign of life: these counselors are lost if none comes for `grace_seconds` from now.

    To be called when one connects, every few seconds while the connection lives, and when it ends.
    """
    return KEYS, (_us(grace_seconds), *counselor_ids)


@_asking("team.lua", read=reading.team)
def team(counselor_ids: Sequence[int] = ()) -> Question:
    """Those of these counselors who are at work, in the order of their ids; without ids all who are."""
    return KEYS, counselor_ids


@_asking("due.lua", read=reading.due)
def due(*, limit: int = DUE_AT_ONCE) -> Question:
    """What is overdue, the oldest first; changes nothing."""
    return KEYS, (limit,)


# From the database


def is_ready() -> bool:
    """Tell whether routing is there."""
    with translate_errors():
        return bool(sync_redis().hexists(ROUTING, "ready"))


@_asking("put_right.lua", read=reading.did)
def put_right(session_id: int, known: OpenSession | None, *, offer_seconds: float) -> Question:
    """Put one session where the database says it is (None: it has ended), whatever Redis says; tell whether it moved.

    A lease that still runs is left alone where the database says LINE: its match may be about to commit.
    """
    record = (session_id, *reading.session_record(known)[1:]) if known else (session_id, 0, 0, "GONE", 0, 0)
    return KEYS, (*record, _us(offer_seconds))


@asking(load_script(__file__, "rebuild.lua"), read=says(b"REBUILT"))
def rebuild(
    sessions: Iterable[OpenSession],
    counselors: Iterable[KnownCounselor],
    *,
    epoch: str,
    offer_seconds: float,
    grace_seconds: float,
) -> Question:
    """Write all of it from the database, unless it is there; tell whether this call did.

    `epoch` is a name that no rebuild has had before.
    """
    return KEYS, (epoch, _us(offer_seconds), _us(grace_seconds), *reading.packed_snapshot(sessions, counselors))


def _flat(matches: Sequence[Match]) -> list[int]:
    return [value for match in matches for value in match]


def _us(seconds: float) -> int:
    return round(seconds * 1_000_000)
