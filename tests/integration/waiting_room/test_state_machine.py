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
from apps.concerts.waiting_room.place import KEPT_HOURS, Place
from apps.concerts.waiting_room.store import Standing, Tick
from tests.integration.waiting_room.line import DAY, PERFORMANCE, Line
from tests.lua_clock import LuaClock, put_under_clock

BURST_SECONDS = 5
IDLE_SECONDS = 1
STALL_SECONDS = 10
LONGEST_ABSENCE = 2 * 1.15 * 300 + 10 + 1
GAP = 10_000

USERS = st.integers(1, 5)


@dataclass
class Person:
    """What the model knows of somebody the line knows: waits, was offered a turn, or has a pass."""

    number: int
    present_until: int = 0
    is_in_reach: bool = True  # of the tick: after the cursor, or among the returners
    offered_until: float = 0
    pass_until: float = 0


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
        self.places: dict[int, list[Place]] = {}  # of each user, one for each number, the newest last
        self.owners: dict[int, int] = {}  # number -> user, over all lives of the line
        self.used: set[int] = set()  # numbers, in this life of the line
        self.credits = 0.0
        self.credited_at = self.clock.now
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
        places = self.places.get(user)
        self.join(user, places[-1] if places else store.NO_PLACE)

    @rule(user=USERS)
    def joins_from_a_device_without_a_place(self, user: int) -> None:
        self.join(user, store.NO_PLACE)

    @precondition(lambda self: self.places)
    @rule(user=USERS, which=st.integers(0, 3))
    def joins_with_an_older_place(self, user: int, which: int) -> None:
        if places := self.places.get(user):
            self.join(user, places[which % len(places)])

    @rule(user=USERS)
    def looks(self, user: int) -> None:
        known = self.people.get(user)
        try:
            standing = self.line.look(user)
        except NotInLine:
            assert known is None or self.has_lapsed_pass(known)
            return
        self.visited(user, standing, place=store.NO_PLACE)

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
        had_pass = known is not None and known.pass_until > 0
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
        self.accrue()
        waiting = self.in_reach()
        before = self.offers()

        tick = self.line.tick()

        new = sorted(set(self.offers()) - set(before))
        assert len(new) == tick.offered
        assert tick.offered <= self.credits + 1e-6
        assert tick.offered == 0 or self.line.inside() <= self.line.settings.inside_limit
        present = sorted(person.number for person in waiting if person.present_until > self.clock.now)
        assert new == present[: len(new)], "the first of those who are there, in order"
        self.all_slots_are_used(tick.offered, present)
        self.credits -= tick.offered
        self.credits_of_an_empty_line_are_few(tick)
        for person in self.people.values():
            if person.number in new:
                person.offered_until = self.clock.now + 60
                person.is_in_reach = False
            elif person.is_in_reach and person.present_until <= self.clock.now:
                person.is_in_reach = person.number > tick.cursor or self.is_returner(person.number)

    @rule(mode=st.sampled_from(["QUEUE", "QUEUE", "PAUSED", "CLOSED", "OPEN"]))
    def the_mode_changes(self, mode: str) -> None:
        self.accrue()
        assert self.line.change(mode=mode)

    @rule(rate=st.sampled_from([0.1, 1.0, 2.0, 7.5]))
    def the_rate_changes(self, rate: float) -> None:
        self.accrue()
        assert self.line.change(rate=rate)
        self.credits = min(self.credits, max(1.0, rate * BURST_SECONDS))

    @rule(limit=st.integers(1, 5))
    def the_limit_changes(self, limit: int) -> None:
        self.accrue()
        assert self.line.change(inside_limit=limit)

    @rule()
    def the_mark_is_saved(self) -> None:
        line = self.line.client.hmget(tick_keys(PERFORMANCE)[0], "next", "cursor")
        self.mark = (int(line[0]), int(line[1]))

    @precondition(lambda self: self.people)
    @rule()
    def redis_loses_everything(self) -> None:
        """The line is made anew as `open_line` does it; all that is left of people is the places they keep."""
        self.line.lose()
        last_known, cursor = self.mark
        assert self.line.create(last_known=last_known, cursor=cursor, gap=GAP)
        self.mark = (last_known + GAP, cursor)
        self.made_at = self.clock.now
        self.credits, self.credited_at = 0.0, self.clock.now
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
            expected = person is not None and person.pass_until > self.clock.now
            assert self.line.has_pass(user) == expected

    # How the model keeps up

    def join(self, user: int, place: Place) -> None:
        try:
            standing = self.line.join(user, place=place)
        except NotOnSale:
            assert self.line.settings.mode == "CLOSED"
            return
        self.visited(user, standing, place=place)

    def visited(self, user: int, standing: Standing, *, place: Place) -> None:
        """Hold an answer to what the model knows, and learn from it."""
        if standing.status == "OPEN":
            return
        known = self.people.get(user)
        if standing.number is None:
            assert standing.status == "CLOSED"
            assert known is None or self.has_lapsed_pass(known)
            return
        if known and not self.has_lapsed_pass(known):
            assert standing.number == known.number
        elif self.is_restorable(place):
            assert standing.number == place.number
            known = self.people[user] = Person(standing.number)
        else:
            assert standing.number not in self.owners, "a number that nobody ever had"
            known = self.people[user] = Person(standing.number)
        assert self.owners.setdefault(standing.number, user) == user, "one owner, whatever Redis lost"
        self.used.add(standing.number)
        self.keep_place(user, Place(standing.number, standing.at))
        self.learn(known, standing)

    def is_restorable(self, place: Place) -> bool:
        """Whether the number of a place is from before the last loss, and was not used since: decision 0062."""
        is_recent = self.made_at - place.signed_at <= KEPT_HOURS * 3600
        return place.number > 0 and place.number not in self.used and is_recent

    def keep_place(self, user: int, place: Place) -> None:
        others = [other for other in self.places.get(user, []) if other.number != place.number]
        self.places[user] = [*others, place]

    def learn(self, person: Person, standing: Standing) -> None:
        if standing.status == "ADMITTED":
            assert max(person.offered_until, person.pass_until) > self.clock.now
            person.pass_until = person.pass_until or int(self.clock.now) + 600
            person.is_in_reach, person.offered_until = False, 0
            return
        assert person.pass_until == 0
        if standing.status != "CLOSED":
            assert person.offered_until <= self.clock.now
        person.is_in_reach = person.offered_until <= self.clock.now
        poll = standing.poll_seconds
        person.present_until = ceil(self.clock.now + 2 * 1.15 * poll + 10 - 0.003)

    def accrue(self) -> None:
        elapsed, self.credited_at = self.clock.now - self.credited_at, self.clock.now
        if self.line.settings.mode == "QUEUE":
            rate = self.line.settings.rate
            self.credits = min(self.credits + elapsed * rate, max(1.0, rate * BURST_SECONDS))

    def credits_of_an_empty_line_are_few(self, tick: Tick) -> None:
        has_returners = self.line.client.exists(tick_keys(PERFORMANCE)[3])
        if self.line.settings.mode == "QUEUE" and tick.cursor >= tick.next_number and not has_returners:
            self.credits = min(self.credits, max(1.0, self.line.settings.rate * IDLE_SECONDS))

    def all_slots_are_used(self, offered: int, present: list[int]) -> None:
        """In steady times nobody waits who could be let in."""
        if self.line.settings.mode != "QUEUE" or self.clock.now < self.steady_from:
            return
        free = self.line.settings.inside_limit - self.line.inside() + offered
        assert offered >= min(int(self.credits - 1e-6), free, len(present))

    def in_reach(self) -> list[Person]:
        return [person for person in self.people.values() if person.is_in_reach]

    def has_lapsed_pass(self, person: Person) -> bool:
        return 0 < person.pass_until <= self.clock.now

    def offers(self) -> list[int]:
        return [int(number) for number in self.line.client.zrange(tick_keys(PERFORMANCE)[2], 0, -1)]

    def is_returner(self, number: int) -> bool:
        return self.line.client.zscore(tick_keys(PERFORMANCE)[3], number) is not None

    def everybody_gets_in_who_stays(self) -> None:
        """Let all who ever joined come back and stay: each gets a pass."""
        self.line.change(mode="QUEUE", rate=2.0, inside_limit=len(self.places) + 10)
        waiting = {user: places[-1] for user, places in self.places.items()}
        for _ in range(int(LONGEST_ABSENCE) + 100):
            for user, place in list(waiting.items()):
                if self.line.join(user, place=place).status == "ADMITTED":
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


TestWaitingRoom = WaitingRoom.TestCase
TestWaitingRoom.settings = settings(
    max_examples=40, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
)
