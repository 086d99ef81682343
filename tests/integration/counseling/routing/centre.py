"""A centre without a database: a turned clock, short words for the store's calls, and an audit of what Redis has."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
import pytest

from apps.common.redis import sync_redis
from apps.counseling.routing import keys, store
from apps.counseling.routing.answers import (
    Change,
    CounselorView,
    KnownCounselor,
    Match,
    OpenSession,
    QueuePosition,
    Returned,
    Stage,
)
from apps.counseling.routing.changes import read_changes
from apps.counseling.states import AGEING_SECONDS, CounselorState, Priority
from tests.lua_clock import LuaClock, put_under_clock

CARDS, TICKETS, REFUNDS = 1, 2, 3
ANN, BOB, CAT = 101, 102, 103

OFFER_SECONDS = 20
AFTER_CALL_SECONDS = 60
GRACE_SECONDS = 60


class SessionRecord(NamedTuple):
    """A session's record as the scripts pack it."""

    category_id: int
    place: int
    wanted: int
    avoided: int
    stage: str
    counselor_id: int
    lease: int


@dataclass(frozen=True, slots=True)
class State:
    """All that Redis has of routing."""

    sessions: dict[int, SessionRecord]
    counselors: dict[int, CounselorView]
    line: list[str]
    free: list[str]
    deadlines: set[str]

    @classmethod
    def read(cls) -> State:
        redis = sync_redis()
        packed = redis.hgetall(keys.SESSIONS)
        return cls(
            sessions={int(key): SessionRecord(*msgspec.msgpack.decode(record)) for key, record in packed.items()},
            counselors={view.counselor_id: view for view in store.team()},
            line=[member.decode() for member in redis.zrange(keys.LINE, 0, -1)],
            free=[member.decode() for member in redis.zrange(keys.FREE, 0, -1)],
            deadlines={member.decode() for member in redis.zrange(keys.DEADLINES, 0, -1)},
        )


def audit(*, over_capacity: Iterable[int] = ()) -> None:
    """Everybody is in exactly one place, and every index says what the records say.

    `over_capacity` names counselors whose capacity was lowered while they had more.
    """
    state = State.read()
    in_line = {int(member[-15:]): int(member[:8]) for member in state.line}
    assert in_line == {key: record.category_id for key, record in state.sessions.items() if record.stage == "LINE"}
    assert len(state.line) == len(in_line)

    held = [(session, view.counselor_id) for view in state.counselors.values() for session in view.session_ids]
    with_somebody = [(key, record.counselor_id) for key, record in state.sessions.items() if record.stage != "LINE"]
    assert sorted(held) == sorted(with_somebody)

    for view in state.counselors.values():
        assert view.load <= view.capacity or view.counselor_id in over_capacity or view.state == "OFFLINE"
        assert view.state != "READY" or view.load < view.capacity
        assert view.state != "BUSY" or view.load >= view.capacity
        assert view.state != "OFFLINE" or view.load
    free = [(int(member[:8]), int(member[-12:])) for member in state.free]
    ready = [view for view in state.counselors.values() if view.state == "READY"]
    assert sorted(free) == sorted((skill, view.counselor_id) for view in ready for skill in view.category_ids)

    expected = {f"lease|{key}" for key, record in state.sessions.items() if record.stage == "LEASED"}
    expected |= {f"offer|{key}" for key, record in state.sessions.items() if record.stage == "OFFERED"}
    expected |= {f"after_call|{view.counselor_id}" for view in state.counselors.values() if view.state == "AFTER_CALL"}
    assert {member for member in state.deadlines if not member.startswith("presence|")} == expected
    present = {int(member.partition("|")[2]) for member in state.deadlines if member.startswith("presence|")}
    assert present <= set(state.counselors)


