"""A clock for Lua scripts that a test turns: one hour passes at a call."""

from __future__ import annotations

import time
from types import ModuleType

import pytest
from redis import Redis

from apps.common.redis.script_calls import Call
from apps.common.redis.scripts import LuaScript

CLOCK_KEY = "test:clock"
REAL = 'redis.call("TIME")'
TURNED = f'redis.call("HMGET", "{CLOCK_KEY}", "seconds", "microseconds")'


class LuaClock:
    """The time that scripts see. It starts at the real second, since Redis expires whole keys by its own clock."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._microseconds = int(time.time()) * 1_000_000
        self._show()

    @property
    def now(self) -> float:
        return self._microseconds / 1e6

    def advance(self, seconds: float) -> None:
        self._microseconds += round(seconds * 1e6)
        self._show()

    def _show(self) -> None:
        seconds, microseconds = divmod(self._microseconds, 1_000_000)
        self._client.hset(CLOCK_KEY, mapping={"seconds": seconds, "microseconds": microseconds})


def put_under_clock(monkeypatch: pytest.MonkeyPatch, store: ModuleType) -> None:
    """Let every script of a store, and of its calls, read the clock that the test turns."""
    for name, value in list(vars(store).items()):
        if isinstance(value, LuaScript):
            monkeypatch.setattr(store, name, _under_clock(value))
        elif isinstance(value, Call):
            monkeypatch.setattr(value, "script", _under_clock(value.script))


def _under_clock(script: LuaScript) -> LuaScript:
    if REAL.encode() not in script.source:
        return script
    return LuaScript(script.source.decode().replace(REAL, TURNED), header=script.header)
