"""The processes of a bad day: two web processes, the worker, beat and the sandbox, each to be killed by itself."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import httpx

from scripts.web_server import UVICORN_OPTIONS
from tests.live import LivePlatform
from tests.servers import PrivateProcess, free_port
from tests.waiting import LONGEST_SECONDS

SETTINGS = {
    "CALL_OFF_NEEDS_TWO": "true",
    "PUBLICATION_NEEDS_TWO": "true",
    "DEPOSIT_SHARE_PERCENT": "60",  # so that many are open at once
    "TOSS_READ_TIMEOUT_SECONDS": "2",  # of a provider that hangs
}


class DayPlatform(LivePlatform):
    """A live platform with a second web process, and settings for the day."""

    def __init__(self, folder: Path, *, database_url: str, redis_url: str) -> None:
        super().__init__(folder, database_url=database_url, redis_url=redis_url)
        self.env.update(SETTINGS)
        second = free_port()
        self.urls = [self.url, f"http://127.0.0.1:{second}"]
        uvicorn = [sys.executable, "-m", "uvicorn", "ticketlive.asgi:application", "--port", str(second)]
        self.webs = [self.web, PrivateProcess([*uvicorn, *UVICORN_OPTIONS], log=folder / "web2.log", env=self.env)]

    @property
    def logs(self) -> list[Path]:
        """What the processes of the platform have written, and its mails with it."""
        return [process.log for process in (*self.webs, self.worker)]

    def start(self) -> None:
        """Start everything, and return when both web processes answer and the first tick has run."""
        self.sandbox.start()
        self.sandbox.send_webhooks_to(f"{self.url}/api/payments/webhooks/toss")
        for number in range(len(self.webs)):
            self.start_web(number)
        self.start_background()

    def start_web(self, number: int) -> None:
        self.webs[number].start(ready=lambda: self._web_answers(number))

    def kill_web(self, number: int) -> None:
        """End a web process as a crash would, and start another."""
        self.webs[number].end(signal.SIGKILL)
        self.start_web(number)

    def kill_worker(self) -> None:
        """End the worker as a crash would, and start another."""
        self.worker.end(signal.SIGKILL)
        self.worker.start(ready=lambda: True)

    def stop(self) -> None:
        self.webs[1].end(signal.SIGKILL)
        super().stop()

    def _web_answers(self, number: int) -> bool:
        try:
            return httpx.get(f"{self.urls[number]}/healthz", timeout=LONGEST_SECONDS).is_success
        except httpx.TransportError:
            return False
