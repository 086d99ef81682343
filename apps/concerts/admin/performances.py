from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse

from apps.accounts.models import User
from apps.common.admin_base import ReadOnly, RefusalsAsMessages, refusal_text
from apps.common.errors import DomainError
from apps.concerts.admin.forms import BlockSeatsForm, PerformanceForm
from apps.concerts.models import BlockedSeat, Performance, WaitingRoomChange, WaitingRoomMode
from apps.concerts.services.block_seats import block_seats, unblock_seats
from apps.concerts.services.change_performance import change_performance
from apps.concerts.services.create_performance import create_performance
from apps.concerts.services.set_prices import set_prices
from apps.concerts.waiting_room.services.change_waiting_room import change_waiting_room

AUDITED = {"waiting_room_mode": "mode", "waiting_room_rate": "rate", "waiting_room_inside_limit": "inside_limit"}


def _mode_action(mode: WaitingRoomMode) -> Callable[..., None]:
    """Make the action that sets the waiting rooms of the selected performances to `mode`."""

    @admin.action(description=f"Waiting room: {mode.label}", permissions=["change"])
    def set_mode(admin_view: RefusalsAsMessages, request: HttpRequest, performances: QuerySet[Performance]) -> None:
        for performance in performances:
            change_waiting_room(performance.pk, actor=_staff(request), mode=mode)
        admin_view.message_user(request, f"Waiting room {mode.value}: {len(performances)}.", messages.SUCCESS)

    set_mode.__name__ = f"waiting_room_{mode.value.lower()}"
    return set_mode


@admin.register(Performance)
class PerformanceAdmin(RefusalsAsMessages):
    """Performances. They are cancelled, not deleted."""

    form = PerformanceForm
    list_display = [
        "concert",
        "venue",
        "starts_at",
        "sale_opens_at",
        "status",
        "waiting_room_mode",
        "waiting_room_rate",
    ]
    list_filter = ["status", "waiting_room_mode", "venue", "starts_at"]
    list_select_related = ["concert", "venue"]
    search_fields = ["concert__title", "venue__name"]
    autocomplete_fields = ["concert", "venue"]
    actions = ["cancel_performances", *map(_mode_action, WaitingRoomMode)]
    change_form_template = "admin/concerts/performance/change_form.html"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Performance | None = None) -> Any:
        return [] if obj is None else ["concert", "venue", "status", "catalogue_version"]

    def save_model(self, request: HttpRequest, obj: Performance, form: Any, change: bool) -> None:
        if change:
            _change(obj, form, actor=_staff(request))
        else:
            obj.pk = create_performance(**form.cleaned_data).pk

    @admin.action(description="Cancel the selected performances", permissions=["change"])
    def cancel_performances(self, request: HttpRequest, performances: QuerySet[Performance]) -> None:
        for performance in performances:
            change_performance(performance.pk, status=Performance.Status.CANCELLED)
        self.message_user(request, f"Cancelled: {len(performances)}.", messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        seats = path(
            "<int:performance_id>/seats/",
            self.admin_site.admin_view(self.block_seats_view),
            name="concerts_performance_seats",
        )
        return [seats, *super().get_urls()]

    def block_seats_view(self, request: HttpRequest, performance_id: int) -> HttpResponse:
        """Keep seats of a performance from being sold, and list those that are kept."""
        performance = get_object_or_404(self.get_queryset(request), pk=performance_id)
        if not self.has_change_permission(request, performance):
            raise PermissionDenied
        form = BlockSeatsForm(request.POST or None, performance=performance)
        if request.method == "POST" and form.is_valid():
            try:
                _block_or_unblock(request, performance, form.cleaned_data)
            except DomainError as refusal:
                messages.error(request, refusal_text(refusal))
            return HttpResponseRedirect(reverse("admin:concerts_performance_seats", args=[performance.pk]))
        blocked = BlockedSeat.objects.filter(performance=performance)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Blocked seats: {performance}",
            "opts": self.opts,
            "original": performance,
            "form": form,
            "blocked": blocked.select_related("seat__section", "blocked_by").order_by("seat__ordinal"),
        }
        return render(request, "admin/concerts/performance/seats.html", context)


def _change(performance: Performance, form: Any, *, actor: User) -> None:
    """Hand each change to the service that it belongs to."""
    changed = {name: form.cleaned_data[name] for name in form.changed_data}
    audited = {AUDITED[name]: changed.pop(name) for name in AUDITED if name in changed}
    prices = changed.pop("prices", None)
    if changed:
        change_performance(performance.pk, **changed)
    if prices is not None:
        set_prices(performance, prices)
    if audited:
        change_waiting_room(performance.pk, actor=actor, **audited)


def _block_or_unblock(request: HttpRequest, performance: Performance, wanted: dict[str, Any]) -> None:
    if "unblock" in request.POST:
        count = unblock_seats(performance, wanted["seat_ids"])
        messages.success(request, f"Back on sale: {count} seats.")
        return
    count = block_seats(performance, wanted["seat_ids"], actor_id=_staff(request).pk, reason=wanted["reason"])
    messages.success(request, f"Blocked: {count} seats.")


def _staff(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


@admin.register(WaitingRoomChange)
class WaitingRoomChangeAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["at", "performance", "actor", "changes"]
    list_filter = ["at"]
    list_select_related = ["performance__concert", "actor"]
    search_fields = ["performance__concert__title", "actor__email"]
