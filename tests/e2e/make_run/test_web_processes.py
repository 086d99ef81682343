"""`WEB_PROCESSES=2 make run`: two web processes share one sale."""

from __future__ import annotations

from pathlib import Path

from tests.make_run import Platform
from tests.waiting import wait_until


def test_what_one_web_process_is_told_the_other_knows(two_processes: Platform) -> None:
    first, second = two_processes.urls
    account = {"email": "customer1@example.com", "password": "ticketlive"}
    token = two_processes.web.post(f"{first}/api/auth/login", json=account).raise_for_status().json()["access"]

    answer = two_processes.web.get(f"{second}/api/auth/me", headers={"Authorization": f"Bearer {token}"})

    assert answer.json()["email"] == account["email"]


def test_the_announcement_and_the_folder_name_both(two_processes: Platform) -> None:
    first, second = two_processes.urls

    wait_until(lambda: "Ctrl-C ends it" in two_processes.log.read_text(), what="the announcement", pause=0.1)

    said = two_processes.log.read_text()
    assert f"The site                  {first}/" in said
    assert f"One more web process      {second}" in said
    assert "WEB_PROCESSES=2" in (two_processes.home / "environment").read_text().splitlines()


def test_a_port_that_the_second_web_process_needs_has_to_be_free(two_processes: Platform, tmp_path: Path) -> None:
    """The second one's port would be that of the platform's first."""
    refused = Platform(tmp_path, port=two_processes.port - 2, web_processes=2).refused()

    assert f"port {two_processes.port} for the web" in refused
