"""The types of the pages' modules: what the compiler looks at, and that nothing is hidden from it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
MODULES = sorted((CHECKOUT / "static").rglob("*.js"))
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
STRICT_AT_LEAST = {"static/common", "static/concerts", "static/orders", "static/payments"}
"""The folders that have types throughout. It only grows, with tsconfig.strict.json."""


def options(name: str) -> dict[str, object]:
    text = (CHECKOUT / name).read_text()
    found: dict[str, object] = json.loads(re.sub(r"^\s*//.*$|(?<=[,\]}]) // .*$", "", text, flags=re.MULTILINE))
    return found


def test_every_module_is_looked_at() -> None:
    read = options("tsconfig.json")

    assert isinstance(read["compilerOptions"], dict)
    assert read["compilerOptions"]["checkJs"] is True
    assert read["include"] == ["types", "static"]
    assert "exclude" not in read


def test_a_folder_that_has_types_throughout_keeps_them() -> None:
    read = options("tsconfig.strict.json")

    assert isinstance(read["compilerOptions"], dict)
    assert isinstance(read["include"], list)
    assert read["compilerOptions"]["strict"] is True
    assert "exclude" not in read
    assert STRICT_AT_LEAST | {"types"} == set(read["include"])
    assert all([*CHECKOUT.glob(folder)] for folder in STRICT_AT_LEAST)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_nothing_is_hidden_from_the_compiler(module: Path) -> None:
    for comment in COMMENT.findall(module.read_text()):
        assert "@ts-" not in comment


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_types_are_taken_from_elsewhere_by_a_tag(module: Path) -> None:
    """`import("./x.js")` in a comment would be taken for a module that the page loads, and get a name with a hash."""
    for comment in COMMENT.findall(module.read_text()):
        assert not re.search(r"""\bimport\(["']""", comment)
