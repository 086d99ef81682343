from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis

from apps.common.redis import sync_redis
from apps.concerts.waiting_room import store
from tests.integration.concerts.waiting_room.line import Line
from tests.lua_clock import LuaClock, put_under_clock


@pytest.fixture
def redis() -> Redis:
    return sync_redis()


@pytest.fixture
def clock(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> LuaClock:
    put_under_clock(monkeypatch, store)
    return LuaClock(redis)


@pytest.fixture
def new_line(redis: Redis, clock: LuaClock) -> Callable[..., Line]:
    def make(**settings: Any) -> Line:
        return Line(redis, clock, **settings)

    return make


@pytest.fixture
def line(new_line: Callable[..., Line]) -> Line:
    return new_line()
