from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from apps.common.database.threads import database_threads
from apps.common.fastlane import FastLane
from apps.concerts.seat_map import fast, live_map
from tests.fast_lane import bearer, client_of
from tests.seat_state import FIRST_SEAT_ID, PERFORMANCE, SeatState

LETTERS = {"AVAILABLE": "a", "HELD": "h", "SOLD": "s", "BLOCKED": "b", "MINE": "m"}


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who looks at the seat map, logged in or not."""

    client: httpx.AsyncClient

    async def get(self, performance_id: int = PERFORMANCE, *, user_id: int | None = None, **options: Any) -> Any:
        headers = options.pop("headers", {}) | (bearer(user_id=user_id) if user_id else {})
        path = f"/api/performances/{performance_id}/seats"
        return await self.client.get(path, headers=headers, **options)

    async def plan(self, performance_id: int = PERFORMANCE, **options: Any) -> Any:
        return await self.client.get(f"/api/performances/{performance_id}/layout", **options)

    async def statuses(self, *, user_id: int | None = None) -> str:
        """A letter for each seat, as that reader sees it."""
        answer = await self.get(user_id=user_id)
        assert answer.status_code == 200, answer.text
        seats = [seat for section in answer.json()["sections"] for seat in section["seats"]]
        return "".join(LETTERS[seat["status"]] for seat in seats)

    async def changes(self, since: int, *, user_id: int | None = None) -> dict[int, str]:
        """What changed since a version: seat by its ordinal, and a letter."""
        answer = await self.get(user_id=user_id, params={"since": since})
        return {seat_id - FIRST_SEAT_ID: LETTERS[status] for seat_id, status in answer.json()["changed"]}


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError(f"{scope['path']} is not on the fast lane")


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    async with client_of(FastLane(fast.ROUTES, fallback=_nothing)) as client:
        yield Reader(client)


@pytest.fixture
def seat_state(monkeypatch: pytest.MonkeyPatch) -> SeatState:
    monkeypatch.setattr(live_map, "REDRAW_SECONDS", 0.0)
    return SeatState(monkeypatch)


@pytest.fixture
def database_threads_end(transactional_db: None) -> Iterator[None]:
    """Give back the connections of the database threads before the tables are emptied."""
    yield
    database_threads().close()
    database_threads.cache_clear()
