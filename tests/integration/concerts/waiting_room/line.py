"""A line to play with: its scripts, called one by one under a clock that the test turns."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from redis import Redis

from apps.common.budgets import SpenderArgs
from apps.common.redis.scripts import Header, LuaScript, with_includes
from apps.concerts.waiting_room import store
from apps.concerts.waiting_room.keys import number_keys, pass_keys, record_key, tick_keys, visit_keys
from apps.concerts.waiting_room.line_settings import LineSettings
from apps.concerts.waiting_room.queue_token import KEPT_HOURS, QueueToken
from apps.concerts.waiting_room.store import QueuePosition, Tick
from tests.lua_clock import REAL, TURNED, LuaClock

END_PASS = """\
-- end_pass: ends a pass.
-- KEYS[1] passes:{performance:ID}   the passes
-- KEYS[2] entered:{performance:ID}  when they were given
-- ARGV[1] user_id
-- returns 1 where there was one
-- include apps/concerts/waiting_room/pass_check.lua
return end_pass(KEYS[1], KEYS[2], ARGV[1]) and 1 or 0
"""
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
        self, user_id: int, *, token: QueueToken = store.NO_TOKEN, only_come_back: bool = False, who: SpenderArgs = ()
    ) -> QueuePosition:
        arguments = (user_id, token.number, token.signed_at, KEPT_HOURS * 3600, int(only_come_back), *who)
        return store._position(store.JOIN.run(number_keys(PERFORMANCE, user_id), arguments))

    def look(self, user_id: int) -> QueuePosition:
        return store._position(store.STATUS.run(visit_keys(PERFORMANCE, user_id), (user_id,)))

    def leave(self, user_id: int, *, who: SpenderArgs = ()) -> None:
        store._refuse(store.LEAVE.run(number_keys(PERFORMANCE, user_id), (user_id, *who)))

    def has_pass(self, user_id: int) -> bool:
        return store.has_access_pass(PERFORMANCE, user_id)

    def release(self, user_id: int) -> bool:
        """End a pass, as the end of a purchase does."""
        source = with_includes(END_PASS, folder=Path(store.__file__).parent).replace(REAL, TURNED)
        script = LuaScript(source, header=Header.parse(END_PASS))
        return bool(script.run(pass_keys(PERFORMANCE), (user_id,)))

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

    def admit(self, user_id: int) -> QueuePosition:
        """Bring somebody who waits at the head of the line inside."""
        for _ in range(20):
            position = self.look(user_id)
            if position.status == "ADMITTED":
                return position
            self.pass_time(0.5)
        raise AssertionError(f"{user_id} is not let in")

    def play(self, user_ids: Iterable[int], *, seconds: float, step: float = 0.05) -> list[tuple[float, int]]:
        """Let people wait for so long, who ask as they are told; return who was let in, and when."""
        due = {user_id: self.clock.now for user_id in user_ids if not self.has_pass(user_id)}
        admitted = []
        end = ticks_at = self.clock.now
        end += seconds
        while self.clock.now < end - step / 2:
            if self.clock.now >= ticks_at - step / 2:
                self.tick()
                ticks_at += 1
            for user_id in [user_id for user_id, at in due.items() if at <= self.clock.now]:
                position = self.look(user_id)
                if position.status == "ADMITTED":
                    admitted.append((self.clock.now, user_id))
                    del due[user_id]
                else:
                    due[user_id] = self.clock.now + position.poll_seconds
            self.clock.advance(step)
        return admitted

    def records(self) -> list[tuple[str, int, int, float]]:
        """What happened to numbers: kind, number, account, moment."""
        entries: Any = self.client.xrange(record_key(PERFORMANCE))
        return [
            (kind.decode(), *(read(text) for read, text in zip((int, int, float), values.split(), strict=True)))
            for _, fields in entries
            for kind, values in fields.items()
        ]

    def inside(self) -> int:
        """How many slots are in use: passes that have not ended, or are about to begin."""
        passes = tick_keys(PERFORMANCE)[4]
        after = f"({self.clock.now:.6f}"
        return self.client.zcount(passes, after, "+inf") + self.client.zcount(passes, "-inf", "(0")


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
        offer_seconds=5,
        return_seconds=120,
        pass_seconds=600,
        hard_limit_seconds=1800,
    )
    return dataclasses.replace(usual, **changes)
