"""One platform, started as `make run` does, for all tests that only need it to run; and one with two web processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.make_run import Platform
from tests.plugin import Servers
from tests.servers import ServersFolder


@pytest.fixture(scope="package")
def home() -> Iterator[Path]:
    folder = ServersFolder()
    yield folder.path / "home"
    folder.remove()


@pytest.fixture(scope="package")
def platform(home: Path) -> Iterator[Platform]:
    running = Platform(home)
    running.start()
    yield running
    running.end()


@pytest.fixture(scope="package")
def two_processes(servers: Servers) -> Iterator[Platform]:
    """The platform on the run's MariaDB, with two web processes."""
    folder = ServersFolder()
    servers.mariadb.create_database("rehearsed")
    running = Platform(folder.path / "home", web_processes=2, database_url=servers.mariadb.url("rehearsed"))
    running.start()
    yield running
    running.end()
    folder.remove()
