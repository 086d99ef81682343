"""The counselor's desk: one workspace, whose parts have addresses of their own, and its log-in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.errors import WrongCredentials
from apps.accounts.models import User
from apps.accounts.pages.ended import ended_notice
from apps.accounts.pages.forms import LogInForm
from apps.accounts.pages.guards import log_in_address
from apps.accounts.pages.log_in import log_in_refusal, next_address, with_headers
from apps.accounts.pages.logins import log_in_here, log_out_here
from apps.common.errors import PermissionRefused, ServiceUnavailable, TooManyRequests
from apps.counseling.access import ACT_ON_ORDERS, SUPERVISE, has_desk
from apps.counseling.errors import CounselorStateConflict, NotACounselor
from apps.counseling.kpis.folds import SERVICE_LEVEL, SERVICE_LEVEL_TARGET
from apps.counseling.models import CounselorProfile, WrapUpCode
from apps.counseling.selectors import list_categories
from apps.counseling.services.counselor_states import change_counselor_state
from apps.counseling.states import CounselorState
from apps.payments.causes import Chooser, offered_to

View = Callable[..., HttpResponse]
LOG_IN = "desk-log-in"
PARTS = {
    "": "desk",
    "wallboard": "desk-wallboard",
    "history": "desk-history",
    "day": "desk-day",
    "replies": "desk-replies",
}
"""The parts of the workspace, by the last piece of their address, and the names of their addresses."""


def address(part: str) -> str:
    """Return the address of a part, as the URL configuration writes one."""
    return f"desk/{part}/" if part else "desk/"


def desk_required(view: View) -> View:
    """Let through who has a desk, as the view's second argument; others go to its log-in, which leads back."""

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if isinstance(request.user, User) and has_desk(request.user):
            return view(request, request.user, **kwargs)
        return HttpResponseRedirect(log_in_address(request, log_in=LOG_IN))

    return guarded


@require_safe
@never_cache
@desk_required
def desk_page(request: HttpRequest, user: User, *, part: str) -> HttpResponse:
    """The workspace; its scripts read the rest from the API. The wallboard's address is for supervisors."""
    if part == "wallboard" and not user.has_perm(SUPERVISE):
        return HttpResponseRedirect(reverse("desk"))
    return render(request, "counseling/desk/desk.html", {"desk": desk_settings(user, part=part), "part": part})


def desk_settings(user: User, *, part: str) -> dict[str, Any]:
    """What the scripts of the desk go by: who it is, what they may, the centre's limits and lists. Seconds."""
    return {
        "user": {"id": user.pk, "name": user.nickname},
        "part": part,
        "parts": {name: reverse(address) for name, address in PARTS.items()},
        "is_counselor": CounselorProfile.objects.filter(pk=user.pk, is_active=True).exists(),
        "supervises": user.has_perm(SUPERVISE),
        "acts_on_orders": user.has_perm(ACT_ON_ORDERS),
        "cancel_causes": [
            {"code": cause.code, "label": capfirst(str(cause.label))}
            for cause in offered_to(Chooser.COUNSELOR, may=user.has_perm)
        ],
        "grace_seconds": settings.COUNSEL_GRACE_SECONDS,
        "after_call_seconds": settings.COUNSEL_AFTER_CALL_SECONDS,
        "hold_seconds": settings.HOLD_SECONDS,
        "service_level_seconds": int(SERVICE_LEVEL.total_seconds()),
        "service_level_target": SERVICE_LEVEL_TARGET,
        "categories": [
            {"id": category.pk, "name": category.name, "domain": category.domain.name} for category in list_categories()
        ],
        "wrap_up_codes": list(
            WrapUpCode.objects.filter(is_active=True).exclude(code=WrapUpCode.NONE_GIVEN).values("code", "name")
        ),
    }


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def desk_log_in_page(request: HttpRequest) -> HttpResponse:
    """Log in to the desk; an account that has none is told so and stays as it was."""
    onward = next_address(request, default="desk")
    user = request.user if isinstance(request.user, User) else None
    if request.method != "POST" and user is not None and has_desk(user):
        return HttpResponseRedirect(onward)
    form = LogInForm(request.POST or None)
    status, headers = 200, {}
    if form.is_valid():
        try:
            log_in_here(request, **form.cleaned_data, admits=has_desk)
            return HttpResponseRedirect(onward)
        except PermissionRefused as refusal:
            form.add_error(None, _no_desk_notice())
            status = refusal.status
        except (WrongCredentials, TooManyRequests, ServiceUnavailable) as refusal:
            form.add_error(None, log_in_refusal(refusal))
            status, headers = refusal.status, refusal.headers()
    elif form.is_bound:
        status = 422
    ended = ended_notice(request.GET.get("ended", "") or getattr(request, "login_ended", ""))
    context = {"form": form, "next": onward, "ended": ended, "stranger": user}
    return with_headers(render(request, "counseling/desk/log_in.html", context, status=status), headers)


def _no_desk_notice() -> str:
    return _(
        "The password is right, but this account has no desk: it is neither a counselor's nor a supervisor's."
        " If you work here, ask the support lead to set up your profile."
    )


@require_POST
def desk_log_out_page(request: HttpRequest) -> HttpResponse:
    """Log out, and go OFFLINE where no conversation stands in the way; those that do have the time of grace."""
    if isinstance(request.user, User):
        # Refused to a supervisor, and where conversations go on: their customers are not dropped by a log-out.
        with suppress(NotACounselor, CounselorStateConflict, ServiceUnavailable):
            change_counselor_state(request.user.pk, CounselorState.OFFLINE)
    log_out_here(request)
    messages.success(request, _("You are logged out."))
    return HttpResponseRedirect(reverse(LOG_IN))
