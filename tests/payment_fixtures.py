"""Fixtures of every test that pays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.box_office import BoxOffice, use_sandbox
from tests.fast_office import FastOffice, fast_lane_thread
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
    """A box office whose provider is the sandbox of this run; it confirms by Django's lane."""
    with use_sandbox(settings, sandbox):
        yield BoxOffice(sandbox)


@pytest.fixture
def django_office(transactional_db: None, settings: Settings, sandbox: PrivateSandbox) -> Iterator[BoxOffice]:
    """The same, also where a module's own `office` is another."""
    with use_sandbox(settings, sandbox):
        yield BoxOffice(sandbox)


@pytest.fixture
def fast_office(transactional_db: None, settings: Settings, sandbox: PrivateSandbox) -> Iterator[FastOffice]:
    """A box office that confirms, and hears of the provider, by the fast lane."""
    with use_sandbox(settings, sandbox), fast_lane_thread() as lane:
        yield FastOffice(sandbox, lane)


@pytest.fixture(params=["Django's lane", "the fast lane"])
def either_office(request: pytest.FixtureRequest, transactional_db: None) -> BoxOffice:
    """A box office by each lane: what one answers the other answers, too."""
    chosen: BoxOffice = request.getfixturevalue("django_office" if request.param == "Django's lane" else "fast_office")
    return chosen
