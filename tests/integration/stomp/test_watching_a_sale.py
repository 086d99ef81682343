"""Seats and the waiting room as those hear of them who buy."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from apps.accounts.models import Role, User
from apps.common.database.threads import database_threads, in_database_thread
from apps.concerts.destinations import DESTINATIONS
from apps.concerts.models import Performance, WaitingRoomMode
from apps.concerts.seat_states.reading import ChangesRead, read_changes
from apps.concerts.services.block_seats import block_seats
from apps.concerts.waiting_room import store
from apps.concerts.waiting_room.services.open_line import open_line
from apps.concerts.waiting_room.services.tick_waiting_rooms import tick_waiting_rooms
from apps.orders.services.rebuild_seat_state import ensure_seat_states
from tests.factories import make_performance, make_user, seat_ids
from tests.servers import PrivateRedis
from tests.stomp_client import StompClient, make_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sale_threads")]


@pytest.fixture
def sale_threads(transactional_db: None) -> Iterator[None]:
    """Give back the connections of the database threads before the tables are emptied."""
    yield
    database_threads().close()
    database_threads.cache_clear()


async def connected(user_id: int) -> StompClient:
    client = StompClient(make_server(DESTINATIONS))
    await client.connect(user_id=user_id)
    return client


async def test_who_has_a_pass_hears_each_change_of_a_seat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.concerts.destinations.LOOK_SECONDS", 0.01)
    performance = await in_database_thread(make_performance)
    (seat,) = await in_database_thread(seat_ids, performance, 1)
    client = await connected((await in_database_thread(make_user)).pk)
    await client.subscribe(f"/sub/performances/{performance.pk}/seats")
    before = await client.hear_json()
    assert before["changed"] == []
    staff = await in_database_thread(make_user, role=Role.STAFF)

    await in_database_thread(block_seats, performance, [seat], actor_id=staff.pk)

    heard = await client.hear_json()
    assert heard["changed"] == [[seat, "BLOCKED"]]
    assert heard["version"] > before["version"]


async def test_without_a_pass_the_seats_are_not_watched() -> None:
    performance = await in_database_thread(make_performance, mode=WaitingRoomMode.QUEUE)
    client = await connected((await in_database_thread(make_user)).pk)
    refused = await client.subscribe(f"/sub/performances/{performance.pk}/seats")

    assert refused.headers["code"] == "access_pass_required"


async def test_a_performance_that_is_none_is_not_watched() -> None:
    for destination in ("/sub/performances/999/seats", "/sub/waiting-room/999"):
        client = await connected(1)
        assert (await client.subscribe(destination)).headers["code"] == "not_found"


async def test_who_waits_hears_how_far_the_line_has_come() -> None:
    performance: Performance = await in_database_thread(make_performance, mode=WaitingRoomMode.QUEUE, rate=5.0)
    user = await in_database_thread(make_user)
    await in_database_thread(open_line, performance.pk)
    await store.join(performance.pk, user.pk)
    client = await connected(user.pk)
    await client.subscribe(f"/sub/waiting-room/{performance.pk}")
    assert (await client.hear_json()) == {"now_serving": 0, "rate": 5.0, "mode": "QUEUE", "seats_left": None}

    await in_database_thread(tick_waiting_rooms)

    assert (await client.hear_json()).keys() == {"now_serving", "rate", "mode", "seats_left"}


async def test_who_is_not_in_line_does_not_hear_of_it() -> None:
    performance = await in_database_thread(make_performance, mode=WaitingRoomMode.QUEUE)
    await in_database_thread(open_line, performance.pk)
    client = await connected((await in_database_thread(make_user)).pk)

    assert (await client.subscribe(f"/sub/waiting-room/{performance.pk}")).headers["code"] == "not_in_line"


async def test_who_watches_hears_of_changes_again_after_redis_was_away(
    monkeypatch: pytest.MonkeyPatch, redis_server: PrivateRedis
) -> None:
    monkeypatch.setattr("apps.concerts.destinations.LOOK_SECONDS", 0.01)
    performance = await in_database_thread(make_performance)
    (seat,) = await in_database_thread(seat_ids, performance, 1)
    client = await connected((await in_database_thread(make_user)).pk)
    await client.subscribe(f"/sub/performances/{performance.pk}/seats")
    await client.hear_json()
    looked_in_vain = asyncio.Event()

    read_on_the_loop = read_changes.arun

    async def look(performance_id: int, *, since: int) -> ChangesRead | None:
        try:
            return await read_on_the_loop(performance_id, since=since)
        except BaseException:
            looked_in_vain.set()
            raise

    monkeypatch.setattr(read_changes, "arun", look)
    redis_server.kill()
    await looked_in_vain.wait()
    redis_server.start()
    await in_database_thread(ensure_seat_states)
    await in_database_thread(block_seats, performance, [seat], actor_id=(await in_database_thread(make_staff)).pk)

    heard = await client.hear_json()
    assert heard.get("reset") or heard["changed"] == [[seat, "BLOCKED"]]


def make_staff() -> User:
    return make_user(role=Role.STAFF)
