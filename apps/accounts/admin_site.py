"""The admin site, with the log-in and password forms that keep the rules of the API's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from csp.constants import UNSAFE_EVAL
from csp.decorators import csp_update
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, reverse
from django.utils.http import urlencode

from apps.accounts.admin_forms import AdminLogInForm, OwnPasswordForm
from apps.accounts.models import SessionEnd
from apps.accounts.pages.logins import login_session_of
from apps.accounts.services.end_sessions import end_session
from apps.common.admin.pages import staff_page_urls

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite as UnfoldAdminSite
else:
    from unfold.sites import UnfoldAdminSite

# Alpine, which unfold's menus and dialogs are written in, makes functions of its attributes (docs/pages.md).
admin_policy = csp_update({"script-src": [UNSAFE_EVAL]})


class TicketLiveAdminSite(UnfoldAdminSite):
    login_form = AdminLogInForm

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """As Django's, under the admin's content security policy."""
        return admin_policy(super().admin_view(view, cacheable))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """As Django's. Unfold's form does not say where to go on, so that the address has to."""
        if request.method == "GET" and REDIRECT_FIELD_NAME not in request.GET:
            return HttpResponseRedirect(f"{request.path}?{urlencode({REDIRECT_FIELD_NAME: reverse('admin:index')})}")
        return _with_refusal(admin_policy(super().login)(request, extra_context))  # type: ignore[call-arg]

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """As Django's; the log-in session that pages of the site have begun ends as well."""
        session_id = login_session_of(request)
        response = super().logout(request, extra_context)
        if session_id is not None and not request.user.is_authenticated:
            end_session(session_id, reason=SessionEnd.LOGGED_OUT)
        return response

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """As unfold's, without the colours that it would write into a style element: theme.css has them."""
        return {**super().each_context(request), "colors": None}

    def extra_urls(self) -> list[URLPattern]:
        """The pages that are not a model's; unfold asks for them."""
        return staff_page_urls(self, self.admin_view)

    def password_change(  # type: ignore[override]  # a redirect after success, as Django's own
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """As Django's, whose form cannot be replaced, but with one that ends the account's sessions."""
        request.current_app = self.name
        view = PasswordChangeView.as_view(
            form_class=OwnPasswordForm,
            template_name=self.password_change_template or "registration/password_change_form.html",
            success_url=reverse("admin:password_change_done", current_app=self.name),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return _with_refusal(view(request))


def _with_refusal(response: Any) -> Any:
    """Give the page of a form that was refused the refusal's status and headers."""
    form = (getattr(response, "context_data", None) or {}).get("form")
    refusal = getattr(form, "refusal", None)
    if refusal is not None:
        response.status_code = refusal.status
        for name, value in refusal.headers().items():
            response[name] = value
    return response
