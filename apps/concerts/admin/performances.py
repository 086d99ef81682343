from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from apps.common.admin.base import ModelAdmin, ReadOnly, RefusalsAsMessages, refusal_text
from apps.common.days import operator_zone
from apps.common.errors import DomainError
from apps.concerts.admin.forms import PerformanceForm
from apps.concerts.admin.publication_page import PUBLICATION_COLOURS
from apps.concerts.admin.staff import staff_of
from apps.concerts.models import Performance, SaleStatus, WaitingRoomChange, WaitingRoomMode
from apps.concerts.services.change_performance import change_performance, is_ordered
from apps.concerts.services.create_performance import create_performance
from apps.concerts.templatetags.catalogue import show_time
from apps.concerts.waiting_room.services.change_waiting_room import change_waiting_room

SALE_COLOURS: dict[str, str] = {
    SaleStatus.UPCOMING: "info",
    SaleStatus.ON_SALE: "success",
    SaleStatus.CLOSED: "default",
    Performance.Status.CANCELLED: "danger",
}


def _mode_action(mode: WaitingRoomMode) -> Callable[..., None]:
    """Make the action that sets the waiting rooms of the selected performances to `mode`."""

    @admin.action(description=mode.label, permissions=["change"])
    def set_mode(admin_view: RefusalsAsMessages, request: HttpRequest, performances: QuerySet[Performance]) -> None:
        count = 0
        for performance in performances:
            try:
                change_waiting_room(performance.pk, actor=staff_of(request), mode=mode)
            except DomainError as refusal:
                admin_view.message_user(request, f"{performance}: {refusal_text(refusal)}", messages.ERROR)
            else:
                count += 1
        admin_view.message_user(request, _("Waiting rooms changed: %(count)d.") % {"count": count}, messages.SUCCESS)

    set_mode.__name__ = f"waiting_room_{mode.value.lower()}"
    return set_mode


@admin.register(Performance)
class PerformanceAdmin(RefusalsAsMessages):
    """Performances. They are called off (a page of payments), not deleted."""

    form = PerformanceForm
    list_display = [
        "concert", "venue", "starts", "published", "sale", "sale_opens_at", "waiting_room_mode", "waiting_room_rate",
    ]  # fmt: skip
    list_filter = ["publication", "status", "waiting_room_mode", "venue", "starts_at"]
    list_select_related = ["concert", "venue"]
    search_fields = ["concert__title", "venue__name"]
    autocomplete_fields = ["concert", "venue"]
    actions = [*map(_mode_action, WaitingRoomMode)]
    change_form_outer_before_template = "admin/concerts/performance/tabs.html"
    on_change = (
        (None, {"fields": ["concert", "venue", "publication", "status"]}),
        (gettext_lazy("Times"), {"fields": ["starts_at", "sale_opens_at", "sale_closes_at"]}),
        (gettext_lazy("Limits"), {"fields": ["limit_per_person", "waiting_room_opens_minutes_before"]}),
    )
    on_add = (
        (None, {"fields": ["concert", "venue"]}),
        (gettext_lazy("Times"), {"fields": ["starts_at", "sale_opens_at", "sale_closes_at"]}),
        (gettext_lazy("Limits"), {"fields": ["limit_per_person"]}),
        (
            gettext_lazy("Waiting room"),
            {
                "fields": [
                    "waiting_room_mode",
                    ("waiting_room_rate", "waiting_room_inside_limit"),
                    "waiting_room_opens_minutes_before",
                ]
            },
        ),
    )

    class Media:
        css = {"all": ["common/admin/pages.css", "concerts/admin/admin.css"]}

    def get_fieldsets(self, request: HttpRequest, obj: Performance | None = None) -> Any:
        return self.on_add if obj is None else self.on_change

    def get_readonly_fields(self, request: HttpRequest, obj: Performance | None = None) -> Any:
        """What was created keeps its hall; what was ordered keeps its date, and is moved (the page's tab)."""
        if obj is None:
            return []
        return ["concert", "venue", "publication", "status", *(["starts_at"] if is_ordered(obj) else [])]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description=gettext_lazy("publication"), label=PUBLICATION_COLOURS, ordering="publication")
    def published(self, performance: Performance) -> tuple[str, str]:
        return performance.publication, performance.get_publication_display()

    @display(description=gettext_lazy("starts at"), ordering="starts_at")
    def starts(self, performance: Performance) -> SafeString | str:
        return show_time(performance, "datetime", named=performance.venue.zone != operator_zone())

    @display(description=gettext_lazy("sale"), label=SALE_COLOURS)
    def sale(self, performance: Performance) -> tuple[str, str]:
        if performance.is_called_off:
            return performance.status, _("Called off")
        status = performance.sale_status(timezone.now())
        return status, str(status.label)

    def save_model(self, request: HttpRequest, obj: Performance, form: Any, change: bool) -> None:
        """Hand what was typed to the services; on a change only what differs."""
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            change_performance(obj.pk, **changes)
        else:
            obj.pk = create_performance(prices=(), **form.cleaned_data).pk

    def response_add(
        self, request: HttpRequest, obj: Performance, post_url_continue: str | None = None
    ) -> HttpResponse:
        """A new performance has no prices yet: go on there."""
        super().response_add(request, obj, post_url_continue)
        return HttpResponseRedirect(reverse("admin:concerts_performance_prices", args=[obj.pk]))


@admin.register(WaitingRoomChange)
class WaitingRoomChangeAdmin(ReadOnly, ModelAdmin):
    list_display = ["at", "performance", "actor", "changes"]
    list_filter = ["at"]
    list_select_related = ["performance__concert", "performance__venue", "actor"]
    search_fields = ["performance__concert__title", "actor__email"]
