"""The whole site in this process: fast lane, Django and all addresses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from apps.common.threads import database_threads
from apps.orders import fast
from tests.lanes import client_of


@pytest.fixture
async def site(transactional_db: None) -> AsyncIterator[httpx.AsyncClient]:
    from ticketlive.asgi import application

    async with client_of(application) as client:
        yield client


@pytest.fixture(autouse=True)
def _threads_end_with_the_test(transactional_db: None) -> Iterator[None]:
    yield
    fast.placing.close()
    fast.reserving.close()
    database_threads().close()
    database_threads.cache_clear()
