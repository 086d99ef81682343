"""`manage.py rush` against the platform of `make run`: the proof that the README promises."""

from __future__ import annotations

import subprocess

import pytest

from tests.make_run import Platform


def rush(platform: Platform, *arguments: str) -> subprocess.CompletedProcess[str]:
    return platform.manage("rush", *arguments)


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
