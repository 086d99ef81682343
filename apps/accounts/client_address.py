"""Where one of Django's requests comes from, as far as it can be believed."""

from __future__ import annotations

from django.http import HttpRequest

from apps.common.addresses import believed_address, network_of

__all__ = ["client_address", "network_of"]


def client_address(request: HttpRequest) -> str | None:
    """Return the client's IP address; None where there is none, as on a socket (`believed_address`)."""
    return believed_address(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))
