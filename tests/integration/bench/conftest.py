"""The stand-in of the payment provider, and orders whose provider is the sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.servers import Provider
from tests.payment_fixtures import paid_orders, running_sandbox, sandbox

__all__ = ["paid_orders", "provider", "running_sandbox", "sandbox"]


@pytest.fixture(scope="package")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    running = Provider(tmp_path_factory.mktemp("provider"))
    running.start()
    yield running
    running.kill()
