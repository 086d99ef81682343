"""Which template lines `make check` refuses."""

from __future__ import annotations

from pathlib import Path

from scripts.template_lines import CHECKOUT, LONGEST, too_long


def test_a_line_that_is_too_long_is_named(tmp_path: Path) -> None:
    page = tmp_path / "templates" / "shop" / "page.html"
    page.parent.mkdir(parents=True)
    page.write_text(f"<p>\n{'x' * (LONGEST + 1)}\n</p>\n")

    assert [*too_long(tmp_path)] == [f"templates/shop/page.html:2: {LONGEST + 1} characters, {LONGEST} fit"]


def test_a_line_is_as_long_as_its_characters_not_their_bytes(tmp_path: Path) -> None:
    page = tmp_path / "apps" / "payments" / "assets" / "page.html"
    page.parent.mkdir(parents=True)
    page.write_text("결" * LONGEST)

    assert [*too_long(tmp_path)] == []


def test_the_templates_of_the_site_fit() -> None:
    assert [*too_long(CHECKOUT)] == []
