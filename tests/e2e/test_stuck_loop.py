"""A web process whose event loop is really stuck says so, is counted, ends, and is started anew."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from apps.common.event_loop.watchdog import EXIT_CODE
from scripts.web_server import UVICORN_OPTIONS
from tests.make_run import Platform
from tests.servers import PrivateProcess, free_port
from tests.waiting import wait_until

WEB = "tests.stuck_web:application"


class Web:
    """The real server, with addresses that block its loop. `bound` is EVENT_LOOP_STALL_SECONDS."""

    def __init__(self, folder: Path, *, bound: str) -> None:
        self.log = folder / "web.log"
        self._port = free_port()
        env = os.environ | {"EVENT_LOOP_STALL_SECONDS": bound}
        command = [sys.executable, "-m", "uvicorn", WEB, "--port", str(self._port), *UVICORN_OPTIONS]
        self.process = PrivateProcess(command, log=self.log, env=env)

    def start(self) -> None:
        self.process.start(ready=self._is_alive)

    def get(self, path: str) -> httpx.Response:
        """Ask without giving up: the server answers or ends."""
        return httpx.get(f"http://127.0.0.1:{self._port}{path}", timeout=None)

    def figure(self, name: str) -> float:
        lines = self.get("/metrics").text.splitlines()
        (value,) = [line.split()[-1] for line in lines if line.startswith(f"ticketlive_event_loop_{name} ")]
        return float(value)

    def _is_alive(self) -> bool:
        try:
            return self.get("/healthz").is_success
        except httpx.TransportError:
            return False


@pytest.fixture
def start_web(tmp_path: Path) -> Iterator[Callable[..., Web]]:
    started: list[Web] = []

    def start(*, bound: str) -> Web:
        web = Web(tmp_path, bound=bound)
        started.append(web)
        web.start()
        return web

    yield start
    for web in started:
        web.process.end(signal.SIGKILL)


def test_a_loop_that_is_stuck_for_a_while_is_told_of_and_counted(start_web: Callable[..., Web]) -> None:
    web = start_web(bound="600")
    assert web.figure("stalls_total") == 0

    assert web.get("/stuck/loop?seconds=3").status_code == 204

    assert web.figure("stalls_total") == 1
    assert web.figure("longest_pause_seconds") > 2.5
    assert web.figure('pause_seconds_bucket{le="2.5"}') < web.figure('pause_seconds_bucket{le="+Inf"}')
    said = web.log.read_text()
    assert "The event loop has not turned for" in said
    assert "Thread MainThread, the event loop's" in said
    assert "in spin" in said
    assert "Thread event-loop-watchdog, a thread's" in said


@pytest.mark.parametrize("stuck", ["loop", "interpreter"])
def test_a_loop_that_stays_stuck_ends_its_process(start_web: Callable[..., Web], stuck: str) -> None:
    web = start_web(bound="1")

    with pytest.raises(httpx.TransportError):
        web.get(f"/stuck/{stuck}")

    code, place = {"loop": (EXIT_CODE, "in spin"), "interpreter": (-signal.SIGPROF, "in backtrack")}[stuck]
    assert web.process.wait() == code
    assert place in web.log.read_text()
    web.start()
    assert web.get("/healthz").is_success


def test_a_process_that_was_stopped_for_long_is_not_ended_when_it_goes_on(start_web: Callable[..., Web]) -> None:
    bound_seconds = 1
    web = start_web(bound=str(bound_seconds))
    pid = web.process.pid
    os.kill(pid, signal.SIGSTOP)
    stopped_at = time.monotonic()
    while time.monotonic() < stopped_at + 5 * bound_seconds:
        time.sleep(0.05)
    os.kill(pid, signal.SIGCONT)

    stamps = web.figure("pause_seconds_count")
    while web.figure("pause_seconds_count") < stamps + 100:
        time.sleep(0.05)
    assert web.process.is_running
    assert (web.process.pid, web.figure("stalls_total")) == (pid, 0)


def test_make_run_starts_another_web_in_place_of_one_that_is_stuck(tmp_path: Path) -> None:
    stuck = Path(__file__).parents[1] / "stuck"
    platform = Platform(tmp_path / "home", env={"EVENT_LOOP_STALL_SECONDS": "1", "PYTHONPATH": str(stuck)})
    platform.start()
    try:
        others = {name: platform.pids(name) for name in ("redis", "worker", "beat", "sandbox")}
        (first,) = platform.pids("web")
        os.kill(first, signal.SIGUSR2)
        wait_until(lambda: len(platform.pids("web")) > 1, what="another web")
        wait_until(platform.is_ready, what="/readyz")

        said = platform.log.read_text()
        assert "in get_stuck" in said
        assert f"ended with exit code {EXIT_CODE} by its watchdog; another is started" in said
        assert {name: platform.pids(name) for name in others} == others
    finally:
        code = platform.end()
    assert code == 128 + signal.SIGINT
