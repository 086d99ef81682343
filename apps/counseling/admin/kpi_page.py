"""The figures of the centre: charts by day, counselor and category, and the same as files. The API's own numbers."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.admin.cards import Card, dashboard_card
from apps.common.admin.pages import StaffPage, staff_page
from apps.common.admin.ranges import RangeForm, presets, usual_range
from apps.common.admin.tables import csv_response, xlsx_response
from apps.common.clock import database_now
from apps.common.days import DayRange, day_of
from apps.counseling.admin.kpi_charts import charts_of
from apps.counseling.admin.kpi_columns import text_of
from apps.counseling.admin.kpi_tables import TABLES, Names, names_of
from apps.counseling.kpis.figures import get_centre_figures
from apps.counseling.kpis.folds import SERVICE_LEVEL_TARGET
from apps.counseling.kpis.ratios import CATEGORY_FIGURES, COUNSELOR_FIGURES, FIGURES, Figure
from apps.counseling.models import CounselSession
from apps.counseling.states import SessionStatus

PERMISSIONS = ("counseling.view_dailycounselorkpi", "counseling.view_dailycategorykpi")


def asked_days(request: HttpRequest) -> tuple[RangeForm, DayRange]:
    """The range that the address asks for; the usual one where it makes no sense."""
    form = RangeForm(request.GET)
    return form, form.cleaned_data["days"] if form.is_valid() else usual_range()


@staff_page
class KpiPage(StaffPage):
    path = "kpis/"
    name = "kpis"
    title = gettext_lazy("Figures of counseling")
    permissions = PERMISSIONS
    template_name = "admin/counseling/kpis.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form, days = asked_days(self.request)
        figures = get_centre_figures(days)
        counselors, categories = names_of(figures)
        context = {
            "form": form,
            "presets": presets(days),
            "first_shown": days.first.isoformat(),
            "last_shown": days.last.isoformat(),
            "total": figures.total,
            "target": SERVICE_LEVEL_TARGET,
            "day_table": _shown(FIGURES, figures.days, "day", {}),
            "counselor_table": _shown(COUNSELOR_FIGURES, figures.counselors, "counselor_id", counselors),
            "category_table": _shown(CATEGORY_FIGURES, figures.categories, "category_id", categories),
            "charts": charts_of(figures, days, counselors=counselors, categories=categories),
            "exports": [(name, title) for name, (title, _table) in TABLES.items()],
        }
        return {**context, **super().get_context_data(**kwargs)}


@staff_page
class KpiExport(StaffPage):
    """The page's figures as a file: one table as CSV, or all of them as XLSX."""

    path = "kpis/export/"
    name = "kpis-export"
    title = gettext_lazy("Figures of counseling")
    permissions = PERMISSIONS

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        form = RangeForm(request.GET)
        if not form.is_valid():
            raise Http404
        days = form.cleaned_data["days"]
        figures = get_centre_figures(days)
        names = names_of(figures)
        filename = f"counseling_{days.first}_{days.last}"
        if request.GET.get("format") == "xlsx":
            tables = (make(figures, *names) for _title, make in TABLES.values())
            return xlsx_response(tables, filename=f"{filename}.xlsx")
        chosen = request.GET.get("table", "days")
        if request.GET.get("format") != "csv" or chosen not in TABLES:
            raise Http404
        return csv_response(TABLES[chosen][1](figures, *names), filename=f"{filename}_{chosen}.csv")


def _shown(columns: tuple[Figure, ...], rows: list[dict[str, Any]], key: str, names: Names) -> dict[str, Any]:
    """A table for the page: headings, and rows of a name and the figures as text."""
    shown = [(names.get(one[key], one[key]), [text_of(column, one[column.name]) for column in columns]) for one in rows]
    return {"headings": [column.label for column in columns], "rows": shown}


@dashboard_card(permission="counseling.view_counselsession", position=40)
def centre_now(request: HttpRequest) -> Card:
    """Who waits and who talks now; today's service level for those who may see figures."""
    now = CounselSession.objects.filter(is_open=True).aggregate(
        waiting=Count("pk", filter=Q(status=SessionStatus.WAITING)),
        talking=Count("pk", filter=Q(status=SessionStatus.IN_PROGRESS)),
    )
    sees_figures = request.user.has_perms(PERMISSIONS)
    today = day_of(database_now())
    return Card(
        title=_("Support now"),
        template="admin/counseling/card_centre.html",
        context={
            **now,
            "total": get_centre_figures(DayRange(today, today)).total if sees_figures else None,
        },
        link=reverse("admin:kpis") if sees_figures else reverse("admin:counseling_counselsession_changelist"),
    )
