"""The tie between a browser's Django session and the account's log-in session."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import auth
from django.http import HttpRequest

from apps.accounts.client_address import client_address
from apps.accounts.models import SessionEnd, User
from apps.accounts.services.end_sessions import end_session
from apps.accounts.services.log_in import begin_browser_session, log_in_browser

SESSION_KEY = "login_session"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def log_in_here(
    request: HttpRequest, *, email: str, password: str, admits: Callable[[User], bool] | None = None
) -> User:
    """Check the password and log this browser in; an earlier browser of the account is logged out.

    Raises WrongCredentials, TooManyRequests, ServiceUnavailable, and PermissionRefused for whom `admits` does not
    let in.
    """
    begun = log_in_browser(
        email=email,
        password=password,
        address=client_address(request),
        user_agent=request.headers.get("User-Agent", ""),
        admits=admits,
    )
    previous = login_session_of(request)
    auth.login(request, begun.user, backend=BACKEND)
    request.session[SESSION_KEY] = begun.session_id.hex
    if previous is not None and previous != begun.session_id:
        end_session(previous, reason=SessionEnd.LOGGED_OUT)
    return begun.user


def log_out_here(request: HttpRequest) -> None:
    """Log this browser out and end its log-in session."""
    session_id = login_session_of(request)
    auth.logout(request)
    if session_id is not None:
        end_session(session_id, reason=SessionEnd.LOGGED_OUT)


def login_session_of(request: HttpRequest) -> uuid.UUID | None:
    """The browser's log-in session; none for strangers, and for staff who came in by the admin's own form."""
    encoded = request.session.get(SESSION_KEY)
    return uuid.UUID(encoded) if encoded else None


def ensure_login_session(request: HttpRequest, user: User) -> uuid.UUID:
    """The browser's log-in session, begun now for somebody who came in by the admin's own form."""
    session_id = login_session_of(request)
    if session_id is None:
        session_id = begin_browser_session(
            user, address=client_address(request), user_agent=request.headers.get("User-Agent", "")
        )
        request.session[SESSION_KEY] = session_id.hex
    return session_id
