"""Redis comes back without the end of its append-only file: nothing is granted, or shown, on what it remembers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest
from asgiref.sync import sync_to_async

from apps.accounts.models import User
from apps.common.fastlane import FastLane
from apps.common.redis import sync_redis
from apps.common.redis.locks import lock_name
from apps.concerts.models import Performance
from apps.concerts.seat_map import fast as seat_map
from apps.concerts.seat_states import store as seat_states
from apps.orders.models import Order
from apps.orders.seat_holds import store
from apps.orders.services.rebuild_seat_state import ensure_seat_states, lock_of
from apps.orders.services.release_order import cancel_unpaid_order
from tests.factories import make_performance, make_user, seat_ids
from tests.fast_lane import client_of
from tests.order_client import OrderClient
from tests.redis_again import until_connected
from tests.servers import PrivateRedis
from tests.waiting import LONGEST_SECONDS, PAUSE_SECONDS

SOLD_OUT = [409, 409]
AWAY = 503


@pytest.fixture
def performance(redis_server: PrivateRedis, transactional_db: None) -> Performance:
    return make_performance()


@pytest.fixture
def holder(transactional_db: None) -> User:
    return make_user()


@pytest.fixture
def rival(transactional_db: None) -> User:
    return make_user()


async def nowhere(scope: object, receive: object, send: object) -> None:
    """The address is not on the fast lane: these tests have no other."""
    raise AssertionError(scope)


async def again(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """What a client gets that asks again while a part is away, as it is told to."""
    async with asyncio.timeout(LONGEST_SECONDS):
        while (answer := await ask()).status_code == AWAY:
            await asyncio.sleep(PAUSE_SECONDS)
    return answer


async def held(order_client: OrderClient, user: User, performance: Performance, seats: list[int]) -> str:
    placed = await again(lambda: order_client.order(user.pk, {"performance_id": performance.pk, "seat_ids": seats}))
    order_id: str = placed.json()["id"]
    assert (await order_client.reserve(user.pk, order_id)).status_code == 200
    return order_id


async def test_a_hold_that_redis_has_lost_is_there_again_before_a_rival_asks(
    order_client: OrderClient, redis_server: PrivateRedis, performance: Performance, holder: User, rival: User
) -> None:
    seats = await sync_to_async(seat_ids)(performance, 2)
    end = redis_server.end_of_log()
    order_id = await held(order_client, holder, performance, seats)
    redis_server.lose_what_came_after(end)

    taken = await again(lambda: order_client.order(rival.pk, {"performance_id": performance.pk, "seat_ids": seats}))

    assert taken.status_code == 409
    assert (await order_client.reserve(holder.pk, order_id)).status_code == 200


async def test_seats_that_were_let_go_in_the_lost_second_can_be_had(
    order_client: OrderClient, redis_server: PrivateRedis, performance: Performance, holder: User, rival: User
) -> None:
    seats = await sync_to_async(seat_ids)(performance, 2)
    order_id = await held(order_client, holder, performance, seats)
    end = redis_server.end_of_log()
    await sync_to_async(cancel_unpaid_order)(await Order.objects.aget(pk=order_id), actor="staff:1")
    redis_server.lose_what_came_after(end)

    await held(order_client, rival, performance, seats)


async def test_a_reader_of_the_lost_second_is_not_told_that_nothing_has_changed(
    order_client: OrderClient, redis_server: PrivateRedis, performance: Performance, holder: User
) -> None:
    seats = await sync_to_async(seat_ids)(performance, 2)
    order_id = await held(order_client, holder, performance, seats)
    async with client_of(FastLane(seat_map.ROUTES, fallback=nowhere)) as browser:
        address = f"/api/performances/{performance.pk}/seats"
        end = redis_server.end_of_log()
        await sync_to_async(store.extend_hold)(order_id, until=(await Order.objects.aget(pk=order_id)).expires_at)
        seen = await browser.get(address)
        redis_server.lose_what_came_after(end)

        await until_connected()
        while_it_is_behind = await browser.get(address, headers={"If-None-Match": seen.headers["etag"]})
        await sync_to_async(ensure_seat_states)()
        afterwards = await browser.get(address, headers={"If-None-Match": seen.headers["etag"]})

    assert while_it_is_behind.status_code == AWAY
    assert afterwards.status_code == 200
    assert afterwards.json()["version"] > seen.json()["version"]


def test_the_worker_rebuilds_every_show_that_another_server_wrote_though_nobody_looks(
    redis_server: PrivateRedis, performance: Performance
) -> None:
    other = make_performance()
    assert ensure_seat_states() == 0
    redis_server.lose_what_came_after(redis_server.end_of_log())

    assert ensure_seat_states() == 2
    assert ensure_seat_states() == 0
    assert seat_states.not_ready([performance.pk, other.pk]) == []


def test_a_lock_whose_release_was_lost_keeps_nobody_from_rebuilding(
    redis_server: PrivateRedis, performance: Performance
) -> None:
    sync_redis().set(f"lock:{lock_name(lock_of(performance.pk))}", "released in the lost second", ex=30)
    redis_server.lose_what_came_after(redis_server.end_of_log())

    assert ensure_seat_states() == 1


def test_a_connection_that_broke_by_itself_costs_no_rebuild(
    redis_server: PrivateRedis, performance: Performance
) -> None:
    sync_redis().connection_pool.disconnect()

    assert ensure_seat_states() == 0
    assert seat_states.is_ready(performance.pk)


async def test_two_processes_that_find_the_new_server_at_once_do_no_harm(
    order_client: OrderClient, redis_server: PrivateRedis, performance: Performance, holder: User, rival: User
) -> None:
    seats = await sync_to_async(seat_ids)(performance, 2)
    end = redis_server.end_of_log()
    await held(order_client, holder, performance, seats)
    redis_server.lose_what_came_after(end)

    answers = await asyncio.gather(
        sync_to_async(ensure_seat_states)(),
        again(lambda: order_client.order(rival.pk, {"performance_id": performance.pk, "seat_ids": seats})),
        again(lambda: order_client.order(rival.pk, {"performance_id": performance.pk, "seat_ids": seats[:1]})),
    )

    assert [answer.status_code for answer in answers[1:]] == SOLD_OUT