class Centre:
    """Sessions are numbers from 1 on, in the order in which they were requested unless a test says otherwise."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        put_under_clock(monkeypatch, store)
        self.clock = LuaClock(sync_redis())
        self._numbers = itertools.count(1)
        self._epochs = itertools.count(1)
        self._profiles: dict[int, tuple[int, tuple[int, ...]]] = {}
        self.open()

    def open(self, sessions: Iterable[OpenSession] = (), counselors: Iterable[KnownCounselor] = ()) -> bool:
        return store.rebuild(
            sessions,
            counselors,
            epoch=f"epoch{next(self._epochs)}",
            offer_seconds=OFFER_SECONDS,
            grace_seconds=GRACE_SECONDS,
        )

    def lose(self) -> None:
        """Redis comes back empty."""
        sync_redis().flushall()
        self.clock.advance(0)

    def place(self, priority: Priority = Priority.NORMAL, *, waited: float = 0) -> int:
        return round((self.clock.now - waited - AGEING_SECONDS[priority]) * 1e6)

    def ask(
        self,
        category_id: int = CARDS,
        *,
        priority: Priority = Priority.NORMAL,
        waited: float = 0,
        wanted: int | None = None,
    ) -> int:
        """Somebody asks, a moment after whoever asked before."""
        self.clock.advance(0.001)
        session_id = next(self._numbers)
        place = self.place(priority, waited=waited)
        store.enqueue(session_id, category_id=category_id, place=place, wanted_counselor_id=wanted)
        return session_id

    def hire(self, counselor_id: int, *skills: int, capacity: int = 3) -> None:
        """A counselor comes to work and is READY, a moment after whoever was so before."""
        self.clock.advance(0.001)
        self._profiles[counselor_id] = (capacity, skills or (CARDS,))
        self.go(counselor_id, CounselorState.ONLINE)
        self.go(counselor_id, CounselorState.READY)

    def go(self, counselor_id: int, to: CounselorState, *, forced: bool = False, overdue_only: bool = False) -> Change:
        capacity, skills = self._profiles.setdefault(counselor_id, (3, (CARDS,)))
        return store.change_state(
            counselor_id,
            to,
            reason="test",
            capacity=capacity,
            skills=skills,
            after_call_seconds=AFTER_CALL_SECONDS,
            forced=forced,
            overdue_only=overdue_only,
        )

    def match(self, *category_ids: int, limit: int = 100) -> list[tuple[int, int]]:
        """Match and settle; return the pairs of session and counselor."""
        return [(match.session_id, match.counselor_id) for match in self.settled(*category_ids, limit=limit)]

    def settled(self, *category_ids: int, limit: int = 100, offer_seconds: float = 0) -> list[Match]:
        self.clock.advance(0.001)
        matches = store.match(category_ids or (CARDS,), limit=limit)
        assert all(store.settle(matches, offer_seconds=offer_seconds))
        return matches

    def offer(self, *category_ids: int, limit: int = 1) -> list[tuple[int, int]]:
        """Match, and offer to the counselors; return the pairs."""
        matches = self.settled(*category_ids, limit=limit, offer_seconds=OFFER_SECONDS)
        return [(match.session_id, match.counselor_id) for match in matches]

    def miss(self, session_id: int, counselor_id: int) -> Returned:
        """The counselor lets an offer lapse, which the sweep finds."""
        self.clock.advance(OFFER_SECONDS)
        assert (session_id, counselor_id) in store.due().offers
        return store.give_back(session_id, counselor_id, missed=True)

    def end(self, session_id: int, counselor_id: int, *, after_call_seconds: float = 0) -> bool:
        self.clock.advance(0.001)
        return store.release(session_id, counselor_id, after_call_seconds=after_call_seconds).released

    def queue_position(self, session_id: int) -> QueuePosition | None:
        return store.positions([session_id])[0]

    def stage(self, session_id: int) -> Stage | None:
        queue_position = self.queue_position(session_id)
        return None if queue_position is None else queue_position.stage

    def positions(self, *session_ids: int) -> list[int]:
        return [
            queue_position.position for queue_position in store.positions(session_ids) if queue_position is not None
        ]

    def counselor(self, counselor_id: int) -> CounselorView:
        (view,) = store.team([counselor_id])
        return view

    def state(self, counselor_id: int) -> CounselorState:
        return next((view.state for view in store.team([counselor_id])), CounselorState.OFFLINE)

    def history(self, counselor_id: int) -> list[CounselorState]:
        """The states that a counselor went through."""
        return [change.to_state for change in read_changes() if change.counselor_id == counselor_id]
