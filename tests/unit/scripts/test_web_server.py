"""The web process is served alike wherever it runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.web_server import UVICORN_OPTIONS

CHECKOUT = Path(__file__).parents[3]


def unit_command() -> list[str]:
    unit = (CHECKOUT / "deploy/systemd/ticketlive-web@.service").read_text()
    (command,) = [line for line in unit.splitlines() if line.startswith("ExecStart=")]
    return command.split()


def image_command() -> list[str]:
    text = (CHECKOUT / "Dockerfile").read_text().replace("\\\n", "")
    return list(json.loads(text.rpartition("\nCMD ")[2]))


@pytest.mark.parametrize("command", [unit_command(), image_command()], ids=["systemd", "image"])
def test_a_deployment_serves_as_make_run_does(command: list[str]) -> None:
    first = command.index(UVICORN_OPTIONS[0])

    assert tuple(command[first : first + len(UVICORN_OPTIONS)]) == UVICORN_OPTIONS
