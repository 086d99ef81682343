"""The platform's processes over real HTTP, for tests whose subject is what a client or an operator sees."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio import client as websockets

from scripts.web_server import UVICORN_OPTIONS
from tests.payment_sandbox import PrivateSandbox
from tests.servers import PrivateProcess, free_port
from tests.waiting import LONGEST_SECONDS

WITHOUT_BUDGETS = {
    f"{name}_RATE_PER_{kind}": ""
    for name in (
        "ACCOUNT", "TOKEN", "ORDER_CHANGE", "PAYMENT", "CONVERSATION", "CONVERSATION_ACT", "INQUIRY", "FILE", "MAIL",
        "DESK", "STAFF", "REPORT", "SEARCH", "LANGUAGE", "WEBHOOK",
    )
    for kind in ("ACCOUNT", "ADDRESS")
}  # fmt: skip
"""A suite asks for more in a minute than people do. The sale's budgets stay: the crowd of a rehearsal keeps to them."""


def connect(url: str, **options: Any) -> websockets.connect:
    """Open a WebSocket that gives up neither the handshake nor a peer that is slow to answer a ping."""
    return websockets.connect(url, open_timeout=LONGEST_SECONDS, ping_timeout=None, **options)


class LivePlatform:
    """The web process and a Toss sandbox; `start_background` adds the worker and beat."""

    def __init__(self, folder: Path, *, database_url: str, redis_url: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.sandbox = PrivateSandbox(folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = os.environ | {
            "PORT": str(self.port),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "TOSS_API_BASE": self.sandbox.url,
            "TICKETLIVE_HOME": str(folder),
            "DJANGO_SETTINGS_MODULE": "tests.live_settings",
            "STOMP_SOCKJS_DISCONNECT_SECONDS": str(LONGEST_SECONDS),
            "EVENT_LOOP_STALL_SECONDS": str(LONGEST_SECONDS),
            **WITHOUT_BUDGETS,
        }
        celery = ["-m", "celery", "--app", "ticketlive"]
        uvicorn = ["-m", "uvicorn", "ticketlive.asgi:application", "--port", str(self.port)]
        self.web = self._process("web", *uvicorn, *UVICORN_OPTIONS)
        self.worker = self._process("worker", *celery, "worker", "--pool", "threads", "--concurrency", "4")
        self.beat = self._process("beat", *celery, "beat", "--schedule", str(folder / "celerybeat-schedule"))

    def start(self) -> None:
        """Start the sandbox and the web, and return when both answer."""
        self.sandbox.start()
        self.web.start(ready=lambda: self._answers("/healthz"))

    def start_background(self) -> None:
        """Start the worker and beat, and return when the first tick has run."""
        self.worker.start(ready=lambda: True)
        self.beat.start(ready=lambda: self._answers("/readyz"))

    def stop_background(self) -> None:
        self.beat.end(signal.SIGKILL)
        self.worker.end(signal.SIGKILL)

    def stop(self) -> None:
        self.stop_background()
        self.web.end(signal.SIGKILL)
        self.sandbox.kill()

    def _process(self, name: str, *arguments: str) -> PrivateProcess:
        return PrivateProcess(
            [sys.executable, *arguments], log=Path(self.env["TICKETLIVE_HOME"]) / f"{name}.log", env=self.env
        )

    def _answers(self, path: str) -> bool:
        try:
            return httpx.get(self.url + path, timeout=LONGEST_SECONDS).is_success
        except httpx.TransportError:
            return False
