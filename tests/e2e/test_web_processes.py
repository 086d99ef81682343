"""`WEB_PROCESSES=2 make run`: two web processes share one sale."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.make_run import Platform
from tests.servers import ServersFolder
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def pair() -> Iterator[Platform]:
    folder = ServersFolder()
    running = Platform(folder.path / "home", web_processes=2)
    running.start()
    yield running
    running.end()
    folder.remove()


def test_what_one_web_process_is_told_the_other_knows(pair: Platform) -> None:
    first, second = pair.urls
    account = {"email": "customer1@example.com", "password": "ticketlive"}
    token = pair.web.post(f"{first}/api/auth/login", json=account).raise_for_status().json()["access"]

    answer = pair.web.get(f"{second}/api/auth/me", headers={"Authorization": f"Bearer {token}"})

    assert answer.json()["email"] == account["email"]


def test_the_announcement_and_the_folder_name_both(pair: Platform) -> None:
    first, second = pair.urls

    wait_until(lambda: "Ctrl-C ends it" in pair.log.read_text(), what="the announcement", pause=0.1)

    said = pair.log.read_text()
    assert f"The site                  {first}/" in said
    assert f"One more web process      {second}" in said
    assert "WEB_PROCESSES=2" in (pair.home / "environment").read_text().splitlines()


def test_a_port_that_the_second_web_process_needs_has_to_be_free(pair: Platform, tmp_path: Path) -> None:
    """The second one's port is that of the pair's first."""
    refused = Platform(tmp_path, port=pair.port - 2, web_processes=2).refused()

    assert f"port {pair.port} for the web" in refused
