"""Where a request comes from, as far as it can be believed (apps/common/http/addresses.py)."""

from __future__ import annotations

from django.http import HttpRequest

from apps.common.fastlane import Request
from apps.common.http.addresses import believed_address, crowd_network_of, crowd_network_of_scope, network_of

__all__ = ["client_address", "crowd_network", "crowd_network_of", "network_of"]


def client_address(request: HttpRequest) -> str | None:
    """Return the client's IP address; None where there is none, as on a socket (`believed_address`)."""
    return believed_address(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))


def crowd_network(request: Request) -> str | None:
    """As `crowd_network_of`, of a request of the fast lane."""
    return crowd_network_of_scope(request.scope)
