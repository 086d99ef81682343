"""The servers of a run: MariaDB and Redis as a site has them, and the web servers that are measured."""

from __future__ import annotations

import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.machine import Cores
from scripts.web_server import UVICORN_OPTIONS
from tests.servers import PrivateMariaDB, PrivateProcess, PrivateRedis, ServersFolder, free_port

DATABASE = "bench"
LONG_SECONDS = "3600"  # nothing that the stage has prepared may end during a run

UVICORN = ["uvicorn", "{application}", "--port", "{port}", *UVICORN_OPTIONS]
DAPHNE = ["daphne", "--verbosity", "0", "--bind", "127.0.0.1", "--port", "{port}", "{application}"]
GRANIAN = [
    "granian", "{application}", "--interface", "asgi", "--port", "{port}", "--loop", "uvloop", "--http", "1",
    "--no-ws", "--log-level", "warning",
]  # fmt: skip
GRANIAN_WSGI = [
    "granian", "{application}", "--interface", "wsgi", "--port", "{port}", "--http", "1", "--no-ws",
    "--blocking-threads", "4", "--log-level", "warning",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Backends:
    """MariaDB with every commit on the disk, Redis with its append-only file on."""

    folder: ServersFolder
    mariadb: PrivateMariaDB
    redis: PrivateRedis

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Backends]:
        folder = ServersFolder()
        mariadb = PrivateMariaDB(folder.path / "mariadb", durable=True)
        redis = PrivateRedis(folder.path / "redis", append_only=True)
        try:
            redis.start()
            mariadb.create_data_folder()
            mariadb.start()
            yield cls(folder, mariadb, redis)
        finally:
            redis.kill()
            mariadb.kill()
            folder.remove()

    def environment(self) -> dict[str, str]:
        """Return the variables of a site in production, but for TLS."""
        return {
            "DJANGO_SETTINGS_MODULE": "ticketlive.settings",
            "DEBUG": "false",
            "HTTPS": "false",
            "SECRET_KEY": secrets.token_urlsafe(64),
            "ALLOWED_HOSTS": "127.0.0.1",
            "DATABASE_URL": self.mariadb.url(DATABASE),
            "REDIS_URL": self.redis.url,
            "TICKETLIVE_HOME": str(self.folder.path),
            "TOSS_API_BASE": "http://127.0.0.1:1",
            "TOSS_SECRET_KEY": "test_sk_bench",
            "TOSS_CLIENT_KEY": "test_ck_bench",
            "HOLD_SECONDS": LONG_SECONDS,
            "ORDER_PENDING_SECONDS": LONG_SECONDS,
            "LOG_LEVEL": "WARNING",
        }


class WebServer:
    """One web process on the web's core; `probe` is an address that answers 2xx once it serves."""

    def __init__(
        self, command: list[str], application: str, *, cores: Cores, log: Path, probe: str = "/healthz"
    ) -> None:
        port = free_port()
        filled = [part.format(application=application, port=port) for part in command]
        program = [sys.executable, "-m", *filled]
        self.url = f"http://127.0.0.1:{port}"
        self._probe = probe
        self._process = PrivateProcess(cores.on_web(program), log=log, env=dict(os.environ))

    @property
    def pids(self) -> list[int]:
        """The processes whose memory counts as the server's."""
        return [self._process.pid]

    def cpu_seconds(self) -> float:
        """Return how long the process has kept a core busy so far (proc(5), `stat`: utime and stime)."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def __enter__(self) -> WebServer:
        self._process.start(ready=self._answers)
        return self

    def __exit__(self, *_error: object) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)  # granian's worker is a process of its own
        self._process.end(signal.SIGKILL)

    def _answers(self) -> bool:
        try:
            return httpx.get(self.url + self._probe, timeout=5).is_success
        except httpx.TransportError:
            return False
