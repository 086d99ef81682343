"""Blocking seats: by click and rubber band in a drawing, in a list, or by section, row and number."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.common.admin.base import log_act, refusal_text
from apps.common.admin.pages import staff_page
from apps.common.errors import DomainError, ValidationFailed
from apps.common.pages.problems import problem_json
from apps.concerts.admin.forms import BlockSeatsForm, DrawnSeatsForm
from apps.concerts.admin.performance_pages import PATH, PerformancePage
from apps.concerts.admin.staff import staff_of
from apps.concerts.errors import SeatsUnavailable
from apps.concerts.models import BlockedSeat, Performance, Seat, SectionGrade
from apps.concerts.seat_map.statuses import SeatStatus, status_of
from apps.concerts.seat_states.reading import CellsRead, read_cells
from apps.concerts.seat_states.records import CELL
from apps.concerts.services.block_seats import block_seats, unblock_seats

LETTERS = {
    SeatStatus.AVAILABLE: "A",
    SeatStatus.HELD: "H",
    SeatStatus.SOLD: "S",
    SeatStatus.BLOCKED: "B",
}
MOST_NAMED = 12


@staff_page
class SeatsPage(PerformancePage):
    """The drawing, the form beside it, and what is blocked now."""

    path = f"{PATH}seats/"
    name = "concerts_performance_seats"
    title = gettext_lazy("Blocked seats")
    template_name = "admin/concerts/performance/seats.html"
    tab = "seats"

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Block or unblock what the form names."""
        self.require_change(request)
        form = BlockSeatsForm(request.POST, performance=self.performance)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        action = "unblock" if "unblock" in request.POST else "block"
        try:
            text = act(
                request,
                self.performance,
                action,
                seat_ids=form.cleaned_data["seat_ids"],
                reason=form.cleaned_data["reason"],
            )
        except DomainError as refusal:
            messages.error(request, why_refused(self.performance, refusal))
        else:
            messages.success(request, text)
        return HttpResponseRedirect(reverse("admin:concerts_performance_seats", args=[self.performance.pk]))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        blocked = BlockedSeat.objects.filter(performance=self.performance)
        kwargs.setdefault("form", BlockSeatsForm(performance=self.performance))
        return super().get_context_data(
            blocked=list(stretches(blocked)),
            blocked_count=blocked.count(),
            addresses={
                "drawing": reverse("admin:concerts_venue_drawing", args=[self.performance.venue_id]),
                "state": reverse("admin:concerts_performance_seat_state", args=[self.performance.pk]),
                "change": reverse("admin:concerts_performance_seat_change", args=[self.performance.pk]),
            },
            **kwargs,
        )


@staff_page
class SeatStatePage(PerformancePage):
    """What each seat is now, a letter for each ordinal: Available, Held, Sold, Blocked, Not for sale."""

    path = f"{PATH}seats/state/"
    name = "concerts_performance_seat_state"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            cells = read_cells(self.performance.pk)
        except DomainError as refusal:
            return problem_json(refusal)
        statuses = [status_of(expires_at, now=cells.now) for expires_at, _version in CELL.iter_unpack(cells.packed)]
        letters = [LETTERS[status] for status in statuses]
        for ordinal in self._not_for_sale():
            if letters[ordinal] == "A":
                letters[ordinal] = "N"
        held = [ordinal for ordinal, status in enumerate(statuses) if status is SeatStatus.HELD]
        return JsonResponse(
            {
                "version": cells.version,
                "statuses": "".join(letters),
                "held_until": {ordinal: cells.cell(ordinal)[0] for ordinal in held},
            }
        )

    def _not_for_sale(self) -> QuerySet[Seat, int]:
        sold_at_a_price = SectionGrade.objects.filter(performance=self.performance).values("section")
        seats = Seat.objects.filter(venue=self.performance.venue_id).exclude(section__in=sold_at_a_price)
        return seats.values_list("ordinal", flat=True)


