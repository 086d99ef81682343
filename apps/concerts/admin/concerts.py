from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.common.admin.base import ModelAdmin, RefusalsAsMessages, TabularInline
from apps.concerts.admin.forms import SaleTimesForm
from apps.concerts.models import CancellationPolicy, CancellationTier, Concert, Performance
from apps.concerts.services.change_performance import change_performance
from apps.concerts.services.create_performance import create_performance


class CancellationTierInline(TabularInline):
    model = CancellationTier
    extra = 0


@admin.register(CancellationPolicy)
class CancellationPolicyAdmin(ModelAdmin):
    list_display = ["name", "free_period_hours", "cutoff_days_before", "cutoff_time", "booking_fee_krw"]
    search_fields = ["name"]
    inlines = [CancellationTierInline]


class PerformanceInlineForm(SaleTimesForm):
    """A row of a concert's performances: the hall of one that exists stays, and so does a cancelled one."""

    class Meta:
        model = Performance
        fields = ["venue", "starts_at", "sale_opens_at", "sale_closes_at", "limit_per_person"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_cancelled = self.instance.status == Performance.Status.CANCELLED
        for name, field in self.fields.items():
            field.disabled = bool(self.instance.pk) and (is_cancelled or name == "venue")


class PerformanceInline(TabularInline):
    """A concert's performances; `ConcertAdmin.save_formset` hands them to the services."""

    model = Performance
    form = PerformanceInlineForm
    extra = 0
    can_delete = False
    show_change_link = True
    fields = ["starts_at", "venue", "sale_opens_at", "sale_closes_at", "limit_per_person", "status"]
    readonly_fields = ["status"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Performance]:
        return super().get_queryset(request).select_related("venue", "concert")


@admin.register(Concert)
class ConcertAdmin(RefusalsAsMessages):
    list_display = ["title", "genre", "organiser", "performance_count", "is_rehearsal"]
    list_filter = ["genre", "is_rehearsal"]
    readonly_fields = ["is_rehearsal"]
    search_fields = ["title", "organiser"]
    autocomplete_fields = ["cancellation_policy"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [PerformanceInline]
    fieldsets = (
        (None, {"fields": ["title", "slug", "organiser", "genre", "poster"]}),
        (_("What people read"), {"fields": ["description", "notice"]}),
        (_("Rules"), {"fields": [("running_minutes", "age_limit"), "cancellation_policy", "is_rehearsal"]}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Concert]:
        return super().get_queryset(request).annotate(performance_count=Count("performances"))

    @admin.display(description=_("performances"), ordering="performance_count")
    def performance_count(self, concert: Concert) -> int:
        return int(getattr(concert, "performance_count", 0))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Create and change performances by the services; a refusal of one undoes the whole form."""
        if formset.model is not Performance:
            super().save_formset(request, form, formset, change)
            return
        formset.save(commit=False)  # notes what is new and what has changed, for the admin's log
        for row in formset.forms:
            if row.has_changed():
                _save_row(form.instance, row)


def _save_row(concert: Concert, row: forms.ModelForm) -> None:
    if row.instance.pk:
        change_performance(row.instance.pk, **{name: row.cleaned_data[name] for name in row.changed_data})
        return
    fields = {name: row.cleaned_data[name] for name in PerformanceInlineForm.Meta.fields}
    row.instance.pk = create_performance(concert, prices=(), **fields).pk
