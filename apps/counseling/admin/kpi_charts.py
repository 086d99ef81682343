"""What static/common/admin/draw-charts.js draws of the figures; the tables of the page say the same."""

from __future__ import annotations

from typing import Any

from apps.common.days import DayRange
from apps.counseling.admin.kpi_tables import Names
from apps.counseling.kpis.figures import CentreFigures, Figures
from apps.counseling.kpis.ratios import FIGURES_BY_NAME

Chart = dict[str, Any]


def charts_of(figures: CentreFigures, days: DayRange, *, counselors: Names, categories: Names) -> dict[str, Chart]:
    """Every chart of the page by its name: lines and stacked bars over the days, bars of counselors and categories."""
    by_day = {one["day"]: one for one in figures.days}
    labels = [f"{day:%m-%d}" for day in days]

    def over_days(name: str, *, otherwise: int | None = None) -> list[float | None]:
        return [by_day[day][name] if day in by_day else otherwise for day in days]

    def lines(*names: str) -> Chart:
        drawn = [{"label": str(FIGURES_BY_NAME[name].label), "data": over_days(name)} for name in names]
        return {"type": "line", "unit": FIGURES_BY_NAME[names[0]].unit, "labels": labels, "series": drawn}

    requests = [
        {"label": str(FIGURES_BY_NAME[name].label), "data": over_days(name, otherwise=0), "color": color}
        for name, color in (("answered", "--series-2"), ("abandoned", "--bad"))
    ]
    of_counselors = [(counselors[one["counselor_id"]], one) for one in figures.counselors]
    of_categories = [(categories[one["category_id"]], one) for one in figures.categories]
    return {
        "requests": {"type": "bar", "labels": labels, "series": requests, "isStacked": True},
        "service": lines("service_level", "abandonment_rate"),
        "speed": lines("asa_seconds", "aht_seconds"),
        "satisfaction": lines("csat_share", "occupancy"),
        "counselors-handled": _bars(of_counselors, "handled"),
        "counselors-occupancy": _bars(of_counselors, "occupancy"),
        "categories-handled": _bars(of_categories, "handled"),
        "categories-service": _bars(of_categories, "service_level"),
    }


def _bars(rows: list[tuple[str, Figures]], name: str) -> Chart:
    figure = FIGURES_BY_NAME[name]
    series = [{"label": str(figure.label), "data": [figures[name] for _name, figures in rows]}]
    return {"type": "bar", "unit": figure.unit, "labels": [name for name, _figures in rows], "series": series}
