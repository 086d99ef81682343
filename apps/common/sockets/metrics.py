"""The figures of the sockets, as Prometheus collects them."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from apps.common.sockets.guard import guard

KINDS = ("http", "websocket")


class SocketsCollector(Collector):
    """Open sockets by kind, what waits for their clients, and who was dropped for not taking it, of this process."""

    def collect(self) -> Iterator[Metric]:
        counted = guard.open_by_kind()
        sockets = GaugeMetricFamily("ticketlive_sockets", "Open sockets, one descriptor each", labels=["kind"])
        dropped = CounterMetricFamily(
            "ticketlive_sockets_dropped", "Sockets whose client did not take what waited for it", labels=["kind"]
        )
        for kind in KINDS:
            sockets.add_metric([kind], counted[kind])
            dropped.add_metric([kind], guard.aborted[kind])
        yield sockets
        yield dropped
        yield GaugeMetricFamily(
            "ticketlive_sockets_unsent_bytes",
            "Bytes in this process that wait for clients to read, a second ago",
            value=guard.unsent_bytes,
        )
