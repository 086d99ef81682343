"""`make rehearsal`: a platform of its own for one command, whose code is its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import rehearsal_platform
from tests.make_run import OF_THE_TEST_RUN


def rehearsal(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Do what `make rehearsal` does after the set-up."""
    env = {name: value for name, value in os.environ.items() if name not in (*OF_THE_TEST_RUN, "PORT")}
    return subprocess.run(
        [sys.executable, "-m", "scripts.rehearsal_platform", *arguments],
        env=env | {"TICKETLIVE_HOME": str(home), "COLUMNS": "160"},
        capture_output=True,
        text=True,
        check=False,
    )


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_crowd_is_played_on_a_durable_database_that_goes_with_it(tmp_path: Path) -> None:
    done = rehearsal(tmp_path, "rush", "--users", "40", "--seats", "2")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "at most one live ticket per seat" in done.stdout
    assert names_in(tmp_path) == {"rehearsal"}
    assert names_in(tmp_path / "rehearsal") == {"home", "mariadb.log", "platform.log", "rehearsal.lock"}
    assert not names_in(tmp_path / "rehearsal" / "home")
    log = (tmp_path / "rehearsal" / "platform.log").read_text()
    assert "web-1" in log
    assert "web-2" in log


def test_the_commands_code_is_the_rehearsals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The command ends before it asks anybody, so that a process which only runs will do as the platform."""
    idle = ["sleep", "infinity"]
    monkeypatch.setenv("TICKETLIVE_HOME", str(tmp_path))
    monkeypatch.setattr(rehearsal_platform, "PLATFORM", idle)
    monkeypatch.setattr(rehearsal_platform, "answers", lambda _url: True)

    code = rehearsal_platform.main(["--database", "sqlite", "rush", "--users", "0"])

    assert code == 1
    assert "--users has to be more than 0" in capfd.readouterr().err


@pytest.mark.parametrize("arguments", [(), ("--database", "oracle", "rush")], ids=["no command", "another database"])
def test_a_mistyped_rehearsal_starts_nothing(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = rehearsal(tmp_path, *arguments)

    assert done.returncode == 2
    assert "usage: make rehearsal" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_platform_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_PROCESSES", "99")

    done = rehearsal(tmp_path, "--database", "sqlite", "rush")

    assert done.returncode == 1
    assert "WEB_PROCESSES has to be a number from 1 to 16" in done.stderr
