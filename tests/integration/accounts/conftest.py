from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.accounts.services.log_in import log_in
from apps.accounts.tokens import TokenPair
from tests.integration.accounts.support import PASSWORD


@pytest.fixture
def customer(db: None) -> User:
    return User.objects.create_user("mina@example.com", PASSWORD, nickname="민아")


@pytest.fixture
def pair(customer: User) -> TokenPair:
    """The tokens of a session of the customer's."""
    return log_in(email=customer.email, password=PASSWORD, address="203.0.113.9")


@pytest.fixture
def api() -> APIClient:
    """A client without a token."""
    return APIClient()


@pytest.fixture
def as_customer(pair: TokenPair) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair.access}")
    return client
