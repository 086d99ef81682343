"""What holds for everything that `make run` starts, shown with processes that only wait."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.common.event_loop.watchdog import BACKSTOP_SIGNAL, EXIT_CODE
from tests.waiting import LONGEST_SECONDS, wait_until

PROGRAM = """
import sys
from pathlib import Path
from scripts.process_manager import ProcessManager

manager = ProcessManager(log=Path(sys.argv[1]) / "platform.log")
for name in ("redis", "web"):
    manager.add(name, ["sh", "-c", f"echo $$ > {sys.argv[1]}/{name}.pid; exec sleep infinity"])
if len(sys.argv) > 2:
    both_run = f"until [ -s {sys.argv[1]}/redis.pid ] && [ -s {sys.argv[1]}/web.pid ]; do sleep 0.01; done"
    manager.add("brief", ["sh", "-c", f"{both_run}; {sys.argv[2]}"])
code = manager.run()
print(manager.cause)
sys.exit(code)
"""


SIGNAL_WITH_EVERY_LINE = """
class Loud:
    def __init__(self, file):
        self.file = file
    def write(self, text):
        os.kill(manager_pid, signal.SIGTERM)
        self.file.write(text)
        os.kill(manager_pid, signal.SIGTERM)
manager_pid = os.getpid()
opened = LoggingPrinter.__init__
def open_loudly(self, log):
    opened(self, log)
    self._log = Loud(self._log)
LoggingPrinter.__init__ = open_loudly
"""


def pid_of(name: str, folder: Path) -> int:
    path = folder / f"{name}.pid"
    wait_until(lambda: path.exists() and path.read_text().strip().isdecimal())
    return int(path.read_text())


def is_gone(pid: int) -> bool:
    """A zombie that nobody has waited for counts as gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


class Running:
    """A manager in a process of its own, with two processes that wait."""

    def __init__(self, folder: Path, *brief: str) -> None:
        command = [sys.executable, "-c", PROGRAM, str(folder), *brief]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.folder = folder
        self.pids = {name: pid_of(name, folder) for name in ("redis", "web")}

    def wait_for_start(self) -> None:
        """Return when the manager knows of all its processes."""
        log = self.folder / "platform.log"
        wait_until(lambda: log.exists() and log.read_text().count(" started ") == len(self.pids))

    def end(self) -> tuple[int, str]:
        output = self.process.communicate(timeout=LONGEST_SECONDS)[0]
        wait_until(lambda: all(is_gone(pid) for pid in self.pids.values()))
        return self.process.returncode, output.splitlines()[-1] if output else ""


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    manager = Running(tmp_path)
    manager.wait_for_start()
    yield manager
    manager.process.kill()


def test_a_killed_process_ends_the_others_and_is_named(running: Running) -> None:
    os.kill(running.pids["redis"], signal.SIGKILL)

    assert running.end() == (128 + signal.SIGKILL, "redis was killed by SIGKILL")


def test_a_process_whose_keeper_is_killed_is_missed(running: Running) -> None:
    keeper = Path(f"/proc/{running.pids['redis']}/stat").read_text().rsplit(")", 1)[1].split()[1]

    os.kill(int(keeper), signal.SIGKILL)

    assert running.end() == (128 + signal.SIGKILL, "redis was killed by SIGKILL")


@pytest.mark.parametrize(
    ("brief", "ended"),
    [("exit 3", (3, "brief ended with exit code 3")), ("exit 0", (1, "brief ended with exit code 0"))],
)
def test_a_process_that_ends_by_itself_never_looks_like_success(
    tmp_path: Path, brief: str, ended: tuple[int, str]
) -> None:
    assert Running(tmp_path, brief).end() == ended


@pytest.mark.parametrize("end", [f"exit {EXIT_CODE}", f"kill -{BACKSTOP_SIGNAL.value} $$"])
def test_a_process_that_its_watchdog_has_ended_is_started_anew_and_ends_with_the_others(
    tmp_path: Path, end: str
) -> None:
    times = tmp_path / "times"
    three_times = f"echo once more >> {times}; [ $(wc -l < {times}) -lt 3 ] && {end}"
    running = Running(tmp_path, f"{three_times}; echo $$ > {tmp_path}/brief.pid; exec sleep infinity")
    running.pids["brief"] = pid_of("brief", tmp_path)
    log = tmp_path / "platform.log"
    wait_until(lambda: log.read_text().count("by its watchdog; another is started") == 2)
    wait_until(lambda: log.read_text().count("brief started") == 3)

    assert not any(is_gone(pid) for pid in running.pids.values())
    running.process.terminate()
    assert running.end() == (128 + signal.SIGTERM, "a signal came")


def test_a_process_that_was_started_anew_and_fails_ends_the_others(tmp_path: Path) -> None:
    again = tmp_path / "again"

    running = Running(tmp_path, f"[ -e {again} ] && exit 3; touch {again}; exit {EXIT_CODE}")

    assert running.end() == (3, "brief ended with exit code 3")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_everything(running: Running, sent: signal.Signals) -> None:
    running.process.send_signal(sent)

    assert running.end() == (128 + sent, "a signal came")


def test_a_killed_manager_leaves_no_orphan(running: Running) -> None:
    running.process.kill()

    running.end()


def test_all_output_is_kept_in_a_file(running: Running, tmp_path: Path) -> None:
    running.process.terminate()
    running.end()

    assert "web started" in (tmp_path / "platform.log").read_text()


def test_any_number_of_signals_at_once_ends_everything_in_order(tmp_path: Path) -> None:
    """make, a terminal and a supervisor may each send one; here one comes with every line that is printed."""
    loud = "from scripts.process_manager import *\nimport os, signal\n" + SIGNAL_WITH_EVERY_LINE + PROGRAM
    process = subprocess.run(
        [sys.executable, "-c", loud, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )

    assert "Traceback" not in process.stderr
    assert process.returncode == 128 + signal.SIGTERM
    assert process.stdout.splitlines()[-1] == "a signal came"
