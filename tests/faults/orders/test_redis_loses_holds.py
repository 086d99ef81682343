from __future__ import annotations

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async

from apps.accounts.models import User
from apps.common.clock import database_now
from apps.common.fastlane import FastLane
from apps.common.models import OutboxMessage
from apps.common.redis import sync_redis
from apps.common.redis.locks import lock_name
from apps.concerts.models import Performance
from apps.concerts.seat_map import fast as seat_map
from apps.concerts.seat_states import store as seat_states
from apps.orders.models import Order
from apps.orders.services.rebuild_seat_state import ensure_seat_states, lock_of, rebuild_seat_state
from apps.orders.services.release_order import cancel_unpaid_order
from tests.factories import make_performance, make_user, seat_ids
from tests.fast_lane import client_of
from tests.order_client import OrderClient
from tests.servers import PrivateRedis


@pytest.fixture
def performance(redis_server: PrivateRedis, transactional_db: None) -> Performance:
    return make_performance()


@pytest.fixture
def holder(transactional_db: None) -> User:
    return make_user()


@pytest.fixture
def rival(transactional_db: None) -> User:
    return make_user()


async def reserve(order_client: OrderClient, user: User, performance: Performance, seats: list[int]) -> tuple[int, str]:
    placed = await order_client.order(user.pk, {"performance_id": performance.pk, "seat_ids": seats})
    if placed.status_code != 201:
        return placed.status_code, ""
    order_id = placed.json()["id"]
    return (await order_client.reserve(user.pk, order_id)).status_code, order_id


async def test_seats_that_were_held_are_held_again_before_anybody_else_gets_them(
    order_client: OrderClient, redis_server: PrivateRedis, performance: Performance, holder: User, rival: User
) -> None:
    seats = await sync_to_async(seat_ids)(performance, 2)
    _, order_id = await reserve(order_client, holder, performance, seats)
    with redis_server.client() as client:
        client.flushall()

    status, _ = await reserve(order_client, rival, performance, seats)

    assert status == 409
    assert (await Order.objects.aget(pk=order_id)).status == "RESERVED"
    assert (await order_client.reserve(holder.pk, order_id)).status_code == 200


async def test_without_the_rebuild_the_same_seats_could_be_held_twice(
    order_client: OrderClient,
    redis_server: PrivateRedis,
    performance: Performance,
    holder: User,
    rival: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The race that the rebuild closes: the state is declared ready without the holds of the database."""
    seats = await sync_to_async(seat_ids)(performance, 2)
    await reserve(order_client, holder, performance, seats)
    with redis_server.client() as client:
        client.flushall()
    monkeypatch.setattr("apps.orders.services.rebuild_seat_state._live_orders", lambda _performance_id: [])
    await sync_to_async(rebuild_seat_state)(performance.pk)

    status, _ = await reserve(order_client, rival, performance, seats)

    assert status == 200


async def test_holds_and_versions_survive_a_killed_redis(
    order_client: OrderClient, redis_server: PrivateRedis, performance: Performance, holder: User, rival: User
) -> None:
    seats = await sync_to_async(seat_ids)(performance, 2)
    _, order_id = await reserve(order_client, holder, performance, seats)
    redis_server.kill()

    while_away = await order_client.reserve(holder.pk, order_id)
    redis_server.start()
    status, _ = await reserve(order_client, rival, performance, seats)

    assert (while_away.status_code, while_away.json()["code"]) == (503, "service_unavailable")
    assert while_away.headers["Retry-After"] == "1"
    assert status == 409
    assert (await order_client.reserve(holder.pk, order_id)).status_code == 200


async def test_a_new_hold_has_a_higher_version_than_any_that_was_lost(
    order_client: OrderClient, redis_server: PrivateRedis, performance: Performance, holder: User, rival: User
) -> None:
    seats = await sync_to_async(seat_ids)(performance, 2)
    _, lost = await reserve(order_client, holder, performance, seats[:1])
    with redis_server.client() as client:
        client.flushall()

    _, new = await reserve(order_client, rival, performance, seats[1:])

    versions = {order.pk: order.hold_version async for order in Order.objects.all()}
    assert versions[new] > versions[lost]


async def test_the_worker_brings_back_every_performance_on_sale(
    redis_server: PrivateRedis, performance: Performance
) -> None:
    other = await sync_to_async(make_performance)()
    with redis_server.client() as client:
        client.flushall()

    assert await sync_to_async(ensure_seat_states)() == 2
    assert await sync_to_async(ensure_seat_states)() == 0
    assert other.pk != performance.pk


async def test_seats_of_a_performance_that_was_cancelled_are_released_after_a_loss_as_well(
    order_client: OrderClient, redis_server: PrivateRedis, performance: Performance, holder: User
) -> None:
    _, order_id = await reserve(order_client, holder, performance, await sync_to_async(seat_ids)(performance, 1))
    await Performance.objects.filter(pk=performance.pk).aupdate(status="CANCELLED")
    with redis_server.client() as client:
        client.flushall()

    await sync_to_async(cancel_unpaid_order)(await Order.objects.aget(pk=order_id), actor="staff:1")

    assert await OutboxMessage.objects.acount() == 0


def test_a_performance_that_cannot_be_rebuilt_keeps_no_other_from_it(performance: Performance) -> None:
    other = make_performance()
    for one in (performance, other):
        seat_states.mark_not_ready(one.pk)
    sync_redis().set(f"lock:{lock_name(lock_of(performance.pk))}", "a process that was killed", ex=30)

    assert ensure_seat_states() == 1

    assert seat_states.not_ready([performance.pk, other.pk]) == [performance.pk]


@pytest.mark.parametrize("status", list(Performance.Status))
async def test_who_looks_at_a_performance_that_is_over_has_its_seats_brought_back(
    redis_server: PrivateRedis, performance: Performance, status: Performance.Status
) -> None:
    over = await sync_to_async(database_now)() - timedelta(days=90)
    await Performance.objects.aupdate(
        status=status, sale_opens_at=over - timedelta(days=1), sale_closes_at=over, starts_at=over
    )
    with redis_server.client() as client:
        client.flushall()
    async with client_of(FastLane(seat_map.ROUTES, fallback=nowhere)) as browser:
        address = f"/api/performances/{performance.pk}/seats"
        assert (await browser.get(address)).status_code == 503

        await sync_to_async(ensure_seat_states)()

        assert (await browser.get(address)).status_code == 200


async def nowhere(scope: object, receive: object, send: object) -> None:
    """The address is not on the fast lane: these tests have no other."""
    raise AssertionError(scope)
