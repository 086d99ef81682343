"""The figures of a day as a table: what each is called, its unit, and how it is derived from additive parts.

The API, the admin's tables and charts, and the exports have them from here. The parts are those of one day, or of many
added up (apps/counseling/models/kpis.py). docs/kpis.md says what each figure means.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MICROSECONDS = 1_000_000
NOT_ADDED = frozenset({"id", "day", "counselor", "category"})

Parts = Mapping[str, Any]
"""{additive part: its value}. A category's day has no `after_call_us`, which belongs to no conversation."""

Unit = Literal["count", "seconds", "share", "points"]
"""A share goes from 0 to 1; points have no unit. All but a count are None where there is nothing to divide by."""

Whose = Literal["everybody", "counselors", "categories"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a day.

    Args:
        name: what the API calls it.
        label: for staff.
        derive: makes it from the parts of those whose it is.
        whose: who has it. A category's figures are the whole centre's too.
    """

    name: str
    label: Promise
    unit: Unit
    derive: Callable[[Parts], float | int | None]
    whose: Whose = "everybody"


def added_up(days: Iterable[models.Model]) -> dict[str, Any]:
    """Add the parts of several days; lists are joined."""
    total: dict[str, Any] = {}
    for day in days:
        for field in day._meta.concrete_fields:
            if field.name in NOT_ADDED:
                continue
            value = getattr(day, field.name)
            empty: Any = [] if isinstance(value, list) else 0
            total[field.name] = total.get(field.name, empty) + value
    return total


def counselor_ratios(parts: Parts) -> dict[str, Any]:
    """Derive a counselor's figures."""
    return {figure.name: figure.derive(parts) for figure in COUNSELOR_FIGURES}


def category_ratios(parts: Parts) -> dict[str, Any]:
    """Derive a category's figures, or the whole centre's."""
    return {figure.name: figure.derive(parts) for figure in CATEGORY_FIGURES}


def _count(part: str) -> Callable[[Parts], int]:
    return lambda parts: parts[part]


def _share(part: str, *whole: str) -> Callable[[Parts], float | None]:
    """A part divided by the sum of others."""
    return lambda parts: _divided(parts[part], sum(parts[name] for name in whole))


def _seconds(*spent: str, each: str) -> Callable[[Parts], float | None]:
    """The mean of a time, of which a category may lack some."""
    return lambda parts: _divided(sum(parts.get(name, 0) for name in spent) / MICROSECONDS, parts[each])


def _first_response(percent: int) -> Callable[[Parts], float | None]:
    """The nearest-rank percentile of the first replies."""

    def derive(parts: Parts) -> float | None:
        ordered = sorted(parts["first_responses_us"])
        if not ordered:
            return None
        return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1] / MICROSECONDS

    return derive


def _divided(part: float, whole: float) -> float | None:
    return part / whole if whole else None


FIGURES = (
    Figure("handled", _("Handled"), "count", _count("handled")),
    Figure("answered", _("Answered by a counselor"), "count", _count("answered")),
    Figure("aht_seconds", _("Handling time"), "seconds", _seconds("talk_us", "after_call_us", each="handled")),
    Figure("asa_seconds", _("Average speed of answer"), "seconds", _seconds("wait_us", each="answered")),
    Figure("first_response_p50_seconds", _("First reply, median"), "seconds", _first_response(50)),
    Figure("first_response_p90_seconds", _("First reply, 90th percentile"), "seconds", _first_response(90)),
    Figure("response_rate", _("Response rate"), "share", _share("responded", "handled")),
    Figure("csat_average", _("Rating"), "points", _share("rating_points", "ratings")),
    Figure("csat_share", _("Satisfied"), "share", _share("satisfied", "ratings")),
    Figure("ratings", _("Ratings"), "count", _count("ratings")),
    Figure("transfers_out", _("Transferred away"), "count", _count("transfers_out")),
    Figure("transfers_in", _("Transferred here"), "count", _count("transfers_in")),
    Figure("lost", _("Lost"), "count", _count("lost")),
    Figure(
        "service_level",
        _("Service level"),
        "share",
        _share("answered_in_time", "answered", "abandoned"),
        whose="categories",
    ),
    Figure("abandoned", _("Abandoned"), "count", _count("abandoned"), whose="categories"),
    Figure(
        "abandonment_rate",
        _("Abandonment rate"),
        "share",
        _share("abandoned", "answered", "abandoned"),
        whose="categories",
    ),
    Figure("fcr_proxy", _("Settled at first contact"), "share", _share("resolved", "closed"), whose="categories"),
    Figure(
        "acw_seconds", _("After-call work"), "seconds", _seconds("after_call_us", each="handled"), whose="counselors"
    ),
    Figure("occupancy", _("Occupancy"), "share", _share("occupied_us", "on_queue_us"), whose="counselors"),
    Figure("utilisation", _("Utilisation"), "share", _share("on_queue_us", "logged_in_us"), whose="counselors"),
    Figure("concurrency", _("Concurrency"), "points", _share("session_us", "busy_us"), whose="counselors"),
)
"""Every figure, in the order of the tables."""

COUNSELOR_FIGURES = tuple(figure for figure in FIGURES if figure.whose != "categories")
CATEGORY_FIGURES = tuple(figure for figure in FIGURES if figure.whose != "counselors")
FIGURES_BY_NAME = {figure.name: figure for figure in FIGURES}
