"""A platform whose /topic/** and /queue/** are open, so that clients can try out their STOMP on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live import LivePlatform
from tests.plugin import Servers

OPEN = {
    "STOMP_OPEN_DESTINATIONS": "true",
    "STOMP_MAX_BODY_BYTES": str((2 << 20) - (64 << 10)),  # bodies of a mebibyte are among what clients try
    "STOMP_QUEUE_BYTES": str(8 << 20),
    "STOMP_SEND_BURST": "10000",  # the suites send as one account
    "STOMP_BYTE_BURST": str(64 << 20),
}


@pytest.fixture(scope="session")
def open_platform(servers: Servers, test_database_url: str) -> Iterator[LivePlatform]:
    folder = servers.folder.path / "open"
    platform = LivePlatform(folder, database_url=test_database_url, redis_url=servers.redis.url)
    platform.env.update(OPEN)
    platform.start()
    yield platform
    platform.stop()
