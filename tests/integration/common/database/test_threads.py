"""The fast lane's database threads."""

import asyncio
import threading

import pytest
from django.db import connection

from apps.common.database.threads import DatabaseThreads, in_database_thread
from apps.common.errors import NotFound, ServiceUnavailable
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)


def connection_id(_call: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT CONNECTION_ID()")
        (own_id,) = cursor.fetchone()
    return int(own_id)


async def test_a_crowd_of_calls_takes_no_more_connections_than_threads() -> None:
    threads = DatabaseThreads(2)

    ids = await asyncio.gather(*[threads.run(connection_id, call) for call in range(50)])

    assert 1 <= len(set(ids)) <= 2
    await asyncio.to_thread(threads.close)


async def test_what_the_function_raises_is_raised_to_its_caller() -> None:
    def look_for(name: str, *, again: bool) -> str:
        raise NotFound(f"{name} {again}")

    with pytest.raises(NotFound, match="row True"):
        await in_database_thread(look_for, "row", again=True)


async def test_a_broken_connection_is_replaced() -> None:
    threads = DatabaseThreads(1)
    first = await threads.run(connection_id, 1)

    def kill(own_id: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("KILL %s", [own_id])

    await in_database_thread(kill, first)

    assert await threads.run(connection_id, 2) != first
    await asyncio.to_thread(threads.close)


async def test_more_calls_than_can_wait_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.common.database.threads.MAX_WAITING_PER_THREAD", 1)
    threads = DatabaseThreads(1)
    go_on = threading.Event()
    calls = [asyncio.create_task(threads.run(go_on.wait, LONGEST_SECONDS)) for _ in range(2)]
    await asyncio.sleep(0)

    with pytest.raises(ServiceUnavailable):
        await asyncio.wait_for(threads.run(go_on.wait, LONGEST_SECONDS), timeout=LONGEST_SECONDS)

    go_on.set()
    assert await asyncio.gather(*calls) == [True, True]
    await asyncio.to_thread(threads.close)
