"""Orders of the live platform: they are held and paid in this process, and bought in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.live import LivePlatform
from tests.paid_orders import PaidOrders, use_sandbox


@pytest.fixture
def paid_orders(transactional_db: None, settings: Settings, live_platform: LivePlatform) -> Iterator[PaidOrders]:
    """Section A of one performance, 100,000 won a seat, whose provider is the live platform's sandbox."""
    live_platform.sandbox.reset()
    with use_sandbox(settings, live_platform.sandbox):
        yield PaidOrders(live_platform.sandbox)
    live_platform.sandbox.reset()
