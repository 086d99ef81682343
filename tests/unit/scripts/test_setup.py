"""What the set-up says on a machine where it cannot do its work."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
TOOLS = ["bash", "cat", "dirname", "flock", "grep", "sha256sum"]


class BareMachine:
    """A checkout on a machine that has a few tools of the system and what `install` adds."""

    def __init__(self, folder: Path) -> None:
        self.programs = folder / "bin"
        self.checkout = folder / "checkout"
        self.environment = {"PATH": str(self.programs), "PYTHON": "python3"}  # not this machine's /usr/bin/python3
        self.programs.mkdir()
        (self.checkout / "scripts").mkdir(parents=True)
        for name in TOOLS:
            self.install(name, shutil.which(name))
        for name in ("scripts/setup.sh", "requirements.txt", "requirements-dev.txt"):
            shutil.copy(CHECKOUT / name, self.checkout / name)

    def install(self, name: str, program: str | None) -> None:
        assert program
        (self.programs / name).symlink_to(program)

    def set_up(self, level: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.programs / "bash"), "scripts/setup.sh", level]
        return subprocess.run(
            command, cwd=self.checkout, env=self.environment, capture_output=True, text=True, check=False
        )


@pytest.fixture
def machine(tmp_path: Path) -> BareMachine:
    return BareMachine(tmp_path)


def test_a_machine_without_apt_is_told_which_packages_it_needs(machine: BareMachine) -> None:
    machine.install("python3", str(Path(sys.base_prefix) / "bin" / "python3"))

    result = machine.set_up("run")

    assert result.returncode == 1
    for package in ("redis-server", "gcc", "pkg-config", "libmariadb-dev"):
        assert package in result.stderr
    assert not (machine.checkout / ".venv").exists()


@pytest.mark.parametrize("program", ["chromium", "wrk"])
def test_only_the_tests_need_a_browser_and_a_load(machine: BareMachine, program: str) -> None:
    machine.install("python3", str(Path(sys.base_prefix) / "bin" / "python3"))

    assert program in machine.set_up("dev").stderr
    assert program not in machine.set_up("run").stderr


def test_a_machine_without_a_recent_python_is_told_so(machine: BareMachine) -> None:
    result = machine.set_up("run")

    assert result.returncode == 1
    assert "Python 3.11 or newer is needed, and PYTHON=python3 is none." in result.stderr


def test_an_unknown_level_is_refused(machine: BareMachine) -> None:
    result = machine.set_up("everything")

    assert (result.returncode, result.stderr) == (2, "usage: scripts/setup.sh run|dev|bench\n")
