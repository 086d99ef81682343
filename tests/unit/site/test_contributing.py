"""CONTRIBUTING.md names files, tests and targets that are there."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
TEXT = (CHECKOUT / "CONTRIBUTING.md").read_text()
ROOMS = "apps|bench|deploy|docs|locale|scripts|static|templates|tests|ticketlive|types"
PLACEHOLDER = "NAME"
IN_A_ROOM = re.compile(rf"(?<![\w./-])(?:{ROOMS})/[\w./-]+")
AS_CODE = re.compile(r"`([\w.-]+/[\w./-]*|[\w.-]+\.(?:py|md|po|js|json|toml|txt))`")
PATHS = sorted({path for path in IN_A_ROOM.findall(TEXT) + AS_CODE.findall(TEXT) if PLACEHOLDER not in path})


@cache
def ends() -> set[str]:
    """Return each file and folder of the repository by its path, and by the ends of it, as a text may call it."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.splitlines()
    paths = {path for file in files for path in (Path(file), *Path(file).parents)}
    return {"/".join(path.parts[first:]) for path in paths for first in range(len(path.parts))}


def is_git_ignored(path: str) -> bool:
    return subprocess.run(["git", "check-ignore", "--quiet", path], cwd=CHECKOUT, check=False).returncode == 0


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_it_names_is_there_or_is_made_by_a_command(path: str) -> None:
    assert path.rstrip("/") in ends() or is_git_ignored(path)


def test_it_names_more_than_a_few_paths() -> None:
    assert len(PATHS) > 50


def test_a_test_that_it_names_is_there() -> None:
    named = re.findall(r"(tests/[\w/]+\.py)::(\w+)", TEXT)

    assert named
    assert all(f"def {test}(" in (CHECKOUT / path).read_text() for path, test in named)


def test_a_target_that_it_names_is_there() -> None:
    targets = set(re.findall(r"^([\w-]+):.*## ", (CHECKOUT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"`make ([\w-]+)", TEXT)) <= targets


@pytest.mark.parametrize("readme", ["README.md", "README.ko.md"])
def test_the_readme_leads_to_it(readme: str) -> None:
    assert "(CONTRIBUTING.md)" in (CHECKOUT / readme).read_text()
