"""The fast lane's figures, as Prometheus collects them."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from apps.common.fastlane.counters import counters


class AnswersCollector(Collector):
    """Answers of this process by method, path of the route, status and error code."""

    def collect(self) -> Iterator[Metric]:
        answers = CounterMetricFamily(
            "ticketlive_fast_lane_answers",
            "Answers of the fast lane since the process started",
            labels=["method", "path", "status", "code"],
        )
        for (method, path, status, code), count in sorted(counters().items()):
            answers.add_metric([method, path, str(status), code], count)
        yield answers
