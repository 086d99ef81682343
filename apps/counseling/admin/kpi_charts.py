"""What static/common/admin/draw-charts.js draws of the figures; the tables of the page say the same."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from apps.common.days import DayRange
from apps.counseling.admin.kpi_tables import Names
from apps.counseling.kpis.figures import CentreFigures, Figures

Chart = dict[str, Any]


def charts_of(figures: CentreFigures, days: DayRange, *, counselors: Names, categories: Names) -> dict[str, Chart]:
    """Every chart of the page by its name: lines and stacked bars over the days, bars of counselors and categories."""
    by_day = {one["day"]: one for one in figures.days}
    labels = [f"{day:%m-%d}" for day in days]

    def over_days(name: str, *, otherwise: int | None = None) -> list[float | None]:
        return [by_day[day][name] if day in by_day else otherwise for day in days]

    def lines(unit: str, *series: tuple[str, str]) -> Chart:
        drawn = [{"label": label, "data": over_days(name)} for label, name in series]
        return {"type": "line", "unit": unit, "labels": labels, "series": drawn}

    requests = [
        {"label": _("Answered by a counselor"), "data": over_days("answered", otherwise=0), "color": "--series-2"},
        {"label": _("Abandoned"), "data": over_days("abandoned", otherwise=0), "color": "--bad"},
    ]
    of_counselors = [(counselors[one["counselor_id"]], one) for one in figures.counselors]
    of_categories = [(categories[one["category_id"]], one) for one in figures.categories]
    return {
        "requests": {"type": "bar", "labels": labels, "series": requests, "isStacked": True},
        "service": lines("share", (_("Service level"), "service_level"), (_("Abandonment rate"), "abandonment_rate")),
        "speed": lines("seconds", (_("Average speed of answer"), "asa_seconds"), (_("Handling time"), "aht_seconds")),
        "satisfaction": lines("share", (_("Satisfied"), "csat_share"), (_("Occupancy"), "occupancy")),
        "counselors-handled": _bars(of_counselors, "handled", _("Handled")),
        "counselors-occupancy": _bars(of_counselors, "occupancy", _("Occupancy"), unit="share"),
        "categories-handled": _bars(of_categories, "handled", _("Handled")),
        "categories-service": _bars(of_categories, "service_level", _("Service level"), unit="share"),
    }


def _bars(rows: list[tuple[str, Figures]], name: str, label: str, *, unit: str = "count") -> Chart:
    series = [{"label": label, "data": [figures[name] for _name, figures in rows]}]
    return {"type": "bar", "unit": unit, "labels": [name for name, _figures in rows], "series": series}
