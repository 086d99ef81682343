"""What tests of those who wait far from their turn share: an hour from it, at the rate of a performance for tests."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from redis import Redis

from apps.common.errors import ServiceUnavailable
from apps.concerts.models import Performance
from apps.concerts.waiting_room import heartbeats, kept_positions
from apps.concerts.waiting_room.heartbeats import Heartbeat
from apps.concerts.waiting_room.keys import line_key, tick_keys
from tests.fast_lane import bearer

FAR = 5_000  # people ahead
LONG_HENCE = 4_000_000_000  # unix seconds


async def call(client: httpx.AsyncClient, what: str, performance: Performance, *, user: int = 1) -> httpx.Response:
    method = "GET" if what == "status" else "POST"
    path = f"/api/waiting-room/{performance.pk}/{what}"
    return await client.request(method, path, headers=bearer(user_id=user))


async def join_far_back(client: httpx.AsyncClient, performance: Performance, redis: Redis) -> int:
    """Let account 1 join behind many; return their number."""
    await call(client, "join", performance, user=99)
    redis.hset(line_key(performance.pk), "next", FAR)
    return int((await call(client, "join", performance)).json()["number"])


def heartbeat(number: int, *, user: int = 1, ends: int = LONG_HENCE) -> Heartbeat:
    return user, number, ends


async def the_next_telling() -> None:
    """Let Redis be told now of who has asked."""
    await kept_positions.kept_positions().heartbeats.tell()


async def a_telling_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> None:
        raise ServiceUnavailable

    with monkeypatch.context() as away:
        away.setattr(heartbeats.count_present, "arun", refuse)
        await the_next_telling()


def cell_of(redis: Redis, performance: Performance, number: int) -> int:
    """Until when the owner of a number counts as present."""
    cell: Any = redis.getrange(tick_keys(performance.pk)[1], 4 * (number - 1), 4 * number - 1)
    return int.from_bytes(cell)


def set_cell(redis: Redis, performance: Performance, number: int, value: int) -> None:
    cell: Any = value.to_bytes(4)
    redis.setrange(tick_keys(performance.pk)[1], 4 * (number - 1), cell)
