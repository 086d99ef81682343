"""The table of figures makes sense, and nothing that has to follow it, or the parts it is made of, was forgotten."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from django.db import models
from django.utils import translation

from apps.counseling.api.kpi_views import CategoryFiguresSerializer, CounselorFiguresSerializer
from apps.counseling.kpis.folds import fold_category_day, fold_counselor_day
from apps.counseling.kpis.ratios import (
    CATEGORY_FIGURES,
    COUNSELOR_FIGURES,
    FIGURES,
    NOT_ADDED,
    Figure,
    added_up,
    category_ratios,
    counselor_ratios,
)
from apps.counseling.models import DailyCategoryKpi, DailyCounselorKpi
from tests.integration.counseling.test_kpis import ANNA, BORA, CATEGORY

CHECKOUT = Path(__file__).resolve().parents[3]
DAY = (datetime(2026, 3, 10, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC))


def parts_of(model: type[models.Model]) -> set[str]:
    return {field.name for field in model._meta.concrete_fields} - NOT_ADDED


def test_a_day_is_folded_into_every_part_that_its_row_has() -> None:
    """A part that no fold gives would stay 0 for ever."""
    assert set(fold_counselor_day(DAY, parts=[], changes=[], scores=[])) == parts_of(DailyCounselorKpi)
    assert set(fold_category_day(DAY, parts=[], closed=[], scores=[])) == parts_of(DailyCategoryKpi)


def test_the_golden_day_has_every_part_computed_by_hand() -> None:
    assert set(ANNA) == set(BORA) == parts_of(DailyCounselorKpi)
    assert set(CATEGORY) == parts_of(DailyCategoryKpi)


def test_no_two_figures_share_a_name_or_a_label() -> None:
    assert len({figure.name for figure in FIGURES}) == len({str(figure.label) for figure in FIGURES}) == len(FIGURES)


@pytest.mark.parametrize(
    ("derived", "figures"),
    [
        (counselor_ratios(added_up([DailyCounselorKpi()])), COUNSELOR_FIGURES),
        (category_ratios(added_up([DailyCategoryKpi()])), CATEGORY_FIGURES),
    ],
    ids=["counselor", "category"],
)
def test_of_nothing_counts_are_nought_and_the_rest_is_not_known(
    derived: dict[str, Any], figures: tuple[Figure, ...]
) -> None:
    assert derived == {figure.name: 0 if figure.unit == "count" else None for figure in figures}


def test_the_api_has_every_figure() -> None:
    assert set(CounselorFiguresSerializer().fields) >= {figure.name for figure in COUNSELOR_FIGURES}
    assert set(CategoryFiguresSerializer().fields) >= {figure.name for figure in CATEGORY_FIGURES}


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_a_figure_is_translated(figure: Figure) -> None:
    with translation.override("en"):
        label = str(figure.label)
    with (CHECKOUT / "locale/ko/LC_MESSAGES/django.po").open("rb") as file:
        message = read_po(file).get(label)

    assert message is not None, "make messages"
    assert message.string, "translate it"


@pytest.mark.parametrize("page", ["docs/kpis.md", "docs/kpis.ko.md"])
@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_the_page_says_what_a_figure_means(figure: Figure, page: str) -> None:
    rows = re.findall(r"^\| .+ \| (.+?) \| .+ \|.*\|$", (CHECKOUT / page).read_text(), re.MULTILINE)

    assert sum(f"`{figure.name}`" in names for names in rows) == 1, f"a row of {figure.name} in {page}"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("static/counseling/desk/day.js", r'^  \["(\w+)", \(\) => gettext'),
        ("templates/admin/counseling/kpis.html", r"\btotal\.(\w+)"),
        ("templates/admin/counseling/card_centre.html", r"\btotal\.(\w+)"),
    ],
)
def test_a_page_shows_no_figure_that_there_is_none_of(path: str, name: str) -> None:
    shown = set(re.findall(name, (CHECKOUT / path).read_text(), re.MULTILINE))

    assert shown
    assert shown <= {figure.name for figure in FIGURES}
