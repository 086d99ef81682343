"""The admin site, with the log-in and password forms that keep the rules of the API's."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from apps.accounts.admin_forms import AdminLogInForm, OwnPasswordForm


class TicketLiveAdminSite(AdminSite):
    site_header = site_title = "Ticket-Live"
    login_form = AdminLogInForm

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
        return view(request)
