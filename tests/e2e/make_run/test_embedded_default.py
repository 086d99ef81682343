"""`make run` as a person meets it: SQLite, a private Redis, all processes, one sale over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.make_run import Platform


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
