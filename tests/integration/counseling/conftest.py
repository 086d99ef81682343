from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from apps.common.database.threads import database_threads
from apps.common.redis import pipelined_redis
from apps.counseling.services.send_message import talking
from apps.stomp.hub import current_hub


@pytest.fixture
def threads_end_with_the_test(transactional_db: None) -> Iterator[None]:
    """Give back the connections of the writer and of the database threads before the tables are emptied."""
    yield
    talking.close()
    database_threads().close()
    database_threads.cache_clear()


@pytest.fixture
async def connections_end_with_the_test(threads_end_with_the_test: None) -> AsyncIterator[None]:
    """Give up what the test's event loop has opened at Redis."""
    yield
    await current_hub().aclose()
    await pipelined_redis().aclose()
