"""A line to play with: its scripts, called one by one under a clock that the test turns."""

from __future__ import annotations

import dataclasses
from typing import Any

from redis import Redis

from apps.common.budgets import SpenderArgs
from apps.concerts.waiting_room import store
from apps.concerts.waiting_room.keys import number_keys, pass_keys, tick_keys, visit_keys
from apps.concerts.waiting_room.line_settings import LineSettings
from apps.concerts.waiting_room.place import KEPT_HOURS, Place
from apps.concerts.waiting_room.store import Standing, Tick
from tests.lua_clock import LuaClock

PERFORMANCE = 7
DAY = 86_400


class Line:
    """One performance's line, open for sale since the moment it was made unless a test says otherwise."""

    def __init__(self, client: Redis, clock: LuaClock, **settings: Any) -> None:
        self.client = client
        self.clock = clock
        self.settings = line_settings(clock, **settings)
        self.create()

    def create(self, *, last_known: int = 0, cursor: int = 0, gap: int = 0) -> bool:
        return store.create_line(PERFORMANCE, self.settings, last_known=last_known, cursor=cursor, gap=gap)

    def lose(self) -> None:
        """Empty Redis, all but the clock."""
        self.client.flushall()
        self.clock.advance(0)

    def join(
        self, user_id: int, *, place: Place = store.NO_PLACE, only_come_back: bool = False, who: SpenderArgs = ()
    ) -> Standing:
        arguments = (user_id, place.number, place.signed_at, KEPT_HOURS * 3600, int(only_come_back), *who)
        return store._standing(store.JOIN.run(number_keys(PERFORMANCE, user_id), arguments))

    def look(self, user_id: int) -> Standing:
        return store._standing(store.STATUS.run(visit_keys(PERFORMANCE, user_id), (user_id,)))

    def leave(self, user_id: int, *, who: SpenderArgs = ()) -> None:
        store._refuse(store.LEAVE.run(number_keys(PERFORMANCE, user_id), (user_id, *who)))

    def has_pass(self, user_id: int) -> bool:
        return store.has_access_pass(PERFORMANCE, user_id)

    def release(self, user_id: int) -> bool:
        """End a pass, as the end of a purchase does."""
        passes, entered = pass_keys(PERFORMANCE)
        self.client.hdel(entered, str(user_id))
        return bool(self.client.zrem(passes, str(user_id)))

    def tick(self, *, most: int = 5_000) -> Tick:
        return store.tick(PERFORMANCE, self.settings, most=most)

    def pass_time(self, seconds: float) -> Tick:
        """Let time go by and tick at its end."""
        self.clock.advance(seconds)
        return self.tick()

    def change(self, **changes: Any) -> bool:
        revision = self.settings.revision + 1
        self.settings = dataclasses.replace(self.settings, revision=revision, **changes)
        return store.change_line(PERFORMANCE, self.settings)

    def admit(self, user_id: int) -> Standing:
        """Bring somebody who waits at the head of the line inside."""
        self.pass_time(1)
        return self.look(user_id)

    def inside(self) -> int:
        """How many slots are in use: turns offered and passes that have not ended."""
        _, _, offers, _, passes, _ = tick_keys(PERFORMANCE)
        after = f"({self.clock.now:.6f}"
        return self.client.zcount(offers, after, "+inf") + self.client.zcount(passes, after, "+inf")


def line_settings(clock: LuaClock, **changes: Any) -> LineSettings:
    """Two a second, five hundred inside, on sale since now for a day."""
    now = int(clock.now)
    usual = LineSettings(
        revision=1,
        mode="QUEUE",
        rate=2.0,
        inside_limit=500,
        joins_from=now - 1800,
        opens_at=now,
        closes_at=now + DAY,
        keys_expire_at=now + 30 * DAY,
        offer_seconds=60,
        pass_seconds=600,
        hard_limit_seconds=1800,
    )
    return dataclasses.replace(usual, **changes)
