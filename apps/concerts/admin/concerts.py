from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from apps.common.admin_base import ReadOnly
from apps.concerts.models import CancellationPolicy, CancellationTier, Concert, Performance


class CancellationTierInline(admin.TabularInline):
    model = CancellationTier
    extra = 0


@admin.register(CancellationPolicy)
class CancellationPolicyAdmin(admin.ModelAdmin):
    list_display = ["name", "free_period_hours", "cutoff_days_before", "cutoff_time", "booking_fee_krw"]
    search_fields = ["name"]
    inlines = [CancellationTierInline]


class PerformanceInline(ReadOnly, admin.TabularInline):
    model = Performance
    extra = 0
    fields = ["starts_at", "venue", "sale_opens_at", "sale_closes_at", "status", "waiting_room_mode"]
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Performance]:
        return super().get_queryset(request).select_related("venue", "concert")


@admin.register(Concert)
class ConcertAdmin(admin.ModelAdmin):
    list_display = ["title", "genre", "organiser", "performance_count"]
    list_filter = ["genre"]
    search_fields = ["title", "organiser"]
    autocomplete_fields = ["cancellation_policy"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [PerformanceInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Concert]:
        return super().get_queryset(request).annotate(performance_count=Count("performances"))

    @admin.display(description="performances", ordering="performance_count")
    def performance_count(self, concert: Concert) -> int:
        return int(getattr(concert, "performance_count", 0))
