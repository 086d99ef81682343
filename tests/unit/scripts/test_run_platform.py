"""Which processes `make run` starts, and where."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import run_platform


def ports_of(commands: dict[str, list[str]]) -> dict[str, int]:
    """Return the port of every process that listens on one."""
    return {
        name: int(command[command.index("--port") + 1]) for name, command in commands.items() if "--port" in command
    }


def test_one_web_process_is_called_web(tmp_path: Path) -> None:
    commands = run_platform.platform_commands(tmp_path, port=9000, web_processes=1, sandbox=True)

    assert ports_of(commands) == {"web": 9000, "sandbox": 9001}
    assert set(commands) == {"web", "worker", "beat", "sandbox"}


def test_more_web_processes_have_the_ports_behind_the_sandboxs(tmp_path: Path) -> None:
    commands = run_platform.platform_commands(tmp_path, port=9000, web_processes=3, sandbox=True)

    assert ports_of(commands) == {"web-1": 9000, "web-2": 9002, "web-3": 9003, "sandbox": 9001}


@pytest.mark.parametrize("text", ["0", "17", "-1", "two", "1.5", "²"])
def test_a_number_of_web_processes_that_cannot_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    monkeypatch.setenv("WEB_PROCESSES", text)

    with pytest.raises(SystemExit):
        run_platform.chosen_web_processes()

    assert f"WEB_PROCESSES has to be a number from 1 to 16, not {text!r}" in capsys.readouterr().err


@pytest.mark.parametrize(("web_processes", "highest"), [(1, 65_534), (2, 65_533), (16, 65_519)])
def test_the_port_leaves_room_for_those_behind_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], web_processes: int, highest: int
) -> None:
    monkeypatch.setenv("PORT", str(highest))
    assert run_platform.chosen_port(web_processes) == highest

    monkeypatch.setenv("PORT", str(highest + 1))
    with pytest.raises(SystemExit):
        run_platform.chosen_port(web_processes)
    assert f"PORT has to be a number from 1 to {highest}" in capsys.readouterr().err


def test_a_crowd_may_be_connected_where_the_machine_allows_it() -> None:
    """A shell's limit is low; whatever the platform starts has the machine's."""
    program = (
        "import resource, subprocess, sys\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))\n"
        "from scripts.open_files import allow_many_open_files\n"
        "allow_many_open_files()\n"
        "subprocess.run(['sh', '-c', 'ulimit -n'])"
    )
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert int(done.stdout) == (1_048_576 if hard == resource.RLIM_INFINITY else min(hard, 1_048_576))
