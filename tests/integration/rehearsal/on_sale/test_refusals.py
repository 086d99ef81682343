"""A rehearsal that cannot be held is refused in one sentence, before anything is made."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from apps.accounts.models import User
from apps.concerts.models import Concert, Venue

pytestmark = pytest.mark.django_db


class _Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path in {"/healthz", "/sandbox/health"} else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def healthy() -> Iterator[str]:
    """An address at which both a platform and a sandbox seem to be."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Healthy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(autouse=True)
def development(settings: Settings, healthy: str) -> None:
    settings.DEBUG = True
    settings.TOSS_API_BASE = healthy
    settings.TOSS_SECRET_KEY = "test_sk_sandbox"


def refusal(healthy: str, *arguments: str, **more: Any) -> str:
    """The command's refusal; nothing may have been made."""
    with pytest.raises(CommandError) as refused:
        call_command("rehearse", *arguments, **{"base_url": [healthy], "sandbox_url": healthy} | more)
    assert not User.objects.exists()
    assert not Venue.objects.exists()
    assert not Concert.objects.exists()
    return str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--people", "0"], "--people has to be more than 0."),
        (["--seats", "0"], "--seats has to be more than 0."),
        (["--seats", "-5"], "--seats has to be more than 0."),
        (["--seconds", "0"], "--seconds has to be more than 0."),
        (["--seconds", "nan"], "--seconds has to be more than 0."),
        (["--inside", "-1"], "--inside cannot be less than 0."),
        (["--connections", "0"], "--connections has to be more than 0."),
        (["--rate", "-1"], "--rate cannot be less than 0."),
        (["--sockets", "-1"], "--sockets cannot be less than 0."),
        (["--seats", "200001"], "--seats 200,001: a hall has at most 200,000 seats."),
        (["--people", "500001"], "--people 500,001: a rehearsal has at most 500,000 people."),
        (["--counselors", "0"], "--counselors has to be more than 0 where people ask for one."),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_figures_that_no_sale_can_have(healthy: str, arguments: list[str], sentence: str) -> None:
    assert refusal(healthy, *arguments) == sentence


def test_without_debug_somebody_has_to_insist(healthy: str, settings: Settings) -> None:
    settings.DEBUG = False

    assert "without DEBUG it runs with --force only" in refusal(healthy)


def test_a_site_that_is_not_there(healthy: str) -> None:
    assert "No platform answers at http://127.0.0.1:9;" in refusal(healthy, base_url=[healthy, "http://127.0.0.1:9"])


def test_something_else_at_the_sites_address(healthy: str) -> None:
    assert "(404)" in refusal(healthy, base_url=[f"{healthy}/elsewhere"])


def test_an_address_that_is_none(healthy: str) -> None:
    assert "No platform answers at shop.example" in refusal(healthy, base_url=["shop.example"])


def test_a_sandbox_that_is_not_there(healthy: str, settings: Settings) -> None:
    settings.TOSS_API_BASE = "http://127.0.0.1:9"

    assert "No sandbox of the payment provider answers at http://127.0.0.1:9" in refusal(
        healthy, sandbox_url="http://127.0.0.1:9"
    )


def test_a_platform_that_pays_elsewhere_than_the_crowd(healthy: str, settings: Settings) -> None:
    settings.TOSS_API_BASE = "https://api.tosspayments.com"

    assert "pays at TOSS_API_BASE https://api.tosspayments.com" in refusal(healthy)


def test_a_live_key(healthy: str, settings: Settings) -> None:
    settings.TOSS_SECRET_KEY = "live_sk_real"

    assert refusal(healthy) == "TOSS_SECRET_KEY is no test key: a rehearsal pays at the sandbox only."