@staff_page
class SeatChangePage(PerformancePage):
    """Blocks and unblocks what was chosen in the drawing; answers the drawing's script."""

    path = f"{PATH}seats/change/"
    name = "concerts_performance_seat_change"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        self.require_change(request)
        form = DrawnSeatsForm(request.POST)
        if not form.is_valid():
            return problem_json(ValidationFailed(errors={name: list(errors) for name, errors in form.errors.items()}))
        wanted = form.cleaned_data["ordinals"]
        seats = Seat.objects.filter(venue=self.performance.venue_id, ordinal__gte=wanted[0], ordinal__lte=wanted[-1])
        chosen = set(wanted)
        seat_ids = [pk for pk, ordinal in seats.values_list("pk", "ordinal") if ordinal in chosen]
        try:
            text = act(
                request,
                self.performance,
                form.cleaned_data["action"],
                seat_ids=seat_ids,
                reason=form.cleaned_data["reason"],
            )
        except SeatsUnavailable as refusal:
            return problem_json(SeatsUnavailable(why_refused(self.performance, refusal), **refusal.extras))
        except DomainError as refusal:
            return problem_json(refusal)
        return JsonResponse({"message": text})


def act(request: HttpRequest, performance: Performance, action: str, *, seat_ids: list[int], reason: str) -> str:
    """Block or unblock seats by the service, note it, and say what was done.

    Raises:
        DomainError: nothing has changed.
    """
    if action == "unblock":
        count = unblock_seats(performance, seat_ids)
        log_act(request, performance, f"Put {count} seats back on sale.")
        return ngettext("%(count)d seat is back on sale.", "%(count)d seats are back on sale.", count) % {
            "count": count
        }
    count = block_seats(performance, seat_ids, actor_id=staff_of(request).pk, reason=reason)
    log_act(request, performance, f"Blocked {count} seats: {reason}" if reason else f"Blocked {count} seats.")
    return ngettext("%(count)d seat is blocked.", "%(count)d seats are blocked.", count) % {"count": count}


def why_refused(performance: Performance, refusal: DomainError) -> str:
    """Say a refusal in words; of seats that cannot be blocked, which they are and what each of them is."""
    if not isinstance(refusal, SeatsUnavailable):
        return refusal_text(refusal)
    seat_ids = refusal.extras["seat_ids"]
    cells = read_cells(performance.pk)
    seats = Seat.objects.filter(pk__in=seat_ids[:MOST_NAMED]).select_related("section").order_by("ordinal")
    named = "; ".join(f"{seat.section.name} {seat} {_reason(cells, seat)}" for seat in seats)
    more = len(seat_ids) - MOST_NAMED
    if more > 0:
        named += " " + ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more}
    return _("Nothing was blocked. These seats cannot be: %(seats)s") % {"seats": named}


def _reason(cells: CellsRead, seat: Seat) -> str:
    expires_at, _version = cells.cell(seat.ordinal)
    if status_of(expires_at, now=cells.now) is SeatStatus.SOLD:
        return _("(sold)")
    until = datetime.fromtimestamp(expires_at, timezone.get_current_timezone())
    return _("(held until %(time)s)") % {"time": f"{until:%H:%M:%S}"}


def stretches(blocked: QuerySet[BlockedSeat]) -> list[dict[str, Any]]:
    """Blocked seats side by side that one person blocked for one reason, as one line each."""
    rows = blocked.select_related("seat__section", "blocked_by").order_by("seat__ordinal")

    def of_one_stretch(numbered: tuple[int, BlockedSeat]) -> tuple[int, str, int, str, int | None]:
        index, row = numbered
        seat = row.seat
        return seat.section_id, seat.row, seat.number - index, row.reason, row.blocked_by_id

    lines = []
    for _key, group in groupby(enumerate(rows), key=of_one_stretch):
        members = [row for _index, row in group]
        first, last = members[0], members[-1]
        numbers = str(first.seat.number) if first is last else f"{first.seat.number}–{last.seat.number}"
        lines.append({"first": first, "numbers": numbers, "count": len(members)})
    return lines
