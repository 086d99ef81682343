"""Building a hall: a form over its description, the description itself, and the drawing of what it says."""

from __future__ import annotations

from typing import Any

import msgspec
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.admin.base import log_act, refusal_text
from apps.common.admin.pages import Crumb, StaffPage, staff_page
from apps.common.errors import DomainError, MalformedBody, ValidationFailed
from apps.common.http.json_bodies import json_body
from apps.common.pages.problems import problem_json
from apps.concerts.admin.hall_drawing import drawing_of_plan
from apps.concerts.models import Venue
from apps.concerts.services.build_venue import build_venue
from apps.concerts.venue_plans.plan import VenuePlan, parse_venue_plan

MOST_DRAWN = 40_000

EXAMPLE = """\
name: 소극장 달빛
city: 서울
sections:
  - {code: A, name: 1층, rows: 12, seats: 20, aisles: [6, 14], accessible: [12-1, 12-20]}
  - {code: B, name: 2층, level: 2, rows: [가, 나, 다], seats: [24, 26, 28]}
"""


class VenuePlanForm(forms.Form):
    """A new hall: its description, from which all its sections and seats are built."""

    plan = forms.CharField(
        label=gettext_lazy("Description of the hall"),
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "YAML or JSON. Sections of one level stand side by side; rows count from the stage backwards."
        ),
    )

    def clean_plan(self) -> VenuePlan:
        try:
            return parse_venue_plan(self.cleaned_data["plan"])
        except ValidationFailed as error:
            raise forms.ValidationError(error.extras["errors"]["plan"]) from error


class BuildVenuePage(StaffPage):
    """The page behind "add a hall"; `VenueAdmin` gives it its address."""

    name = "concerts_venue_add"
    title = gettext_lazy("Build a hall")
    permissions = ("concerts.add_venue",)
    template_name = "admin/concerts/venue/build.html"

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        form = VenuePlanForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        try:
            venue = build_venue(form.cleaned_data["plan"])
        except DomainError as refusal:
            form.add_error("plan", refusal_text(refusal))
            return self.render_to_response(self.get_context_data(form=form))
        log_act(request, venue, f"Built with {venue.seat_count} seats.")
        messages.success(request, _("The hall is built: %(count)d seats.") % {"count": venue.seat_count})
        return HttpResponseRedirect(reverse("admin:concerts_venue_change", args=[venue.pk]))

    def get_breadcrumbs(self) -> list[Crumb]:
        return [(_("Halls"), reverse("admin:concerts_venue_changelist"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.setdefault("form", VenuePlanForm(initial={"plan": EXAMPLE}))
        return super().get_context_data(preview_address=reverse("admin:concerts_venue_preview"), **kwargs)


@staff_page
class PreviewPage(StaffPage):
    """Reads a description and answers with its drawing, or with what is wrong with it."""

    path = "concerts/venue/preview/"
    name = "concerts_venue_preview"
    permissions = ("concerts.add_venue",)
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        try:
            plan = parse_venue_plan(_text_of(request))
            if Venue.objects.filter(name=plan.name).exists():
                raise ValidationFailed(errors={"plan": [_("There is a hall of this name already.")]})
        except DomainError as refusal:
            return problem_json(refusal)
        seat_count = sum(section.seat_count for section in plan.sections)
        drawing = drawing_of_plan(plan) if seat_count <= MOST_DRAWN else None
        return JsonResponse({"plan": msgspec.to_builtins(plan), "seat_count": seat_count, "drawing": drawing})


def _text_of(request: HttpRequest) -> str:
    """The description in a JSON body."""
    body = json_body(request.body)
    text = body.get("plan") if isinstance(body, dict) else None
    if not isinstance(text, str):
        raise MalformedBody
    return text
