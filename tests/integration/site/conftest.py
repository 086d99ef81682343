"""The whole site in this process: fast lane, Django and all addresses."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.fast_lane import client_of
from tests.order_client import threads_end_with_the_test

__all__ = ["site", "threads_end_with_the_test"]


@pytest.fixture
async def site(transactional_db: None) -> AsyncIterator[httpx.AsyncClient]:
    from ticketlive.asgi import application

    async with client_of(application) as client:
        yield client
