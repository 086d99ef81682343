"""What a page answers while the database or Redis is away."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.factories import make_user
from ticketlive import urls

Break = Callable[[Exception], None]

LOST = OperationalError(2006, "Server has gone away")
NOBODY_ANSWERS = OperationalError(2002, "Can't connect to server")
NO_SUCH_COLUMN = OperationalError(1054, "Unknown column")


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def breaks_with(settings: Settings) -> Break:
    """Let the page /page/ fail with an error."""
    found: list[Exception] = []

    def page(_request: HttpRequest) -> HttpResponse:
        raise found[0]

    def breaks(error: Exception) -> None:
        found.append(error)
        configuration = ModuleType("pages_that_fail")
        configuration.urlpatterns = [path("page/", page), *urls.urlpatterns]  # type: ignore[attr-defined]
        configuration.handler500 = urls.handler500  # type: ignore[attr-defined]
        settings.ROOT_URLCONF = configuration

    return breaks


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("error", [LOST, NOBODY_ANSWERS, RedisConnectionError("refused")])
def test_a_page_that_needs_what_is_away_asks_again_by_itself(
    client: Client, breaks_with: Break, settings: Settings, error: Exception, debug: bool
) -> None:
    settings.DEBUG = debug
    breaks_with(error)

    answer = client.get("/page/", headers={"accept": "text/html"})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["Cache-Control"] == "no-store"
    assert '<meta http-equiv="refresh" content="5">' in answer.text
    assert "A part of this site is away for a moment" in answer.text
    assert "저희 시스템의 일부를 지금 쓸 수 없습니다" in answer.text


def test_who_sent_something_is_told_to_look_before_sending_it_again(client: Client, breaks_with: Break) -> None:
    breaks_with(LOST)

    answer = client.post("/page/", headers={"accept": "text/html"})

    assert answer.status_code == 503
    assert "http-equiv" not in answer.text
    assert "Look first whether what you sent was taken" in answer.text


def test_a_script_of_a_page_gets_a_problem_document(client: Client, breaks_with: Break) -> None:
    breaks_with(LOST)

    answer = client.post("/page/", headers={"accept": "application/json"})

    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
    assert answer.json()["code"] == "service_unavailable"


def test_a_mistake_of_ours_stays_one(client: Client, breaks_with: Break) -> None:
    breaks_with(NO_SUCH_COLUMN)

    assert client.get("/page/").status_code == 500


@pytest.mark.parametrize(("error", "status"), [(LOST, 503), (ImproperlyConfigured("a mistake"), 500)])
def test_what_a_middleware_needs_may_be_away_too(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def load(*_args: object) -> None:
        raise error

    monkeypatch.setattr("django.contrib.sessions.middleware.SessionMiddleware.process_request", load)

    assert client.get("/", headers={"accept": "text/html"}).status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize("debug", [False, True])
def test_whether_a_log_in_has_ended_cannot_be_asked_while_the_database_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: Settings, debug: bool
) -> None:
    def ask(_session_id: object) -> None:
        raise LOST

    settings.DEBUG = debug
    client.force_login(make_user())
    monkeypatch.setattr("apps.accounts.pages.middleware.login_session_of", lambda _request: 1)
    monkeypatch.setattr("apps.accounts.pages.middleware.check_browser_session", ask)

    assert client.get("/", headers={"accept": "text/html"}).status_code == 503


@pytest.mark.parametrize("debug", [False, True])
def test_whose_budget_a_page_costs_cannot_be_asked_while_the_database_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: Settings, debug: bool
) -> None:
    def ask(_request: HttpRequest) -> None:
        raise LOST

    settings.DEBUG = debug
    monkeypatch.setattr("apps.accounts.pages.budgets.account_of", ask)

    assert client.get("/", headers={"accept": "text/html"}).status_code == 503
