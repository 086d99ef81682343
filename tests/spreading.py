"""How tests are spread over processes (`pytest -n 3 --dist loadfile`): by file, those that take long first."""

from __future__ import annotations

from pathlib import Path

import pytest
from xdist.scheduler.loadfile import LoadFileScheduling

CHECKOUT = Path(__file__).parents[1]

TOGETHER = ("tests/e2e/make_run/", "tests/e2e/stomp/")
"""Folders whose files share platforms: one process runs them."""

FIRST = (
    "tests/e2e/make_run",
    "tests/e2e",
    "tests/integration/bench",
    "tests/integration/site/test_nasty_forms.py",
    "tests/browser/test_admin_catalogue.py",  # the browser ends with the last of its tests in a row
    "tests/browser",
    "tests/integration/site",
    "tests/faults",
    "tests/races",
    "tests/integration/payments",
)
"""Files, and folders of files, that take long, in the order in which they begin; all others follow."""


class Spreading(LoadFileScheduling):
    """Hands files to the processes one by one, and a folder of `TOGETHER` as if it were one."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)


def longest_first(items: list[pytest.Item]) -> None:
    """Sort tests by `FIRST`, so that processes that share them end at about the same time."""
    places: dict[Path, int] = {}
    for item in items:
        if item.path not in places:
            above = [item.path, *item.path.parents]
            places[item.path] = next((n for n, one in enumerate(FIRST) if CHECKOUT / one in above), len(FIRST))
    items.sort(key=lambda item: places[item.path])
