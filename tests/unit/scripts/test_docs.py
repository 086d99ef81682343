"""What `python -m scripts.docs` finds: links, references and rows that lead nowhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts.docs import CHECKOUT, find_problems, list_texts

DOCS, DECISION = "docs", "Decision"  # so that this module does not itself refer to pages that are not there


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A small site in order: a page, a decision, the index, the navigation."""
    decisions = tmp_path / "docs" / "decisions"
    decisions.mkdir(parents=True)
    (tmp_path / "mkdocs.yml").write_text(
        "nav:\n  - Start: index.md\n  - Index: decisions/index.md\n  - One: decisions/0001-one.md\n"
    )
    (tmp_path / "docs" / "index.md").write_text("# Start\n\nSee [the first](decisions/0001-one.md#why-it-is-so).\n")
    (decisions / "0001-one.md").write_text(
        "# 0001 One thing\n\n*Decided 2026-11-23, changed 2026-11-30. In force.*\n\n## Why it is `so`\n"
    )
    (decisions / "index.md").write_text("| [0001](0001-one.md) | One thing | 2026-11-23 | in force |\n")
    return tmp_path


def problems_of(site: Path) -> list[str]:
    return list(find_problems(site, [file for file in sorted(site.rglob("*")) if file.is_file()]))


def add(site: Path, page: str, text: str) -> None:
    with (site / page).open("a") as file:
        file.write(text)


def test_all_links_and_references_of_this_repository_lead_somewhere() -> None:
    assert list(find_problems(CHECKOUT, list_texts(CHECKOUT))) == []


def test_a_site_in_order_has_no_problem(site: Path) -> None:
    assert problems_of(site) == []


@pytest.mark.parametrize(
    ("link", "what"),
    [
        ("[x](gone.md)", "no such file"),
        ("[x](index.md#gone)", "no such heading"),
        ("[x](#gone)", "no such heading"),
        ("![x](pictures/gone.png)", "no such file"),
        ("[x](../mkdocs.yml)", "not part of the site"),
    ],
)
def test_a_link_that_leads_nowhere_is_named(site: Path, link: str, what: str) -> None:
    add(site, "docs/index.md", link)
    (problem,) = problems_of(site)
    assert problem.startswith("docs/index.md: link to ")
    assert what in problem


def test_a_readme_that_links_to_a_heading_that_is_gone_is_named(site: Path) -> None:
    add(site, "README.md", f"[x]({DOCS}/decisions/0001-one.md#why) and [y]({DOCS}/decisions/0001-one.md#why-it-is-so)")
    assert problems_of(site) == [f"README.md: link to {DOCS}/decisions/0001-one.md#why: no such heading"]


def test_links_to_other_hosts_and_in_code_are_left_alone(site: Path) -> None:
    add(site, "docs/index.md", "[x](https://example.com/gone.md) `[x](gone.md)`\n```\n[x](gone.md)\n```\n")
    assert problems_of(site) == []


@pytest.mark.parametrize(
    "reference",
    [
        f"{DECISION.lower()} 0002",
        f"{DECISION} 0002",
        f"{DOCS}/{DECISION.lower()}s/0002",
        "(" + "0002)",
        f"[{'0002'}]",
        f"{DOCS}/gone.md",
    ],
)
def test_code_that_names_a_page_that_is_not_there_is_named(site: Path, reference: str) -> None:
    add(site, "module.py", f'"""See {reference}."""\n')
    (problem,) = problems_of(site)
    assert problem.startswith("module.py: ")
    assert "no such page" in problem


def test_a_page_that_names_a_source_file_that_is_gone_is_named(site: Path) -> None:
    (site / "apps").mkdir()
    add(site, "apps/store.py", "")
    add(site, f"{DOCS}/index.md", "`store.py`, `apps/store.py`, `apps/gone.py` and `manage.py rush`\n")
    assert problems_of(site) == [f"{DOCS}/index.md: apps/gone.py: no such file"]


def test_a_diagram_that_mermaid_would_cut_in_two_is_named(site: Path) -> None:
    add(site, f"{DOCS}/index.md", "a; b\n```mermaid\nsequenceDiagram\n  A->>B: first; second\n```\n")
    assert problems_of(site) == [f"{DOCS}/index.md: a diagram has a ;, which ends a statement there"]


def test_code_that_names_a_page_that_is_there_has_no_problem(site: Path) -> None:
    add(site, "module.py", f'"""See {DECISION.lower()} 0001, {DOCS}/decisions/0001-one.md, since 2026-11-23."""\n')
    assert problems_of(site) == []


def test_a_decision_without_date_and_status_is_named(site: Path) -> None:
    (site / DOCS / "decisions/0001-one.md").write_text("# 0001 One thing\n\n## Why it is so\n")
    assert problems_of(site) == [f"{DOCS}/decisions/0001-one.md: has no line *Decided YYYY-MM-DD. In force.*"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("One thing", "Another thing"), ("2026-11-23", "2026-11-24"), ("in force", "replaced by 0002")],
)
def test_an_index_that_says_something_else_than_the_page_is_named(site: Path, right: str, wrong: str) -> None:
    index = site / "docs/decisions/index.md"
    index.write_text(index.read_text().replace(right, wrong))
    (problem,) = problems_of(site)
    assert "the row of 0001-one.md has to be" in problem


def test_an_index_with_a_page_that_is_not_there_is_named(site: Path) -> None:
    add(site, "docs/decisions/index.md", f"| [{'0002'}](0002-two.md) | Two | 2026-11-23 | in force |\n")
    assert "docs/decisions/index.md: 0002-two.md is not there" in problems_of(site)


def test_a_page_that_is_in_no_menu_and_a_menu_without_its_page_are_named(site: Path) -> None:
    shutil.move(site / "docs/index.md", site / DOCS / "start.md")
    assert problems_of(site) == [
        f"mkdocs.yml: {DOCS}/start.md is not in the navigation",
        "mkdocs.yml: docs/index.md is not there",
    ]
