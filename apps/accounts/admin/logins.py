from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.models import LoginSession, SessionEnd
from apps.accounts.services.end_sessions import end_session
from apps.common.admin.base import ModelAdmin, ReadOnly, log_act

LIVE = "live"


@admin.register(LoginSession)
class LoginSessionAdmin(ReadOnly, ModelAdmin):
    """Log-ins, to look at and to end. Ending one is kept in the admin's log."""

    list_display = ("user", "state", "via", "created_at", "last_used_at", "expires_at", "ip", "ended_at")
    list_filter = (("ended_at", admin.EmptyFieldListFilter), "end_reason", "via", "created_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "ip")
    ordering = ("-created_at",)
    actions = ("end_selected",)
    show_full_result_count = False

    @display(description=_("state"), label={LIVE: "success"})
    def state(self, session: LoginSession) -> tuple[str, str]:
        return (session.end_reason, session.get_end_reason_display()) if session.ended_at else (LIVE, str(_("live")))

    @admin.action(description=_("End the selected sessions"), permissions=["end"])
    def end_selected(self, request: HttpRequest, queryset: QuerySet[LoginSession]) -> None:
        ended = 0
        for session in queryset.filter(ended_at=None):
            if end_session(session.pk, reason=SessionEnd.ENDED_BY_STAFF):
                log_act(request, session, str(_("log-in session ended")))
                ended += 1
        self.message_user(request, _("%(count)d sessions ended.") % {"count": ended})

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_loginsession")
