"""`manage.py rush` against the platform of `make run`: the proof that the README promises."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.make_run import OF_THE_TEST_RUN, Platform
from tests.waiting import LONGEST_SECONDS


def rush(platform: Platform, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name not in (*OF_THE_TEST_RUN, "PORT")}
    return subprocess.run(
        [sys.executable, "manage.py", "rush", *arguments],
        env=env | {"TICKETLIVE_HOME": str(platform.home), "COLUMNS": "160"},
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("--users", "100", "--seats", "1"),
        ("--users", "60", "--seats", "10", "--per-order", "3"),
        ("--queue", "--users", "40", "--seats", "2", "--rate", "20"),
    ],
    ids=" ".join,
)
def test_the_crowd_is_served_and_the_audit_holds(platform: Platform, arguments: tuple[str, ...]) -> None:
    done = rush(platform, *arguments)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "at most one live ticket per seat" in done.stdout


def test_a_crowd_of_customers_is_answered_and_the_audit_holds(platform: Platform) -> None:
    done = rush(platform, "--counsel", "40", "--counselors", "5")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "no message lost, doubled or out of order, on either side" in done.stdout


def test_without_a_platform_the_rush_says_what_is_missing(platform: Platform) -> None:
    done = rush(platform, "--users", "1", "--base-url", "http://127.0.0.1:9")

    assert done.returncode == 1
    assert "no platform answers at http://127.0.0.1:9" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("--users", "0"), ("--seats", "1", "--per-order", "2"), ("--counsel", "1", "--counselors", "0")],
    ids=" ".join,
)
def test_nonsense_is_refused(platform: Platform, arguments: tuple[str, ...]) -> None:
    assert rush(platform, *arguments).returncode == 1
