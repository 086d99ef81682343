"""What was talked about: conversations with what was said, their log and ratings, acts, and questions in writing."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from apps.common.admin.base import ModelAdmin, ReadOnly, RefusalsAsMessages, ShownWhole
from apps.common.templatetags.ticketlive_staff import duration
from apps.counseling.admin.conversation_pages import conversation_context
from apps.counseling.models import CounselLog, CounselorAct, CounselRating, CounselSession, Inquiry
from apps.counseling.services.inquiries import answer_inquiry
from apps.counseling.states import SessionStatus

STATUS_COLOURS = {
    SessionStatus.WAITING: "warning",
    SessionStatus.OFFERED: "info",
    SessionStatus.IN_PROGRESS: "success",
    SessionStatus.ENDED: "default",
    SessionStatus.ABANDONED: "danger",
}
INQUIRY_COLOURS = {
    Inquiry.Status.OPEN: "warning",
    Inquiry.Status.ANSWERED: "success",
    Inquiry.Status.CLOSED: "default",
}


@admin.register(CounselSession)
class CounselSessionAdmin(ShownWhole):
    """Conversations, to read; they are changed by those who are in them."""

    whole_template = "admin/counseling/counselsession/change_form.html"
    whole_context = staticmethod(conversation_context)
    list_display = (
        "number", "shown_status", "category", "customer", "counselor", "subject", "requested_at", "ended_at",
        "end_reason",
    )  # fmt: skip
    list_filter = ("status", "category", "end_reason", "requested_at")
    list_select_related = ("category", "customer", "counselor")
    search_fields = ("=id", "customer__email", "counselor__email", "subject")
    search_help_text = gettext_lazy("Number, e-mail address of the customer or the counselor, subject")
    show_full_result_count = False

    @admin.display(description=gettext_lazy("number"), ordering="pk")
    def number(self, session: CounselSession) -> str:
        return f"#{session.pk}"

    @display(description=gettext_lazy("status"), ordering="status", label=STATUS_COLOURS)
    def shown_status(self, session: CounselSession) -> tuple[str, str]:
        return session.status, session.get_status_display()

    def get_queryset(self, request: HttpRequest) -> QuerySet[CounselSession]:
        return super().get_queryset(request).select_related("wanted_counselor", "log__wrap_up", "rating")


@admin.register(CounselLog)
class CounselLogAdmin(ReadOnly, ModelAdmin):
    list_display = ("session", "counselor", "category", "reason", "waited", "lasted", "messages", "wrap_up", "ended_at")
    list_filter = ("reason", "category", "wrap_up", "ended_at")
    list_select_related = ("session", "counselor", "category", "wrap_up")
    search_fields = ("=session__id", "counselor__email", "wrap_up_note")
    show_full_result_count = False

    @admin.display(description=gettext_lazy("waited"), ordering="waited_seconds")
    def waited(self, log: CounselLog) -> str:
        return duration(float(log.waited_seconds))

    @admin.display(description=gettext_lazy("lasted"), ordering="duration_seconds")
    def lasted(self, log: CounselLog) -> str:
        return duration(float(log.duration_seconds))


@admin.register(CounselRating)
class CounselRatingAdmin(ReadOnly, ModelAdmin):
    list_display = ("session", "score", "feedback", "rated_at")
    list_filter = ("score", "rated_at")
    list_select_related = ("session",)
    search_fields = ("=session__id", "feedback")
    show_full_result_count = False


@admin.register(CounselorAct)
class CounselorActAdmin(ReadOnly, ModelAdmin):
    list_display = ("happened_at", "actor", "kind", "order", "session")
    list_filter = ("kind", "happened_at")
    list_select_related = ("session", "actor", "order")
    search_fields = ("order__id", "actor__email")
    show_full_result_count = False


@admin.register(Inquiry)
class InquiryAdmin(RefusalsAsMessages):
    """Writing an answer into an open inquiry sends it to the customer."""

    list_display = ("subject", "shown_status", "category", "email", "created_at", "answered_by")
    list_filter = ("status", "category", "created_at")
    list_select_related = ("category", "answered_by")
    search_fields = ("subject", "content", "email")
    fields = ("subject", "category", "email", "content", "status", "answer", "answered_by", "created_at", "answered_at")

    @display(description=gettext_lazy("status"), ordering="status", label=INQUIRY_COLOURS)
    def shown_status(self, inquiry: Inquiry) -> tuple[str, str]:
        return inquiry.status, inquiry.get_status_display()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        is_open = obj is not None and obj.status == Inquiry.Status.OPEN
        return [name for name in self.fields if name != "answer" or not is_open]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if obj.answer.strip():
            answer_inquiry(obj.pk, answer=obj.answer.strip(), staff_id=int(request.user.pk or 0))
