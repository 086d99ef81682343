"""A page that was asked for too often says so, and when to try again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.accounts.models import User
from apps.accounts.request_budgets import spend_for
from apps.common.errors import ServiceUnavailable, TooManyRequests
from apps.common.pages.problems import problem_json
from apps.common.pages.unavailable import answer_if_away

OF_THE_API = "/api/"  # Django REST framework asks for those: only it knows the bearer of a token


class PageBudgets:
    """Takes what a page's request costs from its account's and its address's budget, once its CSRF token is checked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any) -> HttpResponse | None:
        """Answer 429 instead of the view where a budget is used up; nothing has changed then."""
        if request.path.startswith(OF_THE_API):
            return None
        try:
            spend_for(request, account=account_of(request))
        except TooManyRequests as refusal:
            return refused(request, refusal)
        except Exception as error:  # also of the account, which is read here first
            answer = answer_if_away(request, error)
            if answer is None:
                raise
            return answer
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Say what a page's own service has refused, where the page does not."""
        if request.path.startswith(OF_THE_API) or not isinstance(error, TooManyRequests | ServiceUnavailable):
            return None
        return refused(request, error)


def account_of(request: HttpRequest) -> int | None:
    """Return the account that is logged in."""
    return request.user.pk if isinstance(request.user, User) else None


def refused(request: HttpRequest, refusal: TooManyRequests | ServiceUnavailable) -> HttpResponse:
    """Say it in words to a reader, and as a problem document to a script."""
    if not request.accepts("text/html") or request.path.startswith("/session/"):
        return problem_json(refusal)
    seconds = refusal.headers()["Retry-After"]
    context = {"seconds": int(seconds), "is_busy": isinstance(refusal, ServiceUnavailable)}
    page = render(request, "refused.html", context, status=refusal.status)
    page["Retry-After"] = seconds
    page["Cache-Control"] = "no-store"
    return page
