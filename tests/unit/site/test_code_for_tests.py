"""What only tests, suites and benchmarks use lives with them, not in the product."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
PRODUCT = ("apps", "ticketlive", "scripts")
DOTTED = re.compile(r"(?:apps|ticketlive)(?:\.\w+)+")  # how settings name what Django and others load


def modules(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    for room in rooms:
        for path in sorted((CHECKOUT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(CHECKOUT)), ast.parse(path.read_text())


def names_in(node: ast.AST) -> Counter[str]:
    """Count the names that code mentions, but for those that it gives."""
    found: Counter[str] = Counter()
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Store):
            found[part.id] += 1
        elif isinstance(part, ast.Attribute):
            found[part.attr] += 1
        elif isinstance(part, ast.alias) and part.asname not in (None, part.name):
            found[part.name] += 1
        elif isinstance(part, ast.Constant) and isinstance(part.value, str) and DOTTED.fullmatch(part.value):
            found[part.value.rpartition(".")[2]] += 1
    return found


def given_by(module: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """The functions and constants of a module. A decorator may hand a function to somebody who calls it."""
    for statement in module.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and not statement.decorator_list:
            yield statement.name, statement
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for target in targets:
                if isinstance(target, ast.Name) and target.id.isupper():
                    yield target.id, statement


def unused(sources: list[tuple[str, ast.Module]], everything: Counter[str]) -> list[str]:
    """Name what is given and mentioned nowhere else. Two things of one name count as used if one of them is."""
    return [
        f"{path}: {name}"
        for path, module in sources
        if path.startswith("apps/")
        for name, statement in given_by(module)
        if everything[name] == names_in(statement)[name]
    ]


def everything_mentioned(sources: list[tuple[str, ast.Module]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for _, module in sources:
        total += names_in(module)
    return total


def test_every_function_and_constant_of_the_apps_is_used_by_the_product() -> None:
    sources = list(modules(*PRODUCT))

    assert unused(sources, everything_mentioned(sources)) == []


def test_what_nobody_mentions_is_found() -> None:
    source = "LIMIT = 3\nUSED = 4\ndef used(): return USED\ndef alone(): return alone()\nused()\n"
    sources = [("apps/x.py", ast.parse(source))]

    assert unused(sources, everything_mentioned(sources)) == ["apps/x.py: LIMIT", "apps/x.py: alone"]
