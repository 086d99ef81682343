"""The figures of a range of days: one derivation for the API, the admin's charts and its exports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models

from apps.accounts.rehearsals import without_rehearsals
from apps.common.days import DayRange
from apps.counseling.kpis.ratios import FIGURES, added_up, category_ratios, counselor_ratios
from apps.counseling.models import DailyCategoryKpi, DailyCounselorKpi

Figures = dict[str, Any]
"""{figure: value}, as `ratios` derives them, with the key that they are grouped by."""

Derive = Callable[[dict[str, Any]], Figures]


@dataclass(frozen=True, slots=True)
class CentreFigures:
    """What the whole centre did in a range: its counselors, its categories, and each of its days.

    A day's figures are those of its categories added up, with what only counselors have (`COUNSELORS_ONLY`).
    `total` is the same of the whole range; None where nothing happened.
    """

    counselors: list[Figures]
    categories: list[Figures]
    days: list[Figures]
    total: Figures | None
    counselor_days: list[DailyCounselorKpi]
    category_days: list[DailyCategoryKpi]


COUNSELORS_ONLY = tuple(figure.name for figure in FIGURES if figure.whose == "counselors")


def days_of_counselors() -> models.QuerySet[DailyCounselorKpi]:
    """The days of the house's counselors, and of none whom a rehearsal has brought."""
    return without_rehearsals(DailyCounselorKpi.objects.all(), account="counselor")


def days_of_categories() -> models.QuerySet[DailyCategoryKpi]:
    """The days of what customers can ask about."""
    return DailyCategoryKpi.objects.filter(category__domain__is_rehearsal=False)


def figures_by(rows: Iterable[models.Model], key: str, derive: Derive) -> list[Figures]:
    """Add up the rows that share the attribute `key`, and derive the figures of each group, in the key's order."""
    groups: defaultdict[Any, list[models.Model]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, key)].append(row)
    return [{key: whose, **derive(added_up(of_one))} for whose, of_one in sorted(groups.items())]


def get_centre_figures(days: DayRange) -> CentreFigures:
    """Read the figures of everybody of the house in a range of days, in two queries."""
    within = models.Q(day__range=(days.first, days.last))
    of_counselors = list(days_of_counselors().filter(within).select_related("counselor"))
    of_categories = list(days_of_categories().filter(within).select_related("category"))
    counselors_by_day = {one["day"]: one for one in figures_by(of_counselors, "day", counselor_ratios)}
    categories_by_day = {one["day"]: one for one in figures_by(of_categories, "day", category_ratios)}
    nothing = category_ratios(added_up([DailyCategoryKpi()]))
    return CentreFigures(
        counselors=figures_by(of_counselors, "counselor_id", counselor_ratios),
        categories=figures_by(of_categories, "category_id", category_ratios),
        days=[
            {"day": day, **_of_centre(categories_by_day.get(day, nothing), counselors_by_day.get(day))}
            for day in sorted({*counselors_by_day, *categories_by_day})
        ],
        total=_total(of_counselors, of_categories),
        counselor_days=of_counselors,
        category_days=of_categories,
    )


def _total(counselors: list[DailyCounselorKpi], categories: list[DailyCategoryKpi]) -> Figures | None:
    if not counselors and not categories:
        return None
    of_categories = category_ratios(added_up(categories or [DailyCategoryKpi()]))
    return _of_centre(of_categories, counselor_ratios(added_up(counselors)) if counselors else None)


def _of_centre(of_categories: Figures, of_counselors: Figures | None) -> Figures:
    """Join both. The handling time stays that of the categories, as in the API: it is of talk alone."""
    return {**of_categories, **{name: (of_counselors or {}).get(name) for name in COUNSELORS_ONLY}}
