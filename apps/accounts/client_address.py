"""Where a request comes from, as far as it can be believed."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from django.http import HttpRequest

from apps.common.addresses import believed_address, network_of
from apps.common.fastlane import Request

__all__ = ["client_address", "crowd_network", "crowd_network_of", "fast_address", "network_of"]

ADDRESSES_KEPT = 4096  # texts read lately


def client_address(request: HttpRequest) -> str | None:
    """Return the client's IP address; None where there is none, as on a socket (`believed_address`)."""
    return believed_address(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))


def fast_address(request: Request) -> str | None:
    """As `client_address`, of a request of the fast lane."""
    peer = request.scope.get("client")
    return believed_address(peer[0] if peer else "", request.header("x-forwarded-for") or "")


def crowd_network(request: Request) -> str | None:
    """Return what counts as one client in a crowd; None for the machine itself and for who has no address.

    A rehearsal plays everybody from the machine itself, and behind a proxy that TRUSTED_PROXIES does not count all
    would be one client.
    """
    return crowd_network_of(fast_address(request))


@lru_cache(maxsize=ADDRESSES_KEPT)
def crowd_network_of(address: str | None) -> str | None:
    """See `crowd_network`."""
    if address is None or ipaddress.ip_address(address).is_loopback:
        return None
    return network_of(address)
