"""The people that an account books for."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.errors import BookerLimitReached
from apps.accounts.models import Booker
from apps.accounts.pages.guards import current_user, login_required_page
from apps.accounts.pages.log_in import next_address
from apps.accounts.pages.my_forms import BookerForm
from apps.accounts.selectors import get_booker, list_bookers
from apps.accounts.services.bookers import BOOKERS_PER_ACCOUNT, add_booker, change_booker, remove_booker
from apps.common.errors import NotFound


@never_cache
@login_required_page
@require_safe
def bookers(request: HttpRequest) -> HttpResponse:
    """List them, the default first."""
    found = list(list_bookers(current_user(request).pk))
    context = {"bookers": found, "may_add": len(found) < BOOKERS_PER_ACCOUNT, "most": BOOKERS_PER_ACCOUNT}
    return render(request, "accounts/my_bookers.html", context)


@never_cache
@login_required_page
@require_http_methods(["GET", "HEAD", "POST"])
def new_booker(request: HttpRequest) -> HttpResponse:
    """Add one, and go on to `next`."""
    user = current_user(request)
    form = BookerForm(request.POST or None, initial={"email": user.email})
    if form.is_valid():
        try:
            booker = add_booker(user.pk, is_default=form.cleaned_data.get("default", False), **form.details)
        except BookerLimitReached:
            form.add_error(None, _("An account has %(most)d bookers at most.") % {"most": BOOKERS_PER_ACCOUNT})
        else:
            messages.success(request, _("%(name)s was added.") % {"name": booker.name})
            return HttpResponseRedirect(next_address(request, default="my-bookers"))
    return _form_page(request, form, booker=None)


@never_cache
@login_required_page
@require_http_methods(["GET", "HEAD", "POST"])
def booker(request: HttpRequest, booker_id: int) -> HttpResponse:
    """Change one, and go on to `next`."""
    found = _own_booker(request, booker_id)
    form = BookerForm(request.POST or None, instance=found)
    if form.is_valid():
        make_default = form.cleaned_data.get("default") or None
        changed = change_booker(found.user_id, booker_id, is_default=make_default, **form.details)
        messages.success(request, _("%(name)s was changed.") % {"name": changed.name})
        return HttpResponseRedirect(next_address(request, default="my-bookers"))
    return _form_page(request, form, booker=found)


@never_cache
@login_required_page
@require_http_methods(["POST"])
def default_booker(request: HttpRequest, booker_id: int) -> HttpResponse:
    """Make one the default."""
    found = _own_booker(request, booker_id)
    change_booker(found.user_id, booker_id, is_default=True)
    messages.success(request, _("%(name)s is the default booker now.") % {"name": found.name})
    return HttpResponseRedirect(next_address(request, default="my-bookers"))


@never_cache
@login_required_page
@require_http_methods(["GET", "HEAD", "POST"])
def remove_booker_page(request: HttpRequest, booker_id: int) -> HttpResponse:
    """Ask, then remove one; what was booked for them stays booked."""
    found = _own_booker(request, booker_id)
    if request.method != "POST":
        return render(request, "accounts/my_booker_remove.html", {"booker": found})
    remove_booker(found.user_id, booker_id)
    messages.success(request, _("%(name)s was removed.") % {"name": found.name})
    return HttpResponseRedirect(next_address(request, default="my-bookers"))


def _form_page(request: HttpRequest, form: BookerForm, *, booker: Booker | None) -> HttpResponse:
    context = {"form": form, "booker": booker, "next": next_address(request, default="my-bookers")}
    return render(request, "accounts/my_booker.html", context, status=422 if form.is_bound else 200)


def _own_booker(request: HttpRequest, booker_id: int) -> Booker:
    try:
        return get_booker(current_user(request).pk, booker_id)
    except NotFound as error:
        raise Http404 from error
