"""What every template can count on."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """The server's clock for countdowns, the site's zone, and why a log-in has ended just now."""
    return {
        "server_time_ms": round(time.time() * 1000),
        "site_time_zone": settings.TIME_ZONE,
        "login_ended": getattr(request, "login_ended", ""),
        "debug": settings.DEBUG,
    }
