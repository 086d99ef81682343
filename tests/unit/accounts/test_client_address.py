"""A client cannot choose the address it is throttled by."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from apps.accounts.client_address import client_address, network_of


def address(*, forwarded: str | None, peer: str = "10.0.0.1") -> str | None:
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    request = RequestFactory().get("/", REMOTE_ADDR=peer, **headers)
    return client_address(request)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, None, "10.0.0.1"),
        (0, "203.0.113.9", "10.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "1.2.3.4, 203.0.113.9", "203.0.113.9"),
        (2, "1.2.3.4, 203.0.113.9, 192.0.2.1", "203.0.113.9"),
        (2, "203.0.113.9", "10.0.0.1"),
        (1, None, "10.0.0.1"),
        (1, "nonsense", "10.0.0.1"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_only_what_trusted_proxies_wrote_counts(
    settings: Settings, proxies: int, forwarded: str | None, expected: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert address(forwarded=forwarded) == expected


def test_a_request_over_a_socket_has_no_address() -> None:
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="")) is None


@pytest.mark.parametrize(
    ("one", "network"),
    [
        (None, "unknown"),
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
    ],
)
def test_an_ipv6_host_counts_by_its_network(one: str | None, network: str) -> None:
    assert network_of(one) == network
