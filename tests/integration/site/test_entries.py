"""A process serves the entries that it is told to, and answers for no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, override_settings
from django.urls import reverse

from ticketlive import environment
from ticketlive.entries import entry_of, served
from ticketlive.fast_lane import fast_lane_routes
from ticketlive.urls import addresses

pytestmark = pytest.mark.django_db

Serve = Callable[..., None]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve only these entries until the test ends."""
    overrides: list[override_settings] = []

    def only(*entries: str) -> None:
        configuration = ModuleType("only_some_entries")
        configuration.urlpatterns = served(addresses, entries)  # type: ignore[attr-defined]
        overrides.append(override_settings(ROOT_URLCONF=configuration, ENTRIES=list(entries)))
        overrides[-1].enable()

    yield only
    for override in reversed(overrides):
        override.disable()


def test_the_desk_alone_answers_counselors_and_nobody_else(client: Client, serve: Serve) -> None:
    serve("desk", "api")

    assert client.get("/desk/log-in/").status_code == 200
    assert client.get("/api/counsel-categories").status_code == 401
    assert client.get("/").headers["Location"] == "/desk/"
    assert client.post("/session/token").status_code == 401
    assert client.get("/healthz").status_code == client.get("/jsi18n/ko.js").status_code == 200
    for path in ("/accounts/log-in/", "/accounts/sign-up/", "/admin/", "/admin/login/", "/my/conversations/"):
        assert client.get(path).status_code == 404, path


def test_the_site_alone_has_neither_desk_nor_admin(client: Client, serve: Serve) -> None:
    serve("site")

    assert client.get("/accounts/log-in/").status_code == 200
    for path in ("/desk/", "/desk/log-in/", "/admin/login/", "/api/concerts", "/api/nothing-like-this"):
        assert client.get(path).status_code == 404, path


def test_the_admin_alone_begins_with_itself(client: Client, serve: Serve) -> None:
    serve("admin")

    assert client.get("/").headers["Location"] == "/admin/"
    assert client.get("/admin/").headers["Location"].startswith("/admin/login/")
    assert client.get("/desk/").status_code == 404


def test_without_the_api_only_the_clock_is_on_the_fast_lane(serve: Serve) -> None:
    serve("site", "desk")
    assert [route.path for route in fast_lane_routes()] == ["/clock"]

    serve("api")
    assert "/api/orders" in {route.path for route in fast_lane_routes()}


def test_addresses_keep_their_names_wherever_they_are_served(serve: Serve) -> None:
    serve("desk", "api")

    assert (reverse("home"), reverse("admin:index"), reverse("desk")) == ("/", "/admin/", "/desk/")


def test_all_entries_are_served_unless_some_are_named(client: Client) -> None:
    for path in ("/accounts/log-in/", "/desk/log-in/"):
        assert client.get(path).status_code == 200, path
    assert client.get("/admin/").headers["Location"].startswith("/admin/login/")
    assert served(addresses, ["site", "desk", "admin", "api"]) != []


def test_an_entry_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    known = ("site", "desk", "admin", "api")
    monkeypatch.setenv("ENTRIES", "desk, api")
    assert environment.some_of("ENTRIES", known) == ["desk", "api"]
    monkeypatch.setenv("ENTRIES", "")
    assert environment.some_of("ENTRIES", known) == list(known)
    monkeypatch.setenv("ENTRIES", "desk,kitchen")
    with pytest.raises(ImproperlyConfigured, match=r"^ENTRIES .*kitchen"):
        environment.some_of("ENTRIES", known)


@pytest.mark.parametrize(
    ("route", "entry"),
    [("api/orders", "api"), ("desk/", "desk"), ("admin/", "admin"), ("my/orders/", "site"), ("", "site")]
    + [(route, None) for route in ("healthz", "session/token", "i18n/setlang/", "jsi18n/<str:language>.js")],
)
def test_what_every_entry_needs_belongs_to_none(route: str, entry: str | None) -> None:
    assert entry_of(route) == entry
