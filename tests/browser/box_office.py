"""A box office of the live platform: orders are held and paid in this process, and bought in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.box_office import BoxOffice, use_sandbox
from tests.live import LivePlatform


@pytest.fixture
def office(transactional_db: None, settings: Settings, live_platform: LivePlatform) -> Iterator[BoxOffice]:
    """Section A of one performance, 100,000 won a seat, whose provider is the live platform's sandbox."""
    live_platform.sandbox.reset()
    with use_sandbox(settings, live_platform.sandbox):
        yield BoxOffice(live_platform.sandbox)
    live_platform.sandbox.reset()
