"""One platform, started as `make run` does, for all tests that only need it to run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.make_run import Platform
from tests.servers import ServersFolder


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    folder = ServersFolder()
    yield folder.path / "home"
    folder.remove()


@pytest.fixture(scope="session")
def platform(home: Path) -> Iterator[Platform]:
    running = Platform(home)
    running.start()
    yield running
    running.end()
