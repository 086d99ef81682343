"""Access tokens for the scripts of a logged-in browser."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from apps.accounts.models import User
from apps.accounts.pages.logins import ensure_login_session
from apps.accounts.services.browser_tokens import issue_browser_token
from apps.common.errors import LoginEnded, NotAuthenticated
from apps.common.pages.problems import problem_json


@never_cache
@require_POST
def session_token(request: HttpRequest) -> HttpResponse:
    """{access, expires_in}; 401 `login_ended` with its `reason`, `not_authenticated` for a stranger."""
    user = request.user
    if not isinstance(user, User):
        return problem_json(NotAuthenticated())
    try:
        token = issue_browser_token(user, session_id=ensure_login_session(request, user))
    except LoginEnded as ended:
        request.session.flush()
        return problem_json(ended)
    return JsonResponse({"access": str(token), "expires_in": int(token.lifetime.total_seconds())})
