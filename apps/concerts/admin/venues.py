from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from apps.common.admin_base import ReadOnly, RefusalsAsMessages
from apps.common.errors import ValidationFailed
from apps.concerts.models import Seat, Section, Venue
from apps.concerts.services.build_venue import build_venue
from apps.concerts.venue_plans.plan import VenuePlan, parse_venue_plan

EXAMPLE = """\
name: 소극장 달빛
city: 서울
sections:
  - {code: A, name: 1층, rows: 12, seats: 20, aisles: [6, 14], accessible: [12-1, 12-20]}
  - {code: B, name: 2층, level: 2, rows: [가, 나, 다], seats: [24, 26, 28]}
"""


class VenuePlanForm(forms.ModelForm):
    """A new hall: its description, from which all its sections and seats are built."""

    plan = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 24, "cols": 100}),
        initial=EXAMPLE,
        help_text="YAML or JSON. Sections of one level stand side by side; rows count from the stage backwards.",
    )

    class Meta:
        model = Venue
        fields: tuple[str, ...] = ()

    def clean_plan(self) -> VenuePlan:
        try:
            return parse_venue_plan(self.cleaned_data["plan"])
        except ValidationFailed as error:
            raise forms.ValidationError(error.extras["errors"]["plan"]) from error


class SectionInline(ReadOnly, admin.TabularInline):
    model = Section
    extra = 0
    fields = ["position", "code", "name"]


@admin.register(Venue)
class VenueAdmin(RefusalsAsMessages):
    list_display = ["name", "city", "seat_count"]
    list_filter = ["city"]
    search_fields = ["name", "city"]
    readonly_fields = ["seat_count"]

    def get_form(self, request: HttpRequest, obj: Venue | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = VenuePlanForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Venue | None = None) -> Any:
        return ["plan"] if obj is None else ["name", "city", "address", "seat_count"]

    def get_inlines(self, request: HttpRequest, obj: Venue | None) -> Any:
        return [] if obj is None else [SectionInline]

    def save_model(self, request: HttpRequest, obj: Venue, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        venue = build_venue(form.cleaned_data["plan"])
        obj.pk, obj.name, obj.seat_count = venue.pk, venue.name, venue.seat_count


@admin.register(Seat)
class SeatAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["section", "row", "number", "ordinal", "is_accessible"]
    list_filter = ["venue", "is_accessible"]
    list_select_related = ["section__venue"]
    search_fields = ["section__code", "section__name", "row"]
