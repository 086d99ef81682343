from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from apps.orders import tasks


class Backlog:
    """More orders to end than there is time for; each batch takes half a second."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def end_a_batch(self) -> int:
        self.now += 0.5
        return 200


def interval_of(task: str) -> Any:
    (entry,) = (entry for entry in settings.CELERY_BEAT_SCHEDULE.values() if entry["task"] == task)
    return entry["schedule"]


def test_a_backlog_of_expired_orders_leaves_the_worker_to_others_before_the_next_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backlog = Backlog()
    monkeypatch.setattr(tasks, "expire_batch", backlog.end_a_batch)
    monkeypatch.setattr(tasks, "time", backlog)

    tasks.expire_orders()

    assert 0 < backlog.now - 1000.0 < interval_of("orders.expire_orders")
