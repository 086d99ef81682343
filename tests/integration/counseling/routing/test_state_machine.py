"""Any sequence of calls, against a model: nobody is lost, in two places, or one too many.

The model knows who waits, who has whom, and each counselor's state, in plain Python; the scripts have to agree
with it after every step, and the audit has to find every index as the records say.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from apps.common.redis import sync_redis
from apps.counseling.errors import CounselorStateConflict, NoFreeCapacity
from apps.counseling.routing import keys, store
from apps.counseling.routing.answers import KnownCounselor, Match, OpenSession, Stage
from apps.counseling.states import CounselorState, Priority
from tests.conftest import forget_everything
from tests.integration.counseling.routing.centre import (
    AFTER_CALL_SECONDS,
    ANN,
    BOB,
    CARDS,
    CAT,
    GRACE_SECONDS,
    OFFER_SECONDS,
    REFUNDS,
    TICKETS,
    Centre,
    State,
    audit,
)
from tests.integration.counseling.routing.test_states import ALLOWED

OFFLINE, ONLINE, READY = CounselorState.OFFLINE, CounselorState.ONLINE, CounselorState.READY
BUSY, AFTER_CALL = CounselorState.BUSY, CounselorState.AFTER_CALL
ON_DUTY = (READY, BUSY)

categories = st.sampled_from([CARDS, TICKETS, REFUNDS])
people = st.sampled_from([ANN, BOB, CAT])
skill_sets = st.just([CARDS, TICKETS, REFUNDS]) | st.sets(categories, min_size=1).map(sorted)
any_number = st.integers(0, 10_000)


@dataclass
class Session:
    """What the model knows of a session."""

    id: int
    category: int
    place: int
    wanted: int | None = None
    stage: Stage = Stage.LINE
    counselor: int | None = None
    avoided: int | None = None
    due_at: float = 0
    match: Match | None = None


@dataclass
class Person:
    """What the model knows of a counselor."""

    id: int
    state: CounselorState = OFFLINE
    capacity: int = 1
    skills: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    idle: float = 0
    misses: int = 0
    until: float = 0

    def settle_state(self) -> None:
        if self.state in ON_DUTY:
            self.state = READY if len(self.held) < self.capacity else BUSY

    @property
    def fitness(self) -> tuple[float, float, int]:
        return (len(self.held) / self.capacity, self.idle, self.id)


class CentreMachine(RuleBasedStateMachine):
    """The calls of customers, counselors, supervisors, sweeps and the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = pytest.MonkeyPatch()
        forget_everything()
        sync_redis().flushall()
        self.centre = Centre(self.patches)
        self.sessions: dict[int, Session] = {}
        self.people = {key: Person(key) for key in (ANN, BOB, CAT)}
        self.ended: list[tuple[int, int]] = []

    def teardown(self) -> None:
        self.patches.undo()

    # What the model says

    @property
    def now(self) -> float:
        return round(self.centre.clock.now, 6)

    def _pick(self, number: int, *stages: Stage) -> Session | None:
        found = [session for session in self.sessions.values() if session.stage in stages]
        return found[number % len(found)] if found else None

    def _can_be_wanted(self, counselor: int | None, category: int) -> bool:
        return (
            counselor is not None
            and self.people[counselor].state != OFFLINE
            and (category in self.people[counselor].skills)
        )

    def _to_line(self, session: Session) -> None:
        session.stage, session.counselor, session.match = Stage.LINE, None, None
        if not self._can_be_wanted(session.wanted, session.category):
            session.wanted = None

    def _take(self, session: Session) -> None:
        if session.counselor is not None:
            person = self.people[session.counselor]
            person.held.remove(session.id)
            person.idle = self.now
            person.settle_state()

    def _give(self, session: Session, person: Person, stage: Stage, due_at: float) -> None:
        session.stage, session.counselor, session.due_at = stage, person.id, due_at
        person.held.append(session.id)
        person.idle = self.now
        person.settle_state()

    def _drop_wishes(self) -> None:
        for session in self.sessions.values():
            if session.stage == Stage.LINE and not self._can_be_wanted(session.wanted, session.category):
                session.wanted = None

    def _next_pair(self, asked: list[int]) -> tuple[Session, Person] | None:
        for session in sorted(self.sessions.values(), key=lambda session: (session.place, session.id)):
            if session.stage != Stage.LINE or session.category not in asked:
                continue
            free = [p for p in self.people.values() if p.state == READY and session.category in p.skills]
            if session.wanted is not None:
                free = [person for person in free if person.id == session.wanted]
            others = [person for person in free if person.id != session.avoided]
            if fit := sorted(others or free, key=lambda person: person.fitness):
                return session, fit[0]
        return None

    # Customers

    @rule(
        category=categories,
        priority=st.sampled_from(Priority),
        waited=st.integers(0, 900),
        wanted=st.none() | people,
    )
    def ask(self, category: int, priority: Priority, waited: int, wanted: int | None) -> None:
        session_id = self.centre.ask(category, priority=priority, waited=waited, wanted=wanted)
        session = Session(session_id, category, self.centre.place(priority, waited=waited), wanted)
        self.sessions[session_id] = session
        self._to_line(session)

    @precondition(lambda self: self.sessions)
    @rule(number=any_number)
    def ask_again(self, number: int) -> None:
        session = self._pick(number, *Stage)
        assert session is not None
        queue_position = store.enqueue(session.id, category_id=session.category, place=session.place)
        assert (queue_position.stage, queue_position.counselor_id) == (session.stage, session.counselor)

    @precondition(lambda self: self.sessions)
    @rule(number=any_number)
    def leave(self, number: int) -> None:
        session = self._pick(number, *Stage)
        assert session is not None
        assert store.leave(session.id) == (session.stage == Stage.LINE)
        if session.stage == Stage.LINE:
            del self.sessions[session.id]

    # Matching

    @rule(asked=skill_sets, limit=st.sampled_from([1, 2, 100]))
    def match(self, asked: list[int], limit: int) -> None:
        self.centre.clock.advance(0.001)
        matches = store.match(asked, limit=limit)
        for match in matches:
            pair = self._next_pair(asked)
            assert pair is not None
            session, person = pair
            assert (match.session_id, match.counselor_id) == (session.id, person.id)
            session.match = match
            self._give(session, person, Stage.LEASED, self.now + store.LEASE_SECONDS)
        assert len(matches) == limit or self._next_pair(asked) is None

    @rule(number=any_number, offered=st.booleans())
    def settle(self, number: int, offered: bool) -> None:
        session = self._pick(number, Stage.LEASED)
        if session is None or session.match is None:
            return
        assert store.settle([session.match], offer_seconds=OFFER_SECONDS if offered else 0) == [True]
        session.stage, session.due_at = Stage.TALKING, 0
        if offered:
            session.stage, session.due_at = Stage.OFFERED, self.now + OFFER_SECONDS

    @rule(number=any_number, person=people)
    def take_offer(self, number: int, person: int) -> None:
        session = self._pick(number, *Stage)
        if session is None:
            return
        is_theirs = session.counselor == person and session.stage in (Stage.OFFERED, Stage.TALKING)
        assert store.take_offer(session.id, person) == is_theirs
        if is_theirs and session.stage == Stage.OFFERED:
            session.stage, session.due_at = Stage.TALKING, 0
            self.people[person].misses = 0

    @rule(number=any_number, person=people, missed=st.booleans(), talking=st.booleans(), to_line=st.booleans())
    def give_back(self, number: int, person: int, missed: bool, talking: bool, to_line: bool) -> None:
        session = self._pick(number, *Stage)
        if session is None:
            return
        may = session.stage == Stage.OFFERED if missed else talking or session.stage != Stage.TALKING
        may = may and session.counselor == person
        self.centre.clock.advance(0.001)
        returned = store.give_back(session.id, person, missed=missed, talking=talking, to_line=to_line)
        assert returned.returned == may
        if not may:
            return
        counselor = self.people[person]
        self._take(session)
        if missed:
            counselor.misses += 1
            if counselor.misses == 2:
                counselor.misses = 0
                assert returned.went_away == (counselor.state in ON_DUTY)
                counselor.state = ONLINE if counselor.state in ON_DUTY else counselor.state
        session.avoided = person
        if to_line:
            self._to_line(session)
        else:
            del self.sessions[session.id]

    @rule(number=any_number, person=people, supervisor=st.booleans())
    def force_assign(self, number: int, person: int, supervisor: bool) -> None:
        session, counselor = self._pick(number, *Stage), self.people[person]
        if session is None:
            return
        has_place = counselor.state == READY and session.category in counselor.skills
        if supervisor:
            has_place = counselor.state != OFFLINE and len(counselor.held) < counselor.capacity
        is_offered_it = session.counselor == person and session.stage != Stage.TALKING
        has_place = is_offered_it or (has_place and session.counselor != person)
        self.centre.clock.advance(0.001)
        try:
            assigned = store.force_assign(
                session.id, person, category_id=session.category, place=session.place, by_supervisor=supervisor
            )
        except NoFreeCapacity:
            assert not has_place
            return
        assert has_place
        assert assigned.from_counselor_id == session.counselor
        session.match, session.wanted = assigned.match, None
        if is_offered_it:
            session.stage, session.due_at = Stage.LEASED, self.now + store.LEASE_SECONDS
        else:
            self._take(session)
            self._give(session, counselor, Stage.LEASED, self.now + store.LEASE_SECONDS)

    # Ends

    @rule(number=any_number, person=people, after_call=st.sampled_from([0, AFTER_CALL_SECONDS]))
    def release(self, number: int, person: int, after_call: int) -> None:
        session, counselor = self._pick(number, *Stage), self.people[person]
        if session is None:
            return
        self.centre.clock.advance(0.001)
        released = store.release(session.id, person, after_call_seconds=after_call)
        assert released.released == (session.counselor == person)
        if not released.released:
            return
        counselor.held.remove(session.id)
        counselor.idle = self.now
        if after_call and counselor.state in (*ON_DUTY, AFTER_CALL):
            counselor.state, counselor.until = AFTER_CALL, max(counselor.until, self.now + after_call)
        counselor.settle_state()
        del self.sessions[session.id]
        self.ended.append((session.id, person))

    @precondition(lambda self: self.ended)
    @rule(number=any_number)
    def release_again(self, number: int) -> None:
        session_id, person = self.ended[number % len(self.ended)]
        assert not store.release(session_id, person, after_call_seconds=AFTER_CALL_SECONDS).released

    # Counselors

    @rule(
        person=people,
        to=st.sampled_from(CounselorState) | st.just(READY),
        capacity=st.integers(1, 3),
        skills=skill_sets,
        forced=st.booleans(),
    )
    def change_state(self, person: int, to: CounselorState, capacity: int, skills: list[int], forced: bool) -> None:
        counselor = self.people[person]
        former = counselor.state
        allowed = to in ALLOWED[former] and (to != OFFLINE or former == OFFLINE or forced or not counselor.held)
        self.centre.clock.advance(0.001)
        try:
            change = store.change_state(
                person,
                to,
                reason="test",
                capacity=capacity,
                skills=skills,
                after_call_seconds=AFTER_CALL_SECONDS,
                forced=forced,
            )
        except CounselorStateConflict:
            assert not allowed
            return
        assert allowed
        if to != former and (former, to) != (BUSY, READY):
            self._become(counselor, to, capacity, skills)
        assert (change.from_state, change.to_state) == (former, counselor.state)
        assert sorted(change.session_ids) == sorted(counselor.held)

    def _become(self, counselor: Person, to: CounselorState, capacity: int, skills: list[int]) -> None:
        if to == READY:
            counselor.idle = self.now
            counselor.misses = counselor.misses if counselor.state.row.is_on_queue else 0
        counselor.until = self.now + AFTER_CALL_SECONDS if to.row.at_limit else 0
        counselor.state, counselor.capacity, counselor.skills = to, capacity, skills
        counselor.settle_state()
        self._drop_wishes()
        self._forget_who_has_left()

    def _forget_who_has_left(self) -> None:
        for counselor in self.people.values():
            if counselor.state == OFFLINE and not counselor.held:
                counselor.misses, counselor.idle = 0, 0

    @rule(person=people, capacity=st.integers(1, 3), skills=skill_sets)
    def change_profile(self, person: int, capacity: int, skills: list[int]) -> None:
        counselor = self.people[person]
        workload = store.change_profile(person, capacity=capacity, skills=skills)
        if counselor.state != OFFLINE:
            counselor.capacity, counselor.skills = capacity, skills
            counselor.settle_state()
            self._drop_wishes()
        assert workload.state == counselor.state

    # Time, and what it brings

    @rule(seconds=st.sampled_from([1, store.LEASE_SECONDS, OFFER_SECONDS, AFTER_CALL_SECONDS]))
    def time_passes(self, seconds: int) -> None:
        self.centre.clock.advance(seconds)

    @rule()
    def what_is_due_is_what_the_model_says(self) -> None:
        due = store.due()
        for found, stage in ((due.leases, Stage.LEASED), (due.offers, Stage.OFFERED)):
            overdue = [s for s in self.sessions.values() if s.stage == stage and s.due_at <= self.now]
            assert sorted(found) == sorted((session.id, session.counselor) for session in overdue)
        resting = [p.id for p in self.people.values() if p.state == AFTER_CALL and p.until <= self.now]
        assert sorted(due.after_calls) == sorted(resting)
        assert set(due.lost) >= {p.id for p in self.people.values() if p.state == OFFLINE and p.held}

    @rule()
    def redis_comes_back_empty(self) -> None:
        """The database has everything but leases, misses, and who gave what back."""
        self.centre.lose()
        for session in self.sessions.values():
            if session.stage == Stage.LEASED:
                self._take(session)
                self._to_line(session)
            session.avoided, session.match = None, None
            session.due_at = self.now + OFFER_SECONDS if session.stage == Stage.OFFERED else 0
        for counselor in self.people.values():
            counselor.misses = 0
        assert self.centre.open(
            [OpenSession(s.id, s.category, s.place, s.stage, s.counselor, s.wanted) for s in self.sessions.values()],
            [
                KnownCounselor(p.id, p.state, p.capacity, tuple(p.skills), round(p.idle * 1e6), round(p.until * 1e6))
                for p in self.people.values()
                if p.state != OFFLINE or p.held
            ],
        )
        store.seen([ANN, BOB, CAT], grace_seconds=100 * GRACE_SECONDS)

    @rule(number=any_number)
    def put_right(self, number: int) -> None:
        """The database agrees."""
        session = self._pick(number, Stage.LINE, Stage.OFFERED, Stage.TALKING)
        if session is not None:
            known = OpenSession(
                session.id, session.category, session.place, session.stage, session.counselor, session.wanted
            )
            assert not store.put_right(session.id, known, offer_seconds=OFFER_SECONDS)

    # What always holds

    @invariant()
    def everybody_is_where_the_model_has_them(self) -> None:
        state = State.read()
        assert {key: (r.stage, r.counselor_id or None, r.wanted or None) for key, r in state.sessions.items()} == {
            key: (s.stage, s.counselor, s.wanted) for key, s in self.sessions.items()
        }
        assert {key: (v.state, sorted(v.session_ids)) for key, v in state.counselors.items()} == {
            key: (p.state, sorted(p.held)) for key, p in self.people.items() if p.state != OFFLINE or p.held
        }

    @invariant()
    def every_index_says_what_the_records_say(self) -> None:
        audit(over_capacity=[p.id for p in self.people.values() if len(p.held) > p.capacity])

    @invariant()
    def the_line_is_in_the_order_of_the_places(self) -> None:
        waiting = [session for session in self.sessions.values() if session.stage == Stage.LINE]
        waiting.sort(key=lambda session: (session.category, session.wanted or 0, session.place, session.id))
        line = sync_redis().zrange(keys.LINE, 0, -1)
        assert [int(member[-15:]) for member in line] == [session.id for session in waiting]


CentreMachine.TestCase.settings = hypothesis_settings(
    max_examples=100, stateful_step_count=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestCentre = CentreMachine.TestCase
