from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from apps.common.redis import pipelined_redis
from apps.stomp.hub import current_hub


@pytest.fixture(autouse=True)
async def connections_end_with_the_test() -> AsyncIterator[None]:
    """Give up what the test's event loop has opened at Redis."""
    yield
    await current_hub().aclose()
    await pipelined_redis().aclose()
