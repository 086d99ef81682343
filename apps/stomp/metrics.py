"""The figures of STOMP, as Prometheus collects them."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from apps.stomp.counters import counters


class TalkCollector(Collector):
    """Connections, frames, refusals by code and by budget, and closings by reason, of this process."""

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("ticketlive_stomp_connections", "Open connections", value=counters.connections)
        frames = CounterMetricFamily("ticketlive_stomp_frames", "Frames since the start", labels=["direction"])
        frames.add_metric(["in"], counters.received)
        frames.add_metric(["out"], counters.sent)
        yield frames
        refused = CounterMetricFamily("ticketlive_stomp_refusals", "Refused frames", labels=["code"])
        for code, count in sorted(counters.refused.items()):
            refused.add_metric([code], count)
        yield refused
        over = CounterMetricFamily("ticketlive_stomp_over_budget", "Refusals by budget", labels=["budget", "of"])
        for (budget, of), count in sorted(counters.over_budget.items()):
            over.add_metric([budget, of], count)
        yield over
        closed = CounterMetricFamily("ticketlive_stomp_closed", "Connections the server has ended", labels=["reason"])
        for reason, count in sorted(counters.closed.items()):
            closed.add_metric([reason], count)
        yield closed
