"""A web process whose clients do not read, and what it says of itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.deaf import DeafClient, deaf_clients, descriptors, kernel_bytes
from tests.live import LivePlatform
from tests.plugin import Servers
from tests.waiting import LONGEST_SECONDS, wait_until

FIGURE = re.compile(r"^(ticketlive_sockets\w*)(?:\{kind=\"(\w+)\"\})? (\S+)$", re.MULTILINE)


class Web:
    """The web process of a platform. Its figures are asked for over one connection, which is counted as well."""

    def __init__(self, platform: LivePlatform) -> None:
        self.platform = platform
        self.port = platform.port
        self._asking = httpx.Client(base_url=platform.url, timeout=LONGEST_SECONDS)

    def figures(self) -> dict[str, float]:
        """Return `sockets_http`, `sockets_dropped_total_websocket` and so on."""
        found = FIGURE.findall(self._asking.get("/metrics").text)
        return {"_".join(filter(None, (name.removeprefix("ticketlive_"), kind))): float(v) for name, kind, v in found}

    def sockets(self) -> int:
        """Return how many sockets are open, this one's aside, which the figures and the kernel have to agree on."""
        counted: list[float] = []
        held: list[int] = []

        def agree() -> bool:
            figures = self.figures()
            counted[:] = [figures["sockets_http"] + figures["sockets_websocket"]]
            held[:] = [descriptors(self.platform.web.pid, self.port)]
            return counted == held

        wait_until(agree, what="the same number of sockets and descriptors")
        return held[0] - 1

    @contextmanager
    def dropping(self, kind: str, count: int) -> Iterator[Kept]:
        """Wait at the end until so many clients were dropped since the start; tell the most that was kept for them."""
        name, kept = f"sockets_dropped_total_{kind}", Kept()
        before = self.figures()[name]
        yield kept

        def are_dropped() -> bool:
            figures = self.figures()
            kept.unsent_bytes = max(kept.unsent_bytes, figures["sockets_unsent_bytes"])
            kept.kernel_bytes = max(kept.kernel_bytes, kernel_bytes(self.port))
            return figures[name] >= before + count

        wait_until(are_dropped, what="the end of those who do not read")


class Kept:
    unsent_bytes = 0.0
    kernel_bytes = 0


@pytest.fixture(scope="session")
def start_web(
    servers: Servers, test_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Web]]:
    """Starts a web process that ends with the session."""
    started: list[LivePlatform] = []

    def start() -> Web:
        folder = servers.folder.path / tmp_path_factory.mktemp("deaf").name
        platform = LivePlatform(folder, database_url=test_database_url, redis_url=servers.redis.url)
        platform.env["STOMP_OPEN_DESTINATIONS"] = "true"
        command = platform.web.command
        command[command.index("ticketlive.asgi:application")] = "tests.impatient_web:application"
        started.append(platform)
        platform.start()
        return Web(platform)

    yield start
    for platform in started:
        platform.stop()


@pytest.fixture(scope="session")
def web(start_web: Callable[[], Web]) -> Web:
    return start_web()


@pytest.fixture
def new_client(web: Web) -> Iterator[Callable[[], DeafClient]]:
    """Makes clients that do not read."""
    with deaf_clients(web.port) as new:
        yield new
