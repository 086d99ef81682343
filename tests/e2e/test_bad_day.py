"""A bad day, small: everything at once, against real processes. `python -m bench.bad_day` plays it larger."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterator

import pytest

from tests.bad_day.day import BadDay
from tests.bad_day.platform import DayPlatform
from tests.plugin import Servers

logger = logging.getLogger(__name__)

SEED = int(os.environ.get("BAD_DAY_SEED", "12"))
PEOPLE, SEATS = 120, 40


@pytest.fixture
def platform(servers: Servers, test_database_url: str, transactional_db: None) -> Iterator[DayPlatform]:
    running = DayPlatform(servers.folder.path / "day", database_url=test_database_url, redis_url=servers.redis.url)
    running.start()
    yield running
    running.stop()


def test_everything_is_true_at_the_end_of_a_bad_day(platform: DayPlatform, settings: object) -> None:
    settings.TOSS_API_BASE = platform.sandbox.url  # type: ignore[attr-defined]
    day = BadDay(platform, seed=SEED, people=PEOPLE, seats=SEATS)

    faults = asyncio.run(day.play())

    logger.info("%s %s %s", day.figures, day.crowd.outcomes, day.staff.answers)
    assert not faults, "\n".join(faults)
    assert day.figures["moves"] >= 4
    assert day.figures["called off"] == 1
    assert day.figures["refunds"] > 0
    assert {"200", "payment_unknown"} <= day.crowd.outcomes["confirm"].keys()
