"""Who may open a page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from apps.accounts.models import User

View = Callable[..., HttpResponseBase]


def login_required_page(view: View) -> View:
    """Send strangers to the log-in, which sends them back; one whose log-in has just ended is told why."""
    return role_required()(view)


def role_required(*roles: str, log_in: str = "log-in") -> Callable[[View], View]:
    """As `login_required_page`, for accounts of some roles; others are refused. No role: all accounts."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return HttpResponseRedirect(log_in_address(request, log_in=log_in))
            if roles and request.user.role not in roles:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def current_user(request: HttpRequest) -> User:
    """The account behind a page that one of these guards protects."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    return user


def log_in_address(request: HttpRequest, *, log_in: str = "log-in") -> str:
    """The log-in page that leads back to where the request wanted to go."""
    query = {"next": request.get_full_path() if request.method in {"GET", "HEAD"} else request.path}
    if ended := getattr(request, "login_ended", ""):
        query["ended"] = ended
    return f"{reverse(log_in)}?{urlencode(query)}"
