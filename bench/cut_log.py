"""Take the last second from Redis' append-only file, and see how long the maps are behind the database."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from django.db import connections
from django.utils import timezone

from apps.common.errors import ServiceUnavailable
from apps.concerts.errors import SeatStateNotReady
from apps.concerts.models import Performance
from apps.orders.services.compare_seats import differences
from apps.payments.models import Refund
from tests.servers import PrivateRedis

LOST_SECONDS = 1.0
LOOK_SECONDS = 0.02
LONGEST_SECONDS = 10.0


@dataclass(slots=True)
class LogCutter:
    """Cuts one Redis' log again and again; `behind` are the seconds until every map was right, a cut each."""

    redis: PrivateRedis
    behind: list[float] = field(default_factory=list)
    _one: threading.Lock = field(default_factory=threading.Lock)

    def cut(self) -> None:
        """Crash Redis, bring it back without what it wrote last, and wait until every map was right once."""
        with self._one:
            self._cut()

    def _cut(self) -> None:
        end = self.redis.end_of_log()
        time.sleep(LOST_SECONDS)
        self.redis.lose_what_came_after(end)
        began = time.monotonic()
        public = Performance.objects.public(timezone.now()).filter(status=Performance.Status.SCHEDULED)
        wrong = set(public.values_list("pk", flat=True))
        while wrong and time.monotonic() < began + LONGEST_SECONDS:
            wrong = {performance_id for performance_id in wrong if not _is_right(performance_id)}
            time.sleep(LOOK_SECONDS)
        self.behind.append(float("inf") if wrong else time.monotonic() - began)
        for performance_id in wrong:
            print(f"performance {performance_id}: {_said(performance_id)}", flush=True)
        connections.close_all()

    def figures(self) -> str:
        """Say how long maps were behind, and who was charged for a seat that was gone."""
        gone = Refund.objects.filter(cause="SEATS_UNAVAILABLE").count()
        seconds = ", ".join(f"{one:.2f}" for one in self.behind)
        return f"cuts: maps right after {seconds} s; charged for a seat that was gone: {gone}"


def _said(performance_id: int) -> object:
    try:
        return differences(performance_id)
    except (SeatStateNotReady, ServiceUnavailable) as error:
        return error


def _is_right(performance_id: int) -> bool:
    try:
        return not differences(performance_id)
    except (SeatStateNotReady, ServiceUnavailable):
        return False
