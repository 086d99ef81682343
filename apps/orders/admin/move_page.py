"""Moving a show: what it will do, the new date and hall, and a confirmation that nobody gives by mistake."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.admin.base import require
from apps.common.admin.pages import staff_page
from apps.common.errors import ValidationFailed
from apps.concerts.admin.performance_pages import PATH, PerformancePage
from apps.concerts.admin.staff import staff_of
from apps.concerts.models import Performance, PerformanceMove, Venue
from apps.concerts.services.halls import halls_of_same_size
from apps.orders.services.moving.begin_move import WantedMove, begin_move
from apps.orders.services.moving.touched import what_a_move_touches

MOVE = "concerts.move_performance"
USUAL_DAYS = 14  # for returning tickets
TYPED = "%Y-%m-%dT%H:%M"


class HallTimeField(forms.DateTimeField):
    """A time on the wall of the new hall; `MoveForm.clean` gives it that hall's zone."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=TYPED)


class MoveForm(forms.Form):
    """The new date and hall. Its times are those of the hall that is chosen."""

    venue = forms.ModelChoiceField(
        Venue.objects.none(), label=gettext_lazy("Hall"), empty_label=None,
        help_text=gettext_lazy("Halls with as many seats. The plan has to be the same, seat by seat."),
    )  # fmt: skip
    starts_at = HallTimeField(label=gettext_lazy("Starts at"), help_text=gettext_lazy("The hall’s own time."))
    sale_closes_at = HallTimeField(
        label=gettext_lazy("Sale closes at"),
        required=False,
        help_text=gettext_lazy("Empty: as long before the show as now."),
    )
    free_return_until = HallTimeField(
        label=gettext_lazy("Free return until"),
        help_text=gettext_lazy("Whoever ordered before the move gets the whole price back until then."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300, help_text=gettext_lazy("Ticket holders read it.")
    )
    confirmation = forms.CharField(label=gettext_lazy("Type the show’s title to confirm"), max_length=150)
    seen_starts_at = forms.DateTimeField(widget=forms.HiddenInput)
    seen_venue = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, performance: Performance, **kwargs: Any) -> None:
        kwargs.setdefault("initial", _initial(performance))
        super().__init__(*args, **kwargs)
        self.performance = performance
        self.fields["venue"].queryset = halls_of_same_size(performance.venue)  # type: ignore[attr-defined]

    def clean_confirmation(self) -> str:
        typed = str(self.cleaned_data["confirmation"])
        if " ".join(typed.split()) != " ".join(self.performance.concert.title.split()):
            raise forms.ValidationError(_("That is not the show’s title."))
        return typed

    def wanted(self) -> WantedMove:
        """What a valid form asks for."""
        cleaned, venue = self.cleaned_data, self.cleaned_data["venue"]
        return WantedMove(
            starts_at=_there(cleaned["starts_at"], venue),
            venue_id=venue.pk,
            sale_closes_at=_there(cleaned["sale_closes_at"], venue) if cleaned["sale_closes_at"] else None,
            free_return_until=_there(cleaned["free_return_until"], venue),
            reason=cleaned["reason"],
            seen_starts_at=cleaned["seen_starts_at"],
            seen_venue_id=cleaned["seen_venue"],
        )

    def refuse(self, refusal: ValidationFailed) -> None:
        """Show what the service refuses beside its fields."""
        for name, mistakes in refusal.extras["errors"].items():
            self.add_error(name if name in self.fields else None, mistakes)


@staff_page
class MovePage(PerformancePage):
    """Says what a move will do, asks for it, and shows the moves that were."""

    path = f"{PATH}move/"
    name = "concerts_performance_move"
    title = gettext_lazy("Move the performance")
    template_name = "admin/orders/move.html"
    tab = "move"

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        require(request, MOVE)
        form = MoveForm(request.POST, performance=self.performance)
        if form.is_valid():
            try:
                move = begin_move(self.performance.pk, form.wanted(), actor_id=staff_of(request).pk)
            except ValidationFailed as refusal:
                form.refuse(refusal)
            else:
                return self._after(request, move)
        return self.render_to_response(self.get_context_data(form=form))

    def _after(self, request: HttpRequest, move: PerformanceMove) -> HttpResponse:
        move.refresh_from_db()
        if move.status == PerformanceMove.Status.DONE:
            messages.success(request, _("The show is moved. Everybody with tickets is told by mail."))
        elif move.status == PerformanceMove.Status.REFUSED:
            messages.error(request, _(move.why_refused))
        else:
            messages.warning(request, _("The move is under way; the sale is paused until it is done."))
        return HttpResponseRedirect(reverse("admin:concerts_performance_move", args=[self.performance.pk]))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.setdefault("form", MoveForm(performance=self.performance))
        moves = self.performance.moves.select_related("from_venue", "to_venue", "asked_by")
        return super().get_context_data(
            touched=what_a_move_touches(self.performance),
            moves=moves,
            may_move=self.request.user.has_perm(MOVE),
            can_be_moved=_can_be_moved(self.performance),
            **kwargs,
        )


def _can_be_moved(performance: Performance) -> bool:
    is_scheduled = performance.status == Performance.Status.SCHEDULED and performance.moving_since is None
    return is_scheduled and performance.starts_at > timezone.now()


def _initial(performance: Performance) -> dict[str, Any]:
    zone = performance.venue.zone
    last_day = (timezone.now() + timedelta(days=USUAL_DAYS)).astimezone(zone).date()
    return {
        "venue": performance.venue_id,
        "starts_at": performance.starts_there.replace(tzinfo=None),
        "free_return_until": datetime.combine(last_day, time(23, 59)),
        "seen_starts_at": performance.starts_at.isoformat(),
        "seen_venue": performance.venue_id,
    }


def _there(moment: datetime, venue: Venue) -> datetime:
    """Read what was typed, which the form has taken for the site's time, as a time of the hall."""
    return timezone.make_naive(moment).replace(tzinfo=venue.zone)
