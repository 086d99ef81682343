"""An account's own particulars: what it is called, its password, and where else it is logged in."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.client_address import client_address
from apps.accounts.pages.devices import device_of
from apps.accounts.pages.guards import current_user, login_required_page
from apps.accounts.pages.log_in import log_in_refusal, with_headers
from apps.accounts.pages.logins import ensure_login_session, login_session_of
from apps.accounts.pages.my_forms import NicknameForm, PasswordForm, add_refusal
from apps.accounts.selectors import get_account, list_live_logins
from apps.accounts.services.change_nickname import change_nickname
from apps.accounts.services.change_password import change_password
from apps.accounts.services.end_sessions import end_own_session, end_sessions_elsewhere
from apps.common.errors import NotFound, ServiceUnavailable, TooManyRequests, ValidationFailed


@never_cache
@login_required_page
@require_safe
def profile(request: HttpRequest) -> HttpResponse:
    """Show all of it."""
    return _page(request)


@never_cache
@login_required_page
@require_http_methods(["GET", "HEAD", "POST"])
def nickname(request: HttpRequest) -> HttpResponse:
    """Change what the account is called."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("my-profile"))
    form = NicknameForm(request.POST)
    if not form.is_valid():
        return _page(request, nickname_form=form, status=422)
    change_nickname(current_user(request).pk, nickname=form.cleaned_data["nickname"])
    messages.success(request, _("Your nickname was changed."))
    return HttpResponseRedirect(reverse("my-profile"))


@never_cache
@sensitive_post_parameters("current_password", "new_password")
@login_required_page
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change the password; this browser stays logged in, the others do not."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("my-profile"))
    user = current_user(request)
    form = PasswordForm(request.POST)
    if not form.is_valid():
        return _page(request, password_form=form, status=422)
    try:
        change_password(
            user.pk,
            **form.cleaned_data,
            keep_session=ensure_login_session(request, user),
            address=client_address(request),
        )
    except ValidationFailed as refusal:
        add_refusal(form, refusal)
        return _page(request, password_form=form, status=refusal.status)
    except (TooManyRequests, ServiceUnavailable) as refusal:
        form.add_error(None, log_in_refusal(refusal))
        return with_headers(_page(request, password_form=form, status=refusal.status), refusal.headers())
    update_session_auth_hash(request, get_account(user.pk))
    messages.success(request, _("Your password was changed. Every other log-in of your account has ended."))
    return HttpResponseRedirect(reverse("my-profile"))


@never_cache
@login_required_page
@require_POST
def end_login(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """End a log-in elsewhere; this browser's own ends by logging out."""
    if session_id == login_session_of(request):
        raise Http404
    try:
        end_own_session(current_user(request).pk, session_id)
    except NotFound as error:
        raise Http404 from error
    messages.success(request, _("That log-in was ended."))
    return HttpResponseRedirect(reverse("my-profile"))


@never_cache
@login_required_page
@require_POST
def end_other_logins(request: HttpRequest) -> HttpResponse:
    """End all log-ins but this browser's."""
    user = current_user(request)
    end_sessions_elsewhere(user.pk, keep=ensure_login_session(request, user))
    messages.success(request, _("Your account is logged in in this browser only."))
    return HttpResponseRedirect(reverse("my-profile"))


def _page(
    request: HttpRequest,
    *,
    nickname_form: NicknameForm | None = None,
    password_form: PasswordForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = current_user(request)
    here = login_session_of(request)
    logins = [
        {"login": login, "device": device_of(login.user_agent), "is_here": login.pk == here}
        for login in list_live_logins(user.pk, now=timezone.now())
    ]
    context = {
        "nickname_form": nickname_form or NicknameForm(initial={"nickname": user.nickname}),
        "password_form": password_form or PasswordForm(),
        "logins": logins,
        "others": sum(not login["is_here"] for login in logins),
    }
    return render(request, "accounts/my_profile.html", context, status=status)
