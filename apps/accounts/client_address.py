"""Where a request comes from, as far as it can be believed."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

IPV6_PREFIX = 64  # bits; a household or a host gets a whole /64 and may change within it at will


def client_address(request: HttpRequest) -> str | None:
    """Return the client's IP address; None where there is none, as on a socket.

    Each trusted proxy appends the address it was called from to `X-Forwarded-For`, so of
    `TRUSTED_PROXIES` proxies the first wrote the entry that is as far from the right.
    What stands left of it came from the client and counts for nothing.
    """
    peer = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(forwarded) >= settings.TRUSTED_PROXIES:
            return _valid(forwarded[-settings.TRUSTED_PROXIES]) or _valid(peer)
    return _valid(peer)


def network_of(address: str | None) -> str:
    """Return what counts as one client: an IPv4 address, an IPv6 /64, or all that have none."""
    if address is None:
        return "unknown"
    parsed = ipaddress.ip_address(address)
    if parsed.version == 4:  # noqa: PLR2004
        return address
    return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False))


def _valid(text: str) -> str | None:
    try:
        parsed = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.IPv6Address(int(parsed)))  # without a zone
    return str(parsed)
