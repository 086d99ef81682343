"""`make run` as a process of a test's own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import httpx

from tests.servers import free_port
from tests.waiting import LONGEST_SECONDS, wait_until
from ticketlive.environment import web_ports

OF_THE_TEST_RUN = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG", "DJANGO_SETTINGS_MODULE")


class Platform:
    """What `make run` starts after the set-up, on a folder and a port of its own."""

    def __init__(
        self,
        home: Path,
        *,
        port: int | None = None,
        web_processes: int = 1,
        database_url: str = "",
        env: dict[str, str] | None = None,
    ) -> None:
        self.home = home
        self.log = home.with_suffix(".log")
        self.port = port or free_port(count=max(2, 1 + web_processes))
        self.urls = [f"http://127.0.0.1:{one}" for one in web_ports(self.port, web_processes)]
        self._env = {"TICKETLIVE_HOME": str(home), "PORT": str(self.port), "WEB_PROCESSES": str(web_processes)}
        self._env |= env or {}
        if database_url:
            self._env["DATABASE_URL"] = database_url
        self.web = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=LONGEST_SECONDS)
        self.sandbox = httpx.Client(base_url=f"http://127.0.0.1:{self.port + 1}", timeout=LONGEST_SECONDS)
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        with self.log.open("a") as log:
            self._process = self._popen(log)
        wait_until(self.is_ready, what="/readyz", pause=0.1)

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `manage.py` as an operator does in a second terminal, who only knows the folder."""
        env = {name: value for name, value in os.environ.items() if name not in (*OF_THE_TEST_RUN, "PORT")}
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=env | {"TICKETLIVE_HOME": str(self.home), "COLUMNS": "160"},
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )

    def refused(self) -> str:
        """Start where that must not work, and return what is said."""
        return self._popen(subprocess.PIPE).communicate(timeout=LONGEST_SECONDS)[0]

    def pids(self, name: str) -> list[int]:
        """Return the ids under which a process of the platform has been started so far."""
        return [int(pid) for pid in re.findall(rf" {name} started \(pid=(\d+)\)", self.log.read_text())]

    def end(self) -> int:
        """Press Ctrl-C and return the exit code."""
        assert self._process
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(LONGEST_SECONDS)

    def _popen(self, output: int | IO[str]) -> subprocess.Popen[str]:
        env = {name: value for name, value in os.environ.items() if name not in OF_THE_TEST_RUN}
        env |= self._env
        command = ["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "scripts.run_platform"]
        return subprocess.Popen(command, env=env, stdout=output, stderr=subprocess.STDOUT, text=True)

    def is_ready(self) -> bool:
        assert self._process
        assert self._process.poll() is None, self.log.read_text()
        try:
            return all(self.web.get(f"{url}/readyz").is_success for url in self.urls)
        except httpx.TransportError:
            return False
