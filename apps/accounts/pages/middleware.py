"""A browser whose log-in has ended is told so at its next page, and is a stranger from there on."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse

from apps.accounts.pages.logins import login_session_of
from apps.accounts.services.browser_tokens import check_browser_session
from apps.common.errors import LoginEnded
from apps.common.pages.unavailable import unless_away

WITHOUT_LOGIN = ("/api/", "/static/", "/jsi18n/", "/healthz", "/readyz", "/metrics", "/session/")


@unless_away
def leave_ended_logins(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Flush the session of an ended log-in; templates get the reason as `login_ended`."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(WITHOUT_LOGIN):
            session_id = login_session_of(request)
            if session_id is not None:
                try:
                    check_browser_session(session_id)
                except LoginEnded as ended:
                    request.session.flush()
                    request.user = AnonymousUser()
                    request.login_ended = ended.reason  # type: ignore[attr-defined]
        return get_response(request)

    return middleware
