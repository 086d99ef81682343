"""The whole site in this process: fast lane, Django and all addresses."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from pytest_django import Settings

from tests.fast_lane import client_of
from tests.order_client import threads_end_with_the_test

__all__ = ["site", "threads_end_with_the_test"]


@pytest.fixture
def as_often_as_anybody_likes(settings: Settings) -> None:
    """No budgets: what is refused for its number is not looked at."""
    settings.ATTEMPT_RATES = {
        action: dict.fromkeys(rates, "1000000/second") for action, rates in settings.ATTEMPT_RATES.items()
    }
    settings.REQUEST_RATES = {name: dict.fromkeys(rates, "") for name, rates in settings.REQUEST_RATES.items()}
    settings.SALE_RATES = {name: dict.fromkeys(rates, "1000000/second") for name, rates in settings.SALE_RATES.items()}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
async def site(transactional_db: None) -> AsyncIterator[httpx.AsyncClient]:
    from ticketlive.asgi import application

    async with client_of(application) as client:
        yield client
