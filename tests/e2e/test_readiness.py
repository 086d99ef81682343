"""What a load balancer learns from the processes as they come and go."""

from __future__ import annotations

import httpx
import pytest

from tests.live import LivePlatform
from tests.waiting import LONGEST_SECONDS, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_platform_without_a_worker_is_alive_but_not_ready(live_platform: LivePlatform) -> None:
    alive = httpx.get(f"{live_platform.url}/healthz", timeout=LONGEST_SECONDS)
    ready = httpx.get(f"{live_platform.url}/readyz", timeout=LONGEST_SECONDS)

    assert alive.status_code == 200
    assert ready.status_code == 503
    assert ready.headers["Retry-After"]
    assert ready.json()["checks"] == {"database": "ok", "redis": "ok", "worker": "no tick yet"}


def test_a_platform_whose_worker_ticks_is_ready(live_background: LivePlatform) -> None:
    def ready() -> bool:
        answer = httpx.get(f"{live_background.url}/readyz", timeout=LONGEST_SECONDS)
        return (answer.status_code, answer.json()["status"]) == (200, "ready")

    wait_until(ready)
