"""What Django does around every request, beyond its own middleware."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation


def utc_and_english_in_the_api(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Let the API say its times in UTC and its messages in English, as the fast lane does.

    Pages and admin keep the operator's time zone and the reader's language.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/api/"):
            return get_response(request)
        with timezone.override(UTC), translation.override("en"):
            response = get_response(request)
        response.headers["Content-Language"] = "en"
        return response

    return middleware
