"""Any order of visits, ticks, changes, outages and losses: the rate, the limit and everybody's place hold."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from apps.common.redis import sync_redis
from apps.concerts.errors import NotInLine, NotOnSale
from apps.concerts.waiting_room import store
from apps.concerts.waiting_room.keys import tick_keys
from apps.concerts.waiting_room.queue_token import KEPT_HOURS, QueueToken
from apps.concerts.waiting_room.store import QueuePosition
from tests.integration.concerts.waiting_room.line import DAY, PERFORMANCE, Line
from tests.lua_clock import LuaClock, put_under_clock

CALL_AHEAD = 4
CATCH_UP = 1.1
OFFER_SECONDS, RETURN_SECONDS = 5, 120
PROMISED_PER_RETURNER = 9
LONGEST_ABSENCE = 2 * 1.15 * 60 + 10 + 1
GAP = 10_000
EPSILON = 1e-4  # seconds: Redis keeps microseconds

USERS = st.integers(1, 5)


@dataclass
class Person:
    """What the model knows of somebody the line knows: waits, or was let in from a moment on."""

    number: int
    present_until: int = 0
    heard_at: float = 0
    begins: float | None = None  # the pass, which counts once the line has been looked at since
    has_begun: bool = False

    def has_pass(self, now: float) -> bool:
        return self.has_begun and int(self.begins or 0) + 600 > now

    def has_lapsed_pass(self, now: float) -> bool:
        return self.begins is not None and int(self.begins) + 600 <= now


class WaitingRoom(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        put_under_clock(self.patch, store)
        client = sync_redis()
        client.flushall()
        self.clock = LuaClock(client)
        closes_at = int(self.clock.now) + 29 * DAY  # longer than all outages together
        self.line = Line(client, self.clock, inside_limit=3, closes_at=closes_at)
        self.made_at = self.clock.now
        self.people: dict[int, Person] = {}
        self.tokens: dict[int, list[QueueToken]] = {}  # of each user, one for each number, the newest last
        self.owners: dict[int, int] = {}  # number -> user, over all lives of the line
        self.used: set[int] = set()  # numbers, in this life of the line
        self.last_begins = 0.0  # the last moment that anybody was let in at, over all lives of the line
        self.records = 0
        self.since_returner = PROMISED_PER_RETURNER
        self.mark = (0, 0)
        self.steady_from = self.clock.now

    def teardown(self) -> None:
        try:
            self.everybody_gets_in_who_stays()
        finally:
            self.patch.undo()

    # What people do

    @rule(user=USERS)
    def joins(self, user: int) -> None:
        tokens = self.tokens.get(user)
        self.join(user, tokens[-1] if tokens else store.NO_TOKEN)

    @rule(user=USERS)
    def joins_from_a_device_without_a_token(self, user: int) -> None:
        self.join(user, store.NO_TOKEN)

    @precondition(lambda self: self.tokens)
    @rule(user=USERS, which=st.integers(0, 3))
    def joins_with_an_older_token(self, user: int, which: int) -> None:
        if tokens := self.tokens.get(user):
            self.join(user, tokens[which % len(tokens)])

    @rule(user=USERS)
    def looks(self, user: int) -> None:
        known = self.people.get(user)
        try:
            position = self.line.look(user)
        except NotInLine:
            assert known is None or known.has_lapsed_pass(self.clock.now)
            return
        self.visited(user, position, token=store.NO_TOKEN)

    @rule(user=USERS)
    def leaves(self, user: int) -> None:
        self.line.leave(user)
        self.people.pop(user, None)

    @rule(user=USERS)
    def leaves_and_thinks_better_of_it(self, user: int) -> None:
        self.leaves(user)
        self.joins(user)

    @rule(user=USERS)
    def finishes(self, user: int) -> None:
        known = self.people.get(user)
        had_pass = known is not None and known.begins is not None
        released = self.line.release(user)
        assert not released or had_pass
        if had_pass:
            del self.people[user]

    # What time and staff do

    @rule(seconds=st.sampled_from([0.0, 0.1, 0.5, 1.0, 1.0, 2.5, 7.0]), times=st.integers(1, 3))
    def time_passes(self, seconds: float, times: int) -> None:
        for _ in range(times):
            self.clock.advance(seconds)
            self.ticks()

    @rule(seconds=st.sampled_from([11.0, 61.0, 400.0, 2000.0]))
    def an_outage_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.steady_from = self.clock.now + LONGEST_ABSENCE
        self.ticks()

    @rule()
    def ticks(self) -> None:
        before, returners, cursor = self.offers(), self.returners(), self.cursor()

        tick = self.line.tick()

        after = self.offers()
        new = [number for number in after if number not in before]
        assert len(new) == tick.offered
        self.the_first_of_those_who_are_there_are_called(new, returners, cursor)
        self.returners_take_their_share(new, returners, is_all=tick.cursor >= tick.next_number)
        for number in new:
            assert self.clock.now - EPSILON <= after[number] <= self.clock.now + CALL_AHEAD + EPSILON
        for number in before.keys() - after.keys():
            assert before[number] + OFFER_SECONDS <= self.clock.now, "a turn is kept for its owner"
        self.those_who_could_go_in_are_called(after)
        for person in self.people.values():
            person.has_begun = person.has_begun or (person.begins or self.clock.now + 1) <= self.clock.now

    @rule(mode=st.sampled_from(["QUEUE", "QUEUE", "PAUSED", "CLOSED", "OPEN"]))
    def the_mode_changes(self, mode: str) -> None:
        assert self.line.change(mode=mode)

    @rule(rate=st.sampled_from([0.1, 1.0, 2.0, 7.5]))
    def the_rate_changes(self, rate: float) -> None:
        assert self.line.change(rate=rate)

    @rule(limit=st.integers(1, 5))
    def the_limit_changes(self, limit: int) -> None:
        assert self.line.change(inside_limit=limit)

    @rule()
    def the_mark_is_saved(self) -> None:
        tick = self.line.tick()
        self.mark = (tick.next_number, tick.settled)

    @precondition(lambda self: self.people)
    @rule()
    def redis_loses_everything(self) -> None:
        """The line is made anew as `open_line` does it; all that is left of people is the tokens they keep."""
        self.line.lose()
        last_known, cursor = self.mark
        assert self.line.create(last_known=last_known, cursor=cursor, gap=GAP)
        self.mark = (last_known + GAP, cursor)
        self.made_at = self.clock.now
        self.last_begins = self.clock.now  # somebody may have been let in a moment ago, for all that the line knows
        self.records, self.since_returner = 0, PROMISED_PER_RETURNER
        self.steady_from = self.clock.now + LONGEST_ABSENCE
        self.people.clear()
        self.used.clear()

    # What always holds

    @invariant()
    def a_pass_is_a_turn_that_was_claimed_in_time(self) -> None:
        if self.line.settings.mode == "OPEN":
            return
        for user in range(1, 6):
            person = self.people.get(user)
            expected = person is not None and person.has_pass(self.clock.now)
            assert self.line.has_pass(user) == expected

    # How the model keeps up

    def join(self, user: int, token: QueueToken) -> None:
        try:
            position = self.line.join(user, token=token)
        except NotOnSale:
            assert self.line.settings.mode == "CLOSED"
            return
        self.visited(user, position, token=token)

    def visited(self, user: int, position: QueuePosition, *, token: QueueToken) -> None:
        """Hold an answer to what the model knows, and learn from it."""
        exchanged = self.read_records(user)
        known = self.people.get(user)
        if known and known.begins is not None and known.begins <= self.clock.now:
            known.has_begun = True
        if position.status == "OPEN":
            return
        if position.number is None:
            assert position.status == "CLOSED"
            assert known is None or known.has_lapsed_pass(self.clock.now)
            return
        if known and not known.has_lapsed_pass(self.clock.now):
            if position.number != known.number:
                assert exchanged == known.number, "a number is lost by coming back too late, and else never"
                assert self.clock.now - known.heard_at >= RETURN_SECONDS
                assert position.number not in self.owners
                known = self.people[user] = Person(position.number)
        elif self.is_restorable(token):
            assert position.number == token.number
            known = self.people[user] = Person(position.number)
        else:
            assert position.number not in self.owners, "a number that nobody ever had"
            known = self.people[user] = Person(position.number)
        assert self.owners.setdefault(position.number, user) == user, "one owner, whatever Redis lost"
        self.used.add(position.number)
        self.keep_token(user, QueueToken(position.number, position.at))
        self.learn(known, position)

    def read_records(self, user: int) -> int | None:
        """Take in what the last call did; return the number that it exchanged for a new one."""
        exchanged = None
        records = self.line.records()
        for kind, number, account, at in records[self.records :]:
            if kind == "A":
                assert account == user
                person = self.people[user]
                assert (person.number, person.begins) == (number, None)
                assert at >= self.last_begins + 1 / self.line.settings.rate - EPSILON, "no faster than the rate"
                assert self.line.inside() <= self.line.settings.inside_limit
                self.last_begins = person.begins = at
                person.has_begun = False
            elif kind == "M":
                exchanged = number
        self.records = len(records)
        return exchanged

    def is_restorable(self, token: QueueToken) -> bool:
        """Whether the number of a token is from before the last loss, and was not used since: decision 0062."""
        is_recent = self.made_at - token.signed_at <= KEPT_HOURS * 3600
        return token.number > 0 and token.number not in self.used and is_recent

    def keep_token(self, user: int, token: QueueToken) -> None:
        others = [other for other in self.tokens.get(user, []) if other.number != token.number]
        self.tokens[user] = [*others, token]

    def learn(self, person: Person, position: QueuePosition) -> None:
        person.heard_at = self.clock.now
        if position.status == "ADMITTED":
            assert person.begins is not None
            assert person.begins <= self.clock.now
            return
        assert person.begins is None or person.begins > self.clock.now
        poll = position.poll_seconds
        person.present_until = ceil(self.clock.now + 2 * 1.15 * poll + 10 - 0.003)

    def the_first_of_those_who_are_there_are_called(self, new: list[int], returners: list[int], cursor: int) -> None:
        present = sorted(one.number for one in self.waiting() if one.present_until > self.clock.now)
        in_line = [number for number in present if number > cursor]
        back = [number for number in present if number in returners]
        called_in_line = [number for number in new if number not in returners]
        called_back = [number for number in new if number in returners]
        assert called_in_line == in_line[: len(called_in_line)]
        assert called_back == back[: len(called_back)]

    def returners_take_their_share(self, new: list[int], returners: list[int], *, is_all: bool) -> None:
        for number in new:
            if number in returners:
                assert is_all or self.since_returner >= PROMISED_PER_RETURNER
                self.since_returner = 0
            else:
                self.since_returner += 1

    def those_who_could_go_in_are_called(self, offers: dict[int, float]) -> None:
        """In steady times nobody waits for whom there is a moment and a slot.

        A moment that was given to somebody who does not use it is nobody else's; the next one follows a little sooner.
        """
        line = self.line.settings
        if line.mode != "QUEUE" or self.clock.now < self.steady_from or offers:
            return
        is_slot_free = self.line.inside() < line.inside_limit
        moment = max(self.last_begins + 1 / line.rate, self.last_moment() + 1 / line.rate / CATCH_UP)
        is_moment_near = moment <= self.clock.now + CALL_AHEAD - EPSILON
        cursor, returners = self.cursor(), self.returners()
        waiting = [one for one in self.waiting() if one.number > cursor or one.number in returners]
        present = [one for one in waiting if one.present_until > self.clock.now]
        assert not (present and is_slot_free and is_moment_near)

    def waiting(self) -> list[Person]:
        return [person for person in self.people.values() if person.begins is None]

    def offers(self) -> dict[int, float]:
        offers = self.line.client.zrange(tick_keys(PERFORMANCE)[2], 0, -1, withscores=True)
        return {int(number): moment for number, moment in offers}

    def returners(self) -> list[int]:
        return [int(number) for number in self.line.client.zrange(tick_keys(PERFORMANCE)[3], 0, -1)]

    def cursor(self) -> int:
        return int(self.line.client.hget(tick_keys(PERFORMANCE)[0], "cursor") or 0)

    def last_moment(self) -> float:
        """The last one that was given out, as it is after a change of the rate."""
        return float(self.line.client.hget(tick_keys(PERFORMANCE)[0], "slot_at") or 0)

    def everybody_gets_in_who_stays(self) -> None:
        """Let all who ever joined come back and stay: each gets a pass."""
        self.line.change(mode="QUEUE", rate=2.0, inside_limit=len(self.tokens) + 10)
        waiting = {user: tokens[-1] for user, tokens in self.tokens.items()}
        for _ in range(int(LONGEST_ABSENCE) + 100):
            for user, token in list(waiting.items()):
                if self.line.join(user, token=token).status == "ADMITTED":
                    del waiting[user]
            if not waiting:
                return
            self.line.pass_time(1)
        raise AssertionError(f"never let in: {waiting}")


def test_who_was_inside_at_a_loss_has_the_same_number_after_the_pass_would_have_ended() -> None:
    """A sequence that this machine found. The pass went with Redis, so no pass used the number up: 0062."""
    room = WaitingRoom()
    room.joins(user=1)
    room.an_outage_passes(seconds=11)
    room.joins(user=1)
    room.redis_loses_everything()
    room.an_outage_passes(seconds=2000)
    room.joins(user=1)
    assert room.people[1].number == 1
    room.teardown()


def test_who_comes_after_somebody_who_was_called_and_left_waits_for_a_moment_of_their_own() -> None:
    """A sequence that this machine found: at one in ten seconds the next moment is nine seconds later (0064)."""
    room = WaitingRoom()
    room.joins(user=1)
    room.the_mark_is_saved()
    room.the_rate_changes(rate=0.1)
    room.leaves_and_thinks_better_of_it(user=1)
    room.time_passes(seconds=0.0, times=1)
    assert room.offers() == {}
    room.time_passes(seconds=7.0, times=1)
    assert list(room.offers()) == [2]
    room.teardown()


TestWaitingRoom = WaitingRoom.TestCase
TestWaitingRoom.settings = settings(
    max_examples=40, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
)
