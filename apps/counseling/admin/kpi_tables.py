"""The figures of a range as tables for files: bare numbers under headings that name the unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.admin.tables import Table
from apps.counseling.admin.kpi_columns import heading_of
from apps.counseling.kpis.figures import CentreFigures, figures_by
from apps.counseling.kpis.ratios import (
    CATEGORY_FIGURES,
    COUNSELOR_FIGURES,
    FIGURES,
    Figure,
    category_ratios,
    counselor_ratios,
)

Names = Mapping[int, str]


def names_of(figures: CentreFigures) -> tuple[Names, Names]:
    """Return the nicknames of the counselors and the names of the categories, by their ids; read already."""
    counselors = {row.counselor_id: row.counselor.nickname for row in figures.counselor_days}
    categories = {row.category_id: row.category.name for row in figures.category_days}
    return counselors, categories


def days_table(figures: CentreFigures, _counselors: Names, _categories: Names) -> Table:
    rows = ([one["day"], *(one[figure.name] for figure in FIGURES)] for one in figures.days)
    return Table(_("Days"), [_("Day"), *_headings(FIGURES)], rows)


def counselors_table(figures: CentreFigures, counselors: Names, _categories: Names) -> Table:
    rows = (
        [one["counselor_id"], counselors[one["counselor_id"]], *(one[figure.name] for figure in COUNSELOR_FIGURES)]
        for one in figures.counselors
    )
    return Table(_("Counselors"), [_("No."), _("Counselor"), *_headings(COUNSELOR_FIGURES)], rows)


def categories_table(figures: CentreFigures, _counselors: Names, categories: Names) -> Table:
    rows = (
        [one["category_id"], categories[one["category_id"]], *(one[figure.name] for figure in CATEGORY_FIGURES)]
        for one in figures.categories
    )
    return Table(_("Categories"), [_("No."), _("Category"), *_headings(CATEGORY_FIGURES)], rows)


def counselor_days_table(figures: CentreFigures, counselors: Names, _categories: Names) -> Table:
    def rows() -> Iterator[list[Any]]:
        for row in figures.counselor_days:
            (one,) = figures_by([row], "counselor_id", counselor_ratios)
            name = counselors[row.counselor_id]
            yield [row.day, row.counselor_id, name, *(one[figure.name] for figure in COUNSELOR_FIGURES)]

    headings = [_("Day"), _("No."), _("Counselor"), *_headings(COUNSELOR_FIGURES)]
    return Table(_("Days of counselors"), headings, rows())


def category_days_table(figures: CentreFigures, _counselors: Names, categories: Names) -> Table:
    def rows() -> Iterator[list[Any]]:
        for row in figures.category_days:
            (one,) = figures_by([row], "category_id", category_ratios)
            name = categories[row.category_id]
            yield [row.day, row.category_id, name, *(one[figure.name] for figure in CATEGORY_FIGURES)]

    headings = [_("Day"), _("No."), _("Category"), *_headings(CATEGORY_FIGURES)]
    return Table(_("Days of categories"), headings, rows())


TABLES = {
    "days": (gettext_lazy("Days"), days_table),
    "counselors": (gettext_lazy("Counselors"), counselors_table),
    "categories": (gettext_lazy("Categories"), categories_table),
    "counselor-days": (gettext_lazy("Days of counselors"), counselor_days_table),
    "category-days": (gettext_lazy("Days of categories"), category_days_table),
}


def _headings(figures: tuple[Figure, ...]) -> list[str]:
    return [heading_of(figure) for figure in figures]
