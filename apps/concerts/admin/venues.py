from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from apps.common.admin.base import ModelAdmin, ReadOnly, RefusalsAsMessages, TabularInline
from apps.concerts.admin.venue_page import BuildVenuePage
from apps.concerts.models import Seat, Section, Venue
from apps.concerts.publication.guards import check_venue_change


class SectionInline(ReadOnly, TabularInline):
    model = Section
    extra = 0
    fields = ["position", "code", "name"]


@admin.register(Venue)
class VenueAdmin(RefusalsAsMessages):
    """Halls. What they are called can be changed; their seats stay as they were built (decision 0050)."""

    list_display = ["name", "city", "seat_count"]
    list_filter = ["city"]
    search_fields = ["name", "city"]
    readonly_fields = ["seat_count"]
    fields = ["name", "city", "address", "time_zone", "seat_count"]
    inlines = [SectionInline]
    change_form_outer_after_template = "admin/concerts/venue/drawing.html"

    class Media:
        css = {"all": ["common/admin/pages.css", "concerts/admin/admin.css"]}

    def save_model(self, request: HttpRequest, obj: Venue, form: Any, change: bool) -> None:
        """Rename a hall, unless a performance in it is set to be published as it is."""
        if form.changed_data:
            check_venue_change(obj)
        super().save_model(request, obj, form, change)

    def add_view(  # type: ignore[override]  # a page of its own
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        return BuildVenuePage.as_view(admin_site=self.admin_site)(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        address = reverse("admin:concerts_venue_drawing", args=[object_id]) if object_id.isdecimal() else ""
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "drawing_address": address})


@admin.register(Seat)
class SeatAdmin(ReadOnly, ModelAdmin):
    list_display = ["section", "row", "number", "ordinal", "is_accessible"]
    list_filter = ["venue", "is_accessible"]
    list_select_related = ["section__venue"]
    search_fields = ["section__code", "section__name", "row"]
