"""Which pages may open a connection: a browser always says where its page is from (RFC 6454)."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host


def is_allowed_origin(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Tell whether a handshake's headers are those of one of our own pages, or of no page at all.

    Our own are those of the ALLOWED_HOSTS and the CSRF_TRUSTED_ORIGINS, as for Django's forms.
    """
    origin = next((value for name, value in headers if name == b"origin"), None)
    if origin is None:
        return True
    text = origin.decode("latin-1")
    if text in settings.CSRF_TRUSTED_ORIGINS:
        return True
    try:
        parts = urlsplit(text)
    except ValueError:  # such as half an IPv6 address
        return False
    return parts.scheme in {"http", "https"} and validate_host(parts.hostname or "", settings.ALLOWED_HOSTS)
