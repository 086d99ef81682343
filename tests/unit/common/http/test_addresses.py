"""A WebSocket's client cannot choose the address it is counted by either."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from apps.common.http.addresses import crowd_network_of_scope


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "network"),
    [
        (0, "10.0.0.1", ["203.0.113.9"], "10.0.0.1"),
        (1, "10.0.0.1", ["1.2.3.4, 203.0.113.9"], "203.0.113.9"),
        (1, "10.0.0.1", ["1.2.3.4", "203.0.113.9"], "203.0.113.9"),
        (2, "10.0.0.1", ["203.0.113.9", "192.0.2.1"], "203.0.113.9"),
        (1, "10.0.0.1", [], "10.0.0.1"),
        (1, "10.0.0.1", ["2001:db8:1:2:3::4"], "2001:db8:1:2::/64"),
        (0, "127.0.0.1", ["203.0.113.9"], None),
        (1, "127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        (1, "127.0.0.1", ["::1"], None),
        (0, None, [], None),
        (0, "", [], None),
    ],
)
def test_only_what_trusted_proxies_wrote_counts(
    settings: Settings, proxies: int, peer: str | None, forwarded: list[str], network: str | None
) -> None:
    settings.TRUSTED_PROXIES = proxies
    scope: dict[str, Any] = {
        "client": None if peer is None else (peer, 1),
        "headers": [(b"host", b"x"), *((b"x-forwarded-for", one.encode()) for one in forwarded)],
    }

    assert crowd_network_of_scope(scope) == network
