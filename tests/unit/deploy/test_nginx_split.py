"""Where Django is a process of its own, nginx sends every route of the fast lane to the processes that have it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from django.conf import settings

from apps.common.fastlane import Route
from ticketlive.fast_lane import fast_lane_routes

CONFIGURATION = Path(settings.BASE_DIR) / "deploy" / "nginx" / "ticketlive-split.conf"
LOCATION = re.compile(r"location (?:(?P<kind>=|~) )?(?P<pattern>\S+) \{(?P<body>[^}]*)\}")
UPSTREAM = re.compile(r"proxy_pass http://(?P<name>\w+);")


class Location(NamedTuple):
    kind: str | None
    pattern: str
    upstream: str | None


def locations() -> list[Location]:
    """The `location` blocks of the server that speaks TLS."""
    text = re.sub(r"#.*", "", CONFIGURATION.read_text())
    server = text[text.index("listen 8443") :]
    found = []
    for block in LOCATION.finditer(server):
        upstream = UPSTREAM.search(block["body"])
        found.append(Location(block["kind"], block["pattern"], upstream and upstream["name"]))
    return found


def upstream_of(path: str) -> str | None:
    """Choose as nginx does: the same path, else the first pattern that matches, else the longest prefix."""
    for location in locations():
        if location.kind == "=" and location.pattern == path:
            return location.upstream
    for location in locations():
        if location.kind == "~" and re.search(location.pattern, path):
            return location.upstream
    prefixes = [one for one in locations() if one.kind is None and path.startswith(one.pattern)]
    return max(prefixes, key=lambda one: len(one.pattern)).upstream


def path_of(route: Route) -> str:
    """A path that the route answers."""
    return re.sub(r"\{[^}]+\}", "7", route.path)


@pytest.mark.parametrize("route", fast_lane_routes(), ids=lambda route: f"{route.method} {route.path}")
def test_a_route_of_the_fast_lane_goes_to_the_fast_lane(route: Route) -> None:
    assert upstream_of(path_of(route)) == "fast"


@pytest.mark.parametrize(
    "path", ["/", "/admin/", "/api/concerts", "/api/orders/7/events", "/api/sessions/7/attachments"]
)
def test_the_rest_goes_to_django(path: str) -> None:
    assert upstream_of(path) == "django"
