from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.common.admin.base import RefusalsAsMessages, StackedInline, TabularInline
from apps.concerts.admin.forms import SaleTimesForm
from apps.concerts.admin.publication_page import PUBLICATION_COLOURS
from apps.concerts.models import CancellationPolicy, CancellationTier, Concert, DepositPolicy, Performance
from apps.concerts.publication.guards import check_policy_change, refuse_while_scheduled
from apps.concerts.services.change_performance import change_performance
from apps.concerts.services.create_performance import create_performance


class CancellationTierInline(TabularInline):
    model = CancellationTier
    extra = 0


@admin.register(CancellationPolicy)
class CancellationPolicyAdmin(RefusalsAsMessages):
    list_display = ["name", "free_period_hours", "cutoff_days_before", "cutoff_time", "booking_fee_krw"]
    search_fields = ["name"]
    inlines = [CancellationTierInline]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Store the fees too; what concerts that are published, or set to be, do not bear undoes the whole form."""
        super().save_related(request, form, formsets, change)
        if change and (form.has_changed() or any(formset.has_changed() for formset in formsets)):
            check_policy_change(form.instance)


class DepositPolicyInline(StackedInline):
    """How the concert's tickets may be paid by a deposit; empty fields are as the platform's settings have them."""

    model = DepositPolicy
    extra = 0
    max_num = 1


class PerformanceInlineForm(SaleTimesForm):
    """A row of a concert's performances: the hall of one that exists stays, and so does a cancelled one.

    One of which seats were ordered keeps its date too: it is moved on a page of its own.
    """

    class Meta:
        model = Performance
        fields = ["venue", "starts_at", "sale_opens_at", "sale_closes_at", "limit_per_person"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_cancelled = self.instance.status == Performance.Status.CANCELLED
        kept = {"venue", "starts_at"} if getattr(self.instance, "is_ordered", False) else {"venue"}
        for name, field in self.fields.items():
            field.disabled = bool(self.instance.pk) and (is_cancelled or name in kept)


class PerformanceInline(TabularInline):
    """A concert's performances; `ConcertAdmin.save_formset` hands them to the services."""

    model = Performance
    form = PerformanceInlineForm
    extra = 0
    can_delete = False
    show_change_link = True
    fields = ["starts_at", "venue", "sale_opens_at", "sale_closes_at", "limit_per_person", "publication", "status"]
    readonly_fields = ["publication", "status"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Performance]:
        orders = Performance.objects.filter(pk=OuterRef("pk"), orders__isnull=False)
        return super().get_queryset(request).select_related("venue", "concert").annotate(is_ordered=Exists(orders))


@admin.register(Concert)
class ConcertAdmin(RefusalsAsMessages):
    list_display = ["title", "published", "genre", "organiser", "performance_count", "is_rehearsal"]
    list_filter = ["publication", "genre", "is_rehearsal"]
    readonly_fields = ["publication", "is_rehearsal"]
    change_form_outer_before_template = "admin/concerts/concert/tabs.html"
    search_fields = ["title", "organiser"]
    autocomplete_fields = ["cancellation_policy"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [PerformanceInline, DepositPolicyInline]
    fieldsets = (
        (None, {"fields": ["title", "slug", "organiser", "genre", "poster", "publication"]}),
        (_("What people read"), {"fields": ["description", "notice"]}),
        (_("Rules"), {"fields": [("running_minutes", "age_limit"), "cancellation_policy", "is_rehearsal"]}),
    )

    class Media:
        css = {"all": ["common/admin/pages.css", "concerts/admin/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Concert]:
        return super().get_queryset(request).annotate(performance_count=Count("performances"))

    @admin.display(description=_("performances"), ordering="performance_count")
    def performance_count(self, concert: Concert) -> int:
        return int(getattr(concert, "performance_count", 0))

    @display(description=_("publication"), label=PUBLICATION_COLOURS, ordering="publication")
    def published(self, concert: Concert) -> tuple[str, str]:
        return concert.publication, concert.get_publication_display()

    def save_model(self, request: HttpRequest, obj: Concert, form: Any, change: bool) -> None:
        """Store what was typed, and nothing else: a step of the publication that was taken meanwhile stays.

        Raises:
            PublicationConflict: the concert is set to be published as it is.
        """
        if not change:
            super().save_model(request, obj, form, change)
        elif form.changed_data:
            refuse_while_scheduled(Concert.objects.select_for_update().get(pk=obj.pk))
            obj.save(update_fields=form.changed_data)

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
