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
from typing import Protocol

import httpx

from bench.machine import Cores
from scripts.web_server import UVICORN_OPTIONS
from tests.servers import PrivateMariaDB, PrivateProcess, PrivateRedis, ServersFolder, free_port

DATABASE = "bench"
WSGI_THREADS = "16"  # each may pay: a slow machine's confirms are to be slow, not refused after a second's wait
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


# `verify=False` where httpx asks over plain HTTP: reading the certificates would take 0.1 s of each question.


class Server(Protocol):
    """Somebody who is asked by the client."""

    @property
    def url(self) -> str: ...
    def cpu_seconds(self) -> float: ...


class Provider:
    """The stand-in of the payment provider, on a core of the rest."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "bench.provider", "--port", str(port)]
        self._process = PrivateProcess(command, log=folder / "provider.log")

    def start(self) -> None:
        self._process.start(ready=self._answers)

    def kill(self) -> None:
        self._process.end(signal.SIGKILL)

    def cpu_seconds(self) -> float:
        return cpu_seconds_of(self._process.pid)

    def _answers(self) -> bool:
        try:
            return (
                httpx.get(f"{self.url}/v1/payments/nothing", timeout=5, verify=False).status_code
                == httpx.codes.NOT_FOUND
            )
        except httpx.TransportError:
            return False


@dataclass(frozen=True, slots=True)
class Backends:
    """MariaDB, Redis with its append-only file on, and the provider."""

    folder: ServersFolder
    mariadb: PrivateMariaDB
    redis: PrivateRedis
    provider: Provider

    @classmethod
    @contextmanager
    def running(cls, *, durable: bool) -> Iterator[Backends]:
        """Start them for the length of the block; with `durable` every commit is on the disk, as on a site."""
        folder = ServersFolder()
        mariadb = PrivateMariaDB(folder.path / "mariadb", durable=durable)
        redis = PrivateRedis(folder.path / "redis", append_only=True)
        provider = Provider(folder.path)
        try:
            provider.start()
            redis.start()
            mariadb.create_data_folder()
            mariadb.start()
            yield cls(folder, mariadb, redis, provider)
        finally:
            provider.kill()
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
            "TOSS_API_BASE": self.provider.url,
            "TOSS_SECRET_KEY": "test_sk_bench",
            "TOSS_CLIENT_KEY": "test_ck_bench",
            "WSGI_THREADS": WSGI_THREADS,
            "PAYMENT_CALLS_AT_ONCE": WSGI_THREADS,
            "HOLD_SECONDS": LONG_SECONDS,
            "ORDER_PENDING_SECONDS": LONG_SECONDS,
            "LOG_LEVEL": "WARNING",
        }


def cpu_seconds_of(pid: int) -> float:
    """Return how long a process has kept a core busy so far (proc(5), `stat`: utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
        return cpu_seconds_of(self._process.pid)

    def __enter__(self) -> WebServer:
        self._process.start(ready=self._answers)
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process.is_running:
            os.killpg(self._process.pid, signal.SIGKILL)  # granian's worker is a process of its own
        self._process.end(signal.SIGKILL)

    def end(self) -> int:
        """Ask the process to end, and return its exit code when it has."""
        self._process.tell(signal.SIGTERM)
        return self._process.wait()

    def _answers(self) -> bool:
        try:
            return httpx.get(self.url + self._probe, timeout=5, verify=False).is_success
        except httpx.TransportError:
            return False
