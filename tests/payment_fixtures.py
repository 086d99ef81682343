"""Fixtures of every test that pays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.paid_orders import PaidOrders, use_sandbox
from tests.paid_orders_fast_lane import PaidOrdersFastLane, fast_lane_thread
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
def paid_orders(transactional_db: None, settings: Settings, sandbox: PrivateSandbox) -> Iterator[PaidOrders]:
    """Orders whose provider is the sandbox of this run; they are confirmed by Django's lane."""
    with use_sandbox(settings, sandbox):
        yield PaidOrders(sandbox)


@pytest.fixture
def paid_orders_django(transactional_db: None, settings: Settings, sandbox: PrivateSandbox) -> Iterator[PaidOrders]:
    """The same, also where a module's own `paid_orders` is another."""
    with use_sandbox(settings, sandbox):
        yield PaidOrders(sandbox)


@pytest.fixture
def paid_orders_fast_lane(
    transactional_db: None, settings: Settings, sandbox: PrivateSandbox
) -> Iterator[PaidOrdersFastLane]:
    """Orders that are confirmed, and of which the provider is heard, by the fast lane."""
    with use_sandbox(settings, sandbox), fast_lane_thread() as lane:
        yield PaidOrdersFastLane(sandbox, lane)


@pytest.fixture(params=["Django's lane", "the fast lane"])
def paid_orders_either_lane(request: pytest.FixtureRequest, transactional_db: None) -> PaidOrders:
    """Orders by each lane: what one answers the other answers, too."""
    chosen: PaidOrders = request.getfixturevalue(
        "paid_orders_django" if request.param == "Django's lane" else "paid_orders_fast_lane"
    )
    return chosen
