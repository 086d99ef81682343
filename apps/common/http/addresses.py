"""Where a request comes from, as far as it can be believed, and what counts there as one client."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings

ADDRESSES_KEPT = 4096  # texts read lately
IPV6_PREFIX = 64  # bits; a household or a host gets a whole /64 and may change within it at will


def believed_address(peer: str, forwarded_for: str) -> str | None:
    """Return the client's IP address; None where there is none, as on a socket.

    Each trusted proxy appends the address it was called from to `X-Forwarded-For`, so of
    `TRUSTED_PROXIES` proxies the first wrote the entry that is as far from the right.
    What stands left of it came from the client and counts for nothing.
    """
    if settings.TRUSTED_PROXIES:
        forwarded = forwarded_for.split(",")
        if len(forwarded) >= settings.TRUSTED_PROXIES:
            return _valid(forwarded[-settings.TRUSTED_PROXIES]) or _valid(peer)
    return _valid(peer)


@lru_cache(maxsize=ADDRESSES_KEPT)
def network_of(address: str | None) -> str:
    """Return what counts as one client: an IPv4 address, an IPv6 /64, or all that have none."""
    if address is None:
        return "unknown"
    parsed = ipaddress.ip_address(address)
    if parsed.version == 4:  # noqa: PLR2004
        return address
    return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False))


@lru_cache(maxsize=ADDRESSES_KEPT)
def crowd_network_of(address: str | None) -> str | None:
    """Return what counts as one client in a crowd; None for the machine itself and for who has no address.

    A rehearsal plays everybody from the machine itself, and behind a proxy that TRUSTED_PROXIES does not count all
    would be one client.
    """
    if address is None or ipaddress.ip_address(address).is_loopback:
        return None
    return network_of(address)


def crowd_network_of_scope(scope: Mapping[str, Any]) -> str | None:
    """See `crowd_network_of`; of an ASGI connection's scope."""
    client = scope.get("client")
    peer = client[0] if client else ""
    if not settings.TRUSTED_PROXIES:
        return _crowd_network_of_peer(peer)
    forwarded = b",".join([value for name, value in scope["headers"] if name == b"x-forwarded-for"])
    return crowd_network_of(believed_address(peer, forwarded.decode("latin-1")))


@lru_cache(maxsize=ADDRESSES_KEPT)
def _crowd_network_of_peer(peer: str) -> str | None:
    return crowd_network_of(_valid(peer))


@lru_cache(maxsize=ADDRESSES_KEPT)
def _valid(text: str) -> str | None:
    try:
        parsed = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.IPv6Address(int(parsed)))  # without a zone
    return str(parsed)
