"""Prices as staff type them, one grade a line."""

from __future__ import annotations

import pytest
from django.forms import ValidationError
from django.utils import translation

from apps.concerts.admin.forms import parse_prices
from apps.concerts.services.set_prices import GradePrice


def test_a_line_names_grade_price_colour_and_sections() -> None:
    assert parse_prices("VIP 165000 #7c3aed: F1, F2\n\nR 99000: 101\n") == [
        GradePrice(name="VIP", price_krw=165_000, color="#7c3aed", sections=["F1", "F2"]),
        GradePrice(name="R", price_krw=99_000, sections=["101"]),
    ]


@pytest.mark.parametrize("line", ["VIP: F1", "VIP 165000", "VIP -5: F1", "VIP 1.5: F1", "VIP 5 red: F1", "VIP 5:"])
def test_a_line_that_is_no_grade_is_named(line: str) -> None:
    with translation.override("en"), pytest.raises(ValidationError, match="Not a grade"):
        parse_prices(f"R 99000: 101\n{line}")
