"""A client of the orders' endpoints, called in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from apps.common.database.threads import database_threads
from apps.common.fastlane import FastLane
from apps.orders import fast
from apps.orders.services import accept_order, hold_seats
from tests.fast_lane import bearer, client_of


@dataclass(frozen=True, slots=True)
class OrderClient:
    """Places and reserves orders for whoever is named."""

    client: httpx.AsyncClient

    async def order(self, user_id: int, body: Any, **headers: str) -> httpx.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post("/api/orders", json=body, headers=bearer(user_id=user_id) | names)

    async def reserve(self, user_id: int, order_id: str) -> httpx.Response:
        return await self.client.post(f"/api/orders/{order_id}/reserve", headers=bearer(user_id=user_id))


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError(f"{scope['path']} is not on the fast lane")


@pytest.fixture
async def order_client() -> AsyncIterator[OrderClient]:
    async with client_of(FastLane(fast.ROUTES, fallback=_nothing)) as client:
        yield OrderClient(client)


@pytest.fixture(autouse=True)
def threads_end_with_the_test(transactional_db: None) -> Iterator[None]:
    """Give back the connections of the writers and of the database threads before the tables are emptied."""
    yield
    accept_order.placing.close()
    hold_seats.reserving.close()
    database_threads().close()
    database_threads.cache_clear()
