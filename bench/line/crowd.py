"""People who wait, as the line's scripts meet them, one event after the other on a clock that is turned."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Any

from redis import Redis

from apps.concerts.waiting_room import store
from apps.concerts.waiting_room.keys import number_keys, tick_keys, visit_keys

CLOCK_KEY = "bench:clock"
REAL_TIME = 'redis.call("TIME")'
TURNED_TIME = f'redis.call("HMGET", "{CLOCK_KEY}", "seconds", "microseconds")'
PERFORMANCE = 7
JITTER = 0.15
LONGEST_HOLD = 0.25  # seconds for which the platform holds an answer back until somebody's moment
NOT_IN_LINE = b"NOT_IN_LINE"
MOST = 5_000


@dataclass
class Person:
    """Somebody who waits. `holds_back` and `is_away` are what they do at their turn and for some time of the wait."""

    user_id: int
    joins_at: float
    visit_seconds: float
    holds_back: bool = False
    away: tuple[float, float] | None = None  # seconds of the clock
    number: int = 0
    numbers: set[int] = field(default_factory=set)
    promised: float | None = None
    admitted_at: float | None = None
    looks: int = 0


class Stage:
    """The scripts of a line on a Redis of its own."""

    def __init__(self, client: Redis, *, start: float) -> None:
        self.client = client
        self.now = start
        self._scripts = {name: self._load(name) for name in ("JOIN", "STATUS", "LEAVE", "TICK", "CREATE")}

    def _load(self, name: str) -> bytes:
        source = getattr(store, name).source.decode().replace(REAL_TIME, TURNED_TIME)
        return str(self.client.script_load(source)).encode()

    def run(self, name: str, keys: Any, args: Any = ()) -> Any:
        seconds, fraction = divmod(round(self.now * 1e6), 1_000_000)
        pipeline = self.client.pipeline(transaction=False)
        pipeline.hset(CLOCK_KEY, mapping={"seconds": seconds, "microseconds": fraction})
        pipeline.execute_command("EVALSHA", self._scripts[name], len(keys), *keys, *args)
        return pipeline.execute()[1]


class Crowd:
    """Plays people against a line until all are inside, or `longest` seconds have passed."""

    def __init__(
        self,
        stage: Stage,
        people: list[Person],
        settings: bytes,
        *,
        seed: int,
        read: Callable[[Any], Any],
        holds_answers: bool,
        claims_at: float | None = None,
        latency: tuple[float, float] = (0.01, 0.06),
    ) -> None:
        self.stage, self.people, self.settings = stage, people, settings
        self.draw = random.Random(seed)
        self.read, self.holds_answers, self.claims_at, self.latency = read, holds_answers, claims_at, latency
        self.inside = 0
        self.begun: list[float] = []
        self.ended: list[float] = []
        self.serving = 0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._left = len(people)

    def play(self, *, longest: float) -> None:
        start = self.stage.now
        for person in self.people:
            self._at(person.joins_at, lambda person=person: self._join(person))  # type: ignore[misc]
        self._at(start, self._tick)
        while self._events and self._left and self.stage.now < start + longest:
            at, _, event = heappop(self._events)
            self.stage.now = max(at, self.stage.now)
            event()

    def _at(self, at: float, event: Callable[[], None]) -> None:
        heappush(self._events, (at, next(self._order), event))

    def _tick(self) -> None:
        for _ in range(40):
            answer = self.stage.run("TICK", tick_keys(PERFORMANCE), (self.settings, MOST))
            self.serving = answer[2]
            if not answer[6]:
                break
        self._at(self.stage.now + 1, self._tick)

    def _join(self, person: Person) -> None:
        answer = self.stage.run("JOIN", number_keys(PERFORMANCE, person.user_id), (person.user_id, 0, 0, 0, 0))
        position = self.read(answer)
        if person.promised is None and position.eta_seconds is not None:
            person.promised = position.eta_seconds
        self._answered(person, position)

    def _look(self, person: Person) -> None:
        person.looks += 1
        answer = self.stage.run("STATUS", visit_keys(PERFORMANCE, person.user_id), (person.user_id,))
        if isinstance(answer, list) and answer[0] == NOT_IN_LINE:
            self._join(person)
            return
        self._answered(person, self.read(answer))

    def _answered(self, person: Person, position: Any) -> None:
        if position.status == "ADMITTED":
            self._enter(person)
            return
        person.number = position.number
        person.numbers.add(position.number)
        poll = position.poll_seconds
        is_called = position.number <= position.now_serving
        if self.holds_answers and is_called:
            if poll <= LONGEST_HOLD:
                self._at(self.stage.now + poll, lambda: self._look(person))
                return
        else:
            poll *= 1 - JITTER + 2 * JITTER * self.draw.random()
        self._look_in(person, poll + self.draw.uniform(*self.latency))

    def _look_in(self, person: Person, seconds: float) -> None:
        at = self.stage.now + seconds
        if person.holds_back and self.claims_at is not None and at < self.claims_at:
            # Watches the line without a word, and is heard only so far from the turn that nothing is claimed.
            if person.number <= self.serving + 1:
                at = self.claims_at
            else:
                self._at(at, lambda: self._watch(person))
                return
        if person.away and person.away[0] <= at < person.away[1]:
            at = person.away[1] + self.draw.uniform(0, 2)
        self._at(at, lambda: self._look(person))

    def _watch(self, person: Person) -> None:
        """Ask unless the turn is there, or about to be."""
        assert self.claims_at is not None
        if person.number <= self.serving + 200 and self.stage.now < self.claims_at:
            self._at(self.claims_at, lambda: self._look(person))
        else:
            self._look(person)

    def _enter(self, person: Person) -> None:
        now = self.stage.now
        person.admitted_at = now
        self._left -= 1
        self.begun.append(now)
        self._at(now + person.visit_seconds, lambda: self._go(person))

    def _go(self, person: Person) -> None:
        self.stage.run("LEAVE", number_keys(PERFORMANCE, person.user_id), (person.user_id,))
        self.ended.append(self.stage.now)
