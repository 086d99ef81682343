"""`make run` as a person meets it: SQLite, a private Redis, all processes, one sale over HTTP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from tests.servers import ServersFolder, free_port

PATIENCE_SECONDS = 60
OF_THE_TEST_RUN = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG", "DJANGO_SETTINGS_MODULE")


def wait_until(condition: Callable[[], bool], *, what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true in time"
        time.sleep(0.05)


class Platform:
    """What `make run` starts after the set-up, on a folder and a port of its own."""

    def __init__(self, home: Path, *, port: int | None = None) -> None:
        self.home = home
        self.log = home.with_suffix(".log")
        self.port = port or free_port(count=2)
        self.web = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=20)
        self.sandbox = httpx.Client(base_url=f"http://127.0.0.1:{self.port + 1}", timeout=20)
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        with self.log.open("a") as log:
            self._process = self._popen(log)
        wait_until(self._is_ready, what="/readyz")

    def refused(self) -> str:
        """Start where that must not work, and return what is said."""
        return self._popen(subprocess.PIPE).communicate(timeout=PATIENCE_SECONDS)[0]

    def end(self) -> int:
        """Press Ctrl-C and return the exit code."""
        assert self._process
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(PATIENCE_SECONDS)

    def _popen(self, output: int | IO[str]) -> subprocess.Popen[str]:
        env = {name: value for name, value in os.environ.items() if name not in OF_THE_TEST_RUN}
        env |= {"TICKETLIVE_HOME": str(self.home), "PORT": str(self.port)}
        command = ["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "scripts.run_platform"]
        return subprocess.Popen(command, env=env, stdout=output, stderr=subprocess.STDOUT, text=True)

    def _is_ready(self) -> bool:
        assert self._process
        assert self._process.poll() is None, self.log.read_text()
        try:
            return self.web.get("/readyz").is_success
        except httpx.TransportError:
            return False


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    folder = ServersFolder()
    yield folder.path / "home"
    folder.remove()


@pytest.fixture(scope="module")
def platform(home: Path) -> Iterator[Platform]:
    running = Platform(home)
    running.start()
    yield running
    running.end()


class Customer:
    """A demo account that buys over HTTP."""

    def __init__(self, platform: Platform, email: str) -> None:
        self._platform = platform
        tokens = self._call("POST", "/api/auth/login", {"email": email, "password": "ticketlive"})
        platform.web.headers["Authorization"] = f"Bearer {tokens['access']}"

    def get(self, path: str) -> Any:
        return self._call("GET", path)

    def post(self, path: str, **body: Any) -> Any:
        return self._call("POST", path, body)

    def open_performance(self) -> int:
        """Find a performance on sale whose seats need no waiting."""
        for concert in self.get("/api/concerts")["results"]:
            for performance in self.get(f"/api/concerts/{concert['id']}")["performances"]:
                place = self.post(f"/api/waiting-room/{performance['id']}/join")
                if place["status"] == "OPEN" and self.free_seats(performance["id"]):
                    return int(performance["id"])
        pytest.fail("the demo has no performance that is on sale without a queue")

    def free_seats(self, performance: int) -> list[int]:
        sections = self.get(f"/api/performances/{performance}/seats")["sections"]
        return [seat["id"] for section in sections for seat in section["seats"] if seat["status"] == "AVAILABLE"]

    def buy(self, performance: int, seat: int) -> Any:
        """Order, reserve, pay in the sandbox and confirm; return the answer of the confirmation."""
        order = self.post("/api/orders", performance_id=performance, seat_ids=[seat])
        self.post(f"/api/orders/{order['id']}/reserve")
        paid = {"orderId": order["id"], "amount": order["amount"]}
        key = self._platform.sandbox.post("/sandbox/authenticate", json=paid).raise_for_status().json()["paymentKey"]
        return self.post("/api/payments/confirm", paymentKey=key, **paid)

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._platform.web.request(method, path, json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()


def test_a_seat_is_sold_and_stays_sold_after_a_restart(platform: Platform) -> None:
    customer = Customer(platform, "customer1@example.com")
    performance = customer.open_performance()
    seat = customer.free_seats(performance)[0]

    sold = customer.buy(performance, seat)

    assert sold["order"]["status"] == "PAID"
    assert len(sold["tickets"]) == 1
    assert seat not in customer.free_seats(performance)
    assert platform.end() == 130
    platform.start()
    again = Customer(platform, "customer1@example.com")
    assert again.get(f"/api/orders/{sold['order']['id']}")["status"] == "PAID"
    assert seat not in again.free_seats(performance)


def test_a_second_start_on_the_same_folder_or_port_is_refused(platform: Platform, home: Path, tmp_path: Path) -> None:
    assert f"already runs on {home}" in Platform(home).refused()
    assert f"port {platform.port} for the web" in Platform(tmp_path, port=platform.port).refused()
    sandbox = Platform(tmp_path, port=platform.port - 1).refused()
    assert f"port {platform.port} for the Toss sandbox" in sandbox
    assert "PORT=" in sandbox
