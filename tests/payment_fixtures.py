"""Fixtures of every test that pays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.box_office import BoxOffice, use_sandbox
from tests.payment_sandbox import PrivateSandbox


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateSandbox]:
    running = PrivateSandbox(tmp_path_factory.mktemp("sandbox"))
    running.start()
    yield running
    running.kill()


@pytest.fixture
def sandbox(running_sandbox: PrivateSandbox) -> PrivateSandbox:
    """The Toss sandbox of this run, without the faults that another test has set."""
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture
def own_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateSandbox]:
    """A sandbox of the test's own, to be killed and started again."""
    own = PrivateSandbox(tmp_path_factory.mktemp("sandbox"))
    own.start()
    yield own
    own.kill()


@pytest.fixture
def office(transactional_db: None, settings: Settings, sandbox: PrivateSandbox) -> Iterator[BoxOffice]:
    """A box office whose provider is the sandbox of this run."""
    with use_sandbox(settings, sandbox):
        yield BoxOffice(sandbox)
