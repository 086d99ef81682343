"""The Toss sandbox as a process of its own, and what a test does to it over HTTP."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.servers import PrivateProcess, free_port
from tests.waiting import LONGEST_SECONDS

SECRET_KEY = "test_sk_ticketlive_sandbox"


class PrivateSandbox:
    """`python -m apps.payments.sandbox` on a free port. Its state lies in `folder` and outlives a restart."""

    def __init__(self, folder: Path, *, webhook_minute_seconds: float = 0.02) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        arguments = [
            *("--port", str(self.port)),
            *("--state", str(folder / "sandbox.sqlite3")),
            *("--webhook-minute", str(webhook_minute_seconds)),
        ]
        self._process = PrivateProcess(
            [sys.executable, "-m", "apps.payments.sandbox", *arguments], log=folder / "sandbox.log"
        )
        self._client = httpx.Client(base_url=self.url, timeout=LONGEST_SECONDS)
        self._turned: dict[str, Callable[[], None]] = {}

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self) -> None:
        self._process.start(ready=self._answers)

    def kill(self) -> None:
        self._process.end(signal.SIGKILL)

    def authenticate(self, order_id: str, amount: int, **more: Any) -> str:
        """Agree to a payment as a person does in the window; return its payment key."""
        return str(self.post("/sandbox/authenticate", orderId=order_id, amount=amount, **more)["paymentKey"])

    def faults(self, **faults: Any) -> None:
        """Replace the faults in effect; none without arguments."""
        self._turned["faults"] = self.faults
        self._client.put("/sandbox/faults", json=faults).raise_for_status()

    def set_clock(self, *, ahead_seconds: float) -> None:
        self._turned["clock"] = lambda: self.set_clock(ahead_seconds=0)
        self._client.put("/sandbox/clock", json={"ahead_seconds": ahead_seconds}).raise_for_status()

    def send_webhooks_to(self, url: str) -> None:
        self._turned["webhooks"] = lambda: self.send_webhooks_to("")
        self._client.put("/sandbox/webhooks", json={"url": url}).raise_for_status()

    def webhooks(self) -> list[dict[str, Any]]:
        return self._get("/sandbox/webhooks")

    def calls(self, path: str = "", *, mentioning: str = "") -> list[dict[str, Any]]:
        """What was called so far, as far as `path` ends so and path or body mention something."""
        return [
            call
            for call in self._get("/sandbox/calls")
            if call["path"].endswith(path) and mentioning in f"{call['path']} {call['body']}"
        ]

    def payment(self, payment_key: str) -> dict[str, Any]:
        """The Payment object as Toss's own call tells it, past the gateway."""
        answer = self._client.get(f"/v1/payments/{payment_key}", auth=(SECRET_KEY, ""))
        return dict(answer.raise_for_status().json())

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        return dict(self._client.post(path, json=body).raise_for_status().json())

    def reset(self) -> None:
        """Between tests: no faults, the real time, no webhooks; what nobody has turned is so already."""
        for turn_back in list(self._turned.values()):
            turn_back()
        self._turned.clear()

    def _get(self, path: str) -> list[dict[str, Any]]:
        return list(self._client.get(path).raise_for_status().json())

    def _answers(self) -> bool:
        try:
            return self._client.get("/sandbox/health").status_code == 200
        except httpx.TransportError:
            return False
