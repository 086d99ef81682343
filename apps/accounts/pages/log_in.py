"""Logging in and out, and signing up."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.client_address import client_address
from apps.accounts.errors import WrongCredentials
from apps.accounts.pages.ended import ended_notice
from apps.accounts.pages.forms import LogInForm, SignUpForm
from apps.accounts.pages.logins import log_in_here, log_out_here
from apps.accounts.services.sign_up import sign_up
from apps.common.errors import DomainError, ServiceUnavailable, TooManyRequests, ValidationFailed


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def log_in_page(request: HttpRequest) -> HttpResponse:
    """Log in and go on to `next`, an address of this site."""
    onward = next_address(request)
    if request.method != "POST" and request.user.is_authenticated:
        return HttpResponseRedirect(onward)
    form = LogInForm(request.POST or None)
    status, headers = 200, {}
    if form.is_valid():
        try:
            log_in_here(request, **form.cleaned_data)
            return HttpResponseRedirect(onward)
        except (WrongCredentials, TooManyRequests, ServiceUnavailable) as refusal:
            form.add_error(None, log_in_refusal(refusal))
            status, headers = refusal.status, refusal.headers()
    elif form.is_bound:
        status = 422
    ended = ended_notice(request.GET.get("ended", "") or getattr(request, "login_ended", ""))
    context = {"form": form, "next": onward, "ended": ended}
    return with_headers(render(request, "accounts/log_in.html", context, status=status), headers)


@require_POST
def log_out_page(request: HttpRequest) -> HttpResponse:
    """Log out and go home."""
    log_out_here(request)
    messages.success(request, _("You are logged out."))
    return HttpResponseRedirect(reverse("home"))


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up_page(request: HttpRequest) -> HttpResponse:
    """Open an account, log in with it, and go on to `next`."""
    onward = next_address(request)
    if request.method != "POST" and request.user.is_authenticated:
        return HttpResponseRedirect(onward)
    form = SignUpForm(request.POST or None)
    status, headers = 200, {}
    if form.is_valid():
        data = form.cleaned_data
        try:
            sign_up(**data, address=client_address(request))
            log_in_here(request, email=data["email"], password=data["password"])
            messages.success(request, _("Welcome, %(nickname)s!") % {"nickname": data["nickname"]})
            return HttpResponseRedirect(onward)
        except ValidationFailed as refusal:
            for field, texts in refusal.extras["errors"].items():
                form.add_error(field if field in form.fields else None, texts)
            status = refusal.status
        except (TooManyRequests, ServiceUnavailable, WrongCredentials) as refusal:
            form.add_error(None, log_in_refusal(refusal))
            status, headers = refusal.status, refusal.headers()
    elif form.is_bound:
        status = 422
    return with_headers(
        render(request, "accounts/sign_up.html", {"form": form, "next": onward}, status=status), headers
    )


def with_headers(page: HttpResponse, headers: Mapping[str, str]) -> HttpResponse:
    """Give a page the headers of the refusal that it tells, such as `Retry-After`."""
    for name, value in headers.items():
        page[name] = value
    return page


def next_address(request: HttpRequest, *, default: str = "my-page") -> str:
    """Where to go on: `next` of the form or the query if it is an address of this site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return wanted
    return reverse(default)


def log_in_refusal(refusal: DomainError) -> str:
    """What the page says of a refused attempt."""
    if isinstance(refusal, TooManyRequests):
        seconds = max(1, round(refusal.retry_after or 1))
        return ngettext(
            "Too many attempts. Try again in %(seconds)d second.",
            "Too many attempts. Try again in %(seconds)d seconds.",
            seconds,
        ) % {"seconds": seconds}
    if isinstance(refusal, ServiceUnavailable):
        return _("Many people log in at this moment. Wait a few seconds and try again.")
    return _("The e-mail address or the password is wrong. Look for capital letters and try again.")
