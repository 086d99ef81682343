"""The figures of the seats' sweep, as Prometheus collects them: the worker counts in Redis, every process tells."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from apps.common.redis import sync_redis
from apps.orders.services.compare_seats import SWEEPS_KEY


class SeatSweepCollector(Collector):
    """When seats were compared with the database last, and what had to be mended; nothing while Redis is away."""

    def collect(self) -> Iterator[Metric]:
        try:
            counted = sync_redis().hgetall(SWEEPS_KEY)
        except RedisError:
            return
        swept_at = int(counted.get(b"swept_at", 0))
        yield GaugeMetricFamily("ticketlive_seats_swept_at_seconds", "When seats were last compared", value=swept_at)
        for name in ("shows", "seats"):
            mended = int(counted.get(name.encode(), 0))
            text = f"{name.capitalize()} that were not as the database has them, and were mended"
            yield CounterMetricFamily(f"ticketlive_seats_mended_{name}", text, value=mended)

    def describe(self) -> list[Metric]:
        """Nothing: the registry would otherwise ask Redis while the process starts."""
        return []
