"""What can be asked, when somebody is there to answer, and what counselors write again and again."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from apps.common.admin.base import ModelAdmin, TabularInline
from apps.counseling.models import CannedReply, Category, Domain, OpeningHours, WrapUpCode


class OpeningHoursInline(TabularInline):
    model = OpeningHours
    extra = 0


@admin.register(Domain)
class DomainAdmin(ModelAdmin):
    list_display = ("name", "position", "is_rehearsal")
    readonly_fields = ("is_rehearsal",)


@admin.register(Category)
class CategoryAdmin(ModelAdmin):
    list_display = ("name", "domain", "position", "counselor_count", "is_active")
    list_filter = ("domain", "is_active")
    list_select_related = ("domain",)
    search_fields = ("name",)
    inlines = (OpeningHoursInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        at_work = Count("counselors", filter=Q(counselors__is_active=True))
        return super().get_queryset(request).annotate(counselor_count=at_work)

    @admin.display(description=gettext_lazy("counselors"), ordering="counselor_count")
    def counselor_count(self, category: Category) -> int:
        return int(getattr(category, "counselor_count", 0))


@admin.register(OpeningHours)
class OpeningHoursAdmin(ModelAdmin):
    list_display = ("__str__", "category", "weekday", "opens_at", "closes_at")
    list_filter = ("category", "weekday")
    list_select_related = ("category",)


@admin.register(WrapUpCode)
class WrapUpCodeAdmin(ModelAdmin):
    list_display = ("code", "name", "is_active")


@admin.register(CannedReply)
class CannedReplyAdmin(ModelAdmin):
    list_display = ("shortcut", "title", "category", "owner")
    list_filter = ("category",)
    list_select_related = ("category", "owner")
    search_fields = ("shortcut", "title", "content")
    autocomplete_fields = ("owner",)
