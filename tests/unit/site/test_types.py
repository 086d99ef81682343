"""The types of the pages' modules: what the compiler looks at, and that nothing is hidden from it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
MODULES = sorted((CHECKOUT / "static").rglob("*.js"))
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
LOOSER = {"noImplicitAny", "noImplicitThis", "strictNullChecks", "strictFunctionTypes", "strictBindCallApply"}
"""Options that would take something back of what `strict` asks for."""


def options(name: str) -> dict[str, object]:
    text = (CHECKOUT / name).read_text()
    found: dict[str, object] = json.loads(re.sub(r"^\s*//.*$|(?<=[,\]}]) // .*$", "", text, flags=re.MULTILINE))
    return found


def test_every_module_is_looked_at_and_has_types_throughout() -> None:
    read = options("tsconfig.json")

    assert isinstance(read["compilerOptions"], dict)
    assert read["compilerOptions"]["checkJs"] is True
    assert read["compilerOptions"]["strict"] is True
    assert not LOOSER & read["compilerOptions"].keys()
    assert read["include"] == ["types", "static"]
    assert "exclude" not in read


def test_there_is_one_configuration_and_it_is_checked() -> None:
    assert [path.name for path in CHECKOUT.glob("tsconfig*.json")] == ["tsconfig.json"]
    assert "tsc --project tsconfig.json" in (CHECKOUT / "scripts/check.sh").read_text()


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_nothing_is_hidden_from_the_compiler(module: Path) -> None:
    for comment in COMMENT.findall(module.read_text()):
        assert "@ts-" not in comment


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_types_are_taken_from_elsewhere_by_a_tag(module: Path) -> None:
    """`import("./x.js")` in a comment would be taken for a module that the page loads, and get a name with a hash."""
    for comment in COMMENT.findall(module.read_text()):
        assert not re.search(r"""\bimport\(["']""", comment)
