"""The centre in the admin: what can be asked, who answers, and what was talked about."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest

from apps.common.admin_base import ReadOnly, RefusalsAsMessages
from apps.counseling.models import (
    CannedReply,
    Category,
    CounselLog,
    CounselMessage,
    CounselorAct,
    CounselorProfile,
    CounselorStateEvent,
    CounselRating,
    CounselSession,
    CounselSessionEvent,
    Domain,
    Inquiry,
    InternalNote,
    OpeningHours,
    WrapUpCode,
)
from apps.counseling.services.counselor_states import change_profile
from apps.counseling.services.inquiries import answer_inquiry


class OpeningHoursInline(admin.TabularInline):
    model = OpeningHours
    extra = 0


@admin.register(Domain)
class DomainAdmin(admin.ModelAdmin):
    list_display = ("name", "position")


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ("name", "domain", "position", "is_active")
    list_filter = ("domain", "is_active")
    list_select_related = ("domain",)
    inlines = (OpeningHoursInline,)


@admin.register(OpeningHours)
class OpeningHoursAdmin(admin.ModelAdmin):
    list_display = ("category", "weekday", "opens_at", "closes_at")
    list_filter = ("category",)
    list_select_related = ("category",)


@admin.register(WrapUpCode)
class WrapUpCodeAdmin(admin.ModelAdmin):
    list_display = ("code", "name", "is_active")


@admin.register(CannedReply)
class CannedReplyAdmin(admin.ModelAdmin):
    list_display = ("shortcut", "title", "category", "owner")
    list_select_related = ("category", "owner")
    search_fields = ("shortcut", "title", "content")
    autocomplete_fields = ("owner",)


@admin.register(CounselorProfile)
class CounselorProfileAdmin(RefusalsAsMessages):
    """A changed capacity or skill is in force at once."""

    list_display = ("user", "capacity", "is_active")
    list_filter = ("is_active", "skills")
    list_select_related = ("user",)
    autocomplete_fields = ("user",)
    filter_horizontal = ("skills",)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Tell routing once the skills are there and all is committed."""
        super().save_related(request, form, formsets, change)
        profile = form.instance
        transaction.on_commit(lambda: change_profile(profile), robust=True)


class MessageInline(ReadOnly, admin.TabularInline):
    model = CounselMessage
    fields = ("seq", "type", "sender_role", "sender", "content", "sent_at")
    extra = 0

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("sender")


class NoteInline(ReadOnly, admin.TabularInline):
    model = InternalNote
    fields = ("author", "content", "is_whisper", "created_at")
    extra = 0

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("author")


class EventInline(ReadOnly, admin.TabularInline):
    model = CounselSessionEvent
    fields = ("from_status", "to_status", "reason", "actor", "details", "happened_at")
    readonly_fields = ("happened_at",)
    extra = 0


@admin.register(CounselSession)
class CounselSessionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("id", "status", "category", "customer", "counselor", "requested_at", "ended_at", "end_reason")
    list_filter = ("status", "category", "end_reason", "requested_at")
    list_select_related = ("category", "customer", "counselor")
    search_fields = ("=id", "customer__email", "counselor__email", "subject")
    inlines = (MessageInline, NoteInline, EventInline)


@admin.register(CounselLog)
class CounselLogAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("session", "counselor", "category", "reason", "waited_seconds", "duration_seconds", "wrap_up")
    list_filter = ("reason", "category", "wrap_up", "ended_at")
    list_select_related = ("session", "counselor", "category", "wrap_up")


@admin.register(CounselRating)
class CounselRatingAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("session", "score", "feedback", "rated_at")
    list_filter = ("score",)
    list_select_related = ("session",)


@admin.register(CounselorStateEvent)
class CounselorStateEventAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("counselor", "from_state", "to_state", "reason", "load", "happened_at")
    list_filter = ("to_state", "reason")
    list_select_related = ("counselor",)


@admin.register(CounselorAct)
class CounselorActAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("session", "actor", "kind", "order", "happened_at")
    list_filter = ("kind",)
    list_select_related = ("session", "actor", "order")


@admin.register(Inquiry)
class InquiryAdmin(RefusalsAsMessages):
    """Writing an answer into an open inquiry sends it to the customer."""

    list_display = ("subject", "category", "status", "email", "created_at", "answered_by")
    list_filter = ("status", "category")
    list_select_related = ("category", "answered_by")
    search_fields = ("subject", "content", "email")
    fields = ("subject", "category", "email", "content", "status", "answer", "answered_by", "created_at", "answered_at")

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
