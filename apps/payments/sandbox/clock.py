"""The sandbox's time, which tests may move ahead instead of waiting."""

from __future__ import annotations

import math
import time
from datetime import datetime, timedelta, timezone
from functools import lru_cache

KOREA = timezone(timedelta(hours=9))


class Clock:
    def __init__(self) -> None:
        self.ahead_seconds = 0.0

    def now(self) -> float:
        return time.time() + self.ahead_seconds


def iso(moment: float | None) -> str | None:
    """Write a time as Toss does: 2026-11-23T15:04:05+09:00."""
    return None if moment is None else _iso_second(math.floor(moment))


@lru_cache(maxsize=1024)
def _iso_second(second: int) -> str:
    return datetime.fromtimestamp(second, KOREA).isoformat(timespec="seconds")


def webhook_time(moment: float) -> str:
    """Write a webhook's `createdAt`: microseconds, and no offset."""
    return datetime.fromtimestamp(moment, KOREA).replace(tzinfo=None).isoformat(timespec="microseconds")
