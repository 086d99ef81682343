"""Who answers, how many at once and about what, and the history of each one's states."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from apps.common.admin.base import ModelAdmin, ReadOnly, RefusalsAsMessages
from apps.counseling.models import CounselorProfile, CounselorStateEvent
from apps.counseling.services.counselor_states import change_profile
from apps.counseling.states import COUNSELOR_STATES, Lamp

LAMP_COLOURS = {
    Lamp.OUT: "default",
    Lamp.PAUSED: "info",
    Lamp.FREE: "success",
    Lamp.TAKEN: "warning",
    Lamp.TIMED: "info",
}
STATE_COLOURS = {state: LAMP_COLOURS[row.lamp] for state, row in COUNSELOR_STATES.items()}


@admin.register(CounselorProfile)
class CounselorProfileAdmin(RefusalsAsMessages):
    """A changed capacity or skill is in force at once."""

    list_display = ("user", "nickname", "capacity", "skill_names", "is_active")
    list_filter = ("is_active", "skills")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__nickname")
    autocomplete_fields = ("user",)
    filter_horizontal = ("skills",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CounselorProfile]:
        return super().get_queryset(request).prefetch_related("skills")

    @admin.display(description=gettext_lazy("nickname"), ordering="user__nickname")
    def nickname(self, profile: CounselorProfile) -> str:
        return profile.user.nickname

    @admin.display(description=gettext_lazy("skills"))
    def skill_names(self, profile: CounselorProfile) -> str:
        return ", ".join(skill.name for skill in profile.skills.all())

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Tell routing once the skills are there and all is committed."""
        super().save_related(request, form, formsets, change)
        profile = form.instance
        transaction.on_commit(lambda: change_profile(profile), robust=True)


@admin.register(CounselorStateEvent)
class CounselorStateEventAdmin(ReadOnly, ModelAdmin):
    list_display = ("happened_at", "counselor", "shown_from", "shown_to", "reason", "load")
    list_filter = ("to_state", "reason", "happened_at")
    list_select_related = ("counselor",)
    search_fields = ("counselor__email", "counselor__nickname")
    ordering = ("-happened_at", "-change_id")
    show_full_result_count = False

    @display(description=gettext_lazy("from"), label=STATE_COLOURS)
    def shown_from(self, event: CounselorStateEvent) -> tuple[str, str]:
        return event.from_state, event.get_from_state_display()

    @display(description=gettext_lazy("to"), label=STATE_COLOURS)
    def shown_to(self, event: CounselorStateEvent) -> tuple[str, str]:
        return event.to_state, event.get_to_state_display()
