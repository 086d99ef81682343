"""Running a waiting room: what lets people in, how the line stands now, how it has stood, who changed what."""

from __future__ import annotations

import time
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.admin.base import refusal_text
from apps.common.admin.pages import staff_page
from apps.common.errors import DomainError, ValidationFailed
from apps.common.pages.problems import problem_json
from apps.concerts.admin.performance_pages import PATH, PerformancePage
from apps.concerts.admin.staff import staff_of
from apps.concerts.models import Performance, WaitingRoomChange, WaitingRoomMode
from apps.concerts.services.change_performance import change_performance
from apps.concerts.waiting_room.line_samples import Flow, LineSample, flows, look_on, read_samples
from apps.concerts.waiting_room.services.change_waiting_room import change_waiting_room

CHANGES_SHOWN = 20
MOST_DIGITS = 12  # of a moment in seconds; Python refuses to read thousands
OPENS_BEFORE = "opens_minutes_before"
NAMES = {
    "mode": gettext_lazy("Mode"),
    "rate": gettext_lazy("Admissions a second"),
    "inside_limit": gettext_lazy("Most people inside"),
}


class WaitingRoomForm(forms.Form):
    """The settings of one line. What the reader did not touch is not sent to the services.

    Each field carries the value it was drawn with, so that a colleague's change of another setting meanwhile
    is not undone.
    """

    mode = forms.ChoiceField(
        label=gettext_lazy("Mode"), choices=WaitingRoomMode.choices, widget=forms.RadioSelect, show_hidden_initial=True
    )
    rate = forms.FloatField(
        label=gettext_lazy("Admissions a second"),
        widget=forms.NumberInput(attrs={"step": "any", "min": "0.01", "inputmode": "decimal"}),
        show_hidden_initial=True,
    )
    inside_limit = forms.IntegerField(
        label=gettext_lazy("Most people inside"), widget=forms.NumberInput(attrs={"min": "1"}), show_hidden_initial=True
    )
    opens_minutes_before = forms.IntegerField(
        label=gettext_lazy("Opens before the sale, in minutes"),
        min_value=0,
        max_value=1_440,
        show_hidden_initial=True,
    )


def settings_of(performance: Performance) -> dict[str, Any]:
    """The settings as the form and the page's script name them."""
    return {
        "mode": str(performance.waiting_room_mode),
        "rate": performance.waiting_room_rate,
        "inside_limit": performance.waiting_room_inside_limit,
        "opens_minutes_before": performance.waiting_room_opens_minutes_before,
    }


@staff_page
class WaitingRoomPage(PerformancePage):
    path = f"{PATH}waiting-room/"
    name = "concerts_performance_waiting_room"
    title = gettext_lazy("Waiting room")
    template_name = "admin/concerts/performance/waiting_room.html"
    tab = "waiting-room"

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Put in force what the reader has changed: all of it, or nothing."""
        self.require_change(request)
        form = WaitingRoomForm(request.POST)
        if not form.is_valid() or not self._put_in_force(request, form):
            return self.render_to_response(self.get_context_data(form=form))
        if form.changed_data:
            messages.success(request, _("In force."))
        return HttpResponseRedirect(reverse("admin:concerts_performance_waiting_room", args=[self.performance.pk]))

    def _put_in_force(self, request: HttpRequest, form: WaitingRoomForm) -> bool:
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        opens_before = changes.pop(OPENS_BEFORE, None)
        try:
            with transaction.atomic():
                if opens_before is not None:
                    change_performance(self.performance.pk, waiting_room_opens_minutes_before=opens_before)
                if changes:
                    change_waiting_room(self.performance.pk, actor=staff_of(request), **changes)
        except ValidationFailed as refusal:
            for name, errors in refusal.extras["errors"].items():
                form.add_error(name.removeprefix("waiting_room_"), errors)
            return False
        except DomainError as refusal:
            form.add_error(None, refusal_text(refusal))
            return False
        return True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.setdefault("form", WaitingRoomForm(initial=settings_of(self.performance)))
        changes = WaitingRoomChange.objects.filter(performance=self.performance).select_related("actor")
        return super().get_context_data(
            changes=[(change, _described(change)) for change in changes[:CHANGES_SHOWN]],
            live_address=reverse("admin:concerts_performance_waiting_room_live", args=[self.performance.pk]),
            mode_initial=kwargs["form"]["mode"].as_hidden(only_initial=True),
            **kwargs,
        )


@staff_page
class WaitingRoomLivePage(PerformancePage):
    """How a line stands now, its settings, and the samples since `after` (Unix seconds), for the page's script.

    {"now": 1764064800, "settings": {"mode": "QUEUE", "rate": 2.0, "inside_limit": 500, "opens_minutes_before": 30},
     "figures": {"waiting": 120, "called": 4, "inside": 96, "expected_seconds": 61} or null,
     "points": [{"at": 1764064795, "waiting": 122, "inside": 95, "inflow": 0.4, "outflow": 2.0, "rate": 2.0,
                 "waited": 58 or null, "expected": 62}]}
    """

    path = f"{PATH}waiting-room/live/"
    name = "concerts_performance_waiting_room_live"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        after = request.GET.get("after", "0")
        try:
            now = look_on(self.performance.pk)
            samples = read_samples(self.performance.pk)
        except DomainError as refusal:
            return problem_json(refusal)
        since = int(after) if after.isdecimal() and len(after) <= MOST_DIGITS else 0
        drawn = [
            _drawn(sample, flow) for sample, flow in zip(samples, flows(samples), strict=True) if sample.at > since
        ]
        return JsonResponse(
            {
                "now": now.at if now else int(time.time()),
                "settings": settings_of(self.performance),
                "figures": now
                and {
                    "waiting": now.waiting,
                    "called": now.called,
                    "inside": now.inside,
                    "expected_seconds": now.expected_seconds,
                },
                "points": drawn,
            }
        )


def _drawn(sample: LineSample, flow: Flow) -> dict[str, Any]:
    return {
        "at": sample.at,
        "waiting": sample.waiting,
        "inside": sample.inside,
        "inflow": round(flow.inflow, 2),
        "outflow": round(flow.outflow, 2),
        "rate": sample.rate if sample.mode == WaitingRoomMode.QUEUE else 0,
        "waited": flow.waited_seconds,
        "expected": sample.expected_seconds,
    }


def _described(change: WaitingRoomChange) -> list[dict[str, Any]]:
    """A change in words: which setting, from what, to what."""
    return [
        {"name": NAMES.get(name, name), "before": _value(name, before), "after": _value(name, after)}
        for name, (before, after) in change.changes.items()
    ]


def _value(name: str, value: Any) -> Any:
    is_known_mode = name == "mode" and value in WaitingRoomMode.values
    return WaitingRoomMode(value).label if is_known_mode else value
