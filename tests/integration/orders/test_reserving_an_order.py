from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db.models.functions import Now

from apps.accounts.models import User
from apps.common.errors import ServiceUnavailable
from apps.concerts.models import Performance
from apps.orders.models import Order, OrderEvent
from apps.orders.order_ids import new_order_id
from apps.orders.seat_holds import store
from apps.orders.services import hold_seats
from apps.orders.services.release_order import cancel_unpaid_order, expire_orders
from tests.factories import make_performance, make_user, seat_ids
from tests.order_client import OrderClient


@pytest.fixture
def buyer(transactional_db: None) -> User:
    return make_user()


@pytest.fixture
def rival(transactional_db: None) -> User:
    return make_user()


@pytest.fixture
def performance(transactional_db: None) -> Performance:
    return make_performance()


@pytest.fixture
def seats(performance: Performance) -> list[int]:
    return seat_ids(performance, 2)


async def placed(order_client: OrderClient, user: User, performance: Performance, seats: list[int]) -> str:
    answer = await order_client.order(user.pk, {"performance_id": performance.pk, "seat_ids": seats})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_reserved_order_is_reserved_in_the_database_before_the_answer(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int]
) -> None:
    order_id = await placed(order_client, buyer, performance, seats)

    answer = await order_client.reserve(buyer.pk, order_id)

    assert (answer.status_code, answer.json()["status"]) == (200, "RESERVED")
    order = await Order.objects.aget(pk=order_id)
    assert order.status == "RESERVED"
    assert order.hold_version is not None
    assert order.expires_at.isoformat().replace("+00:00", "Z") == answer.json()["expires_at"]
    events = OrderEvent.objects.filter(subject=order).values_list("from_status", "to_status")
    assert [event async for event in events] == [("PENDING", "RESERVED")]


async def test_the_same_order_reserved_twice_gives_the_same_answer(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int]
) -> None:
    order_id = await placed(order_client, buyer, performance, seats)

    answers = await asyncio.gather(*(order_client.reserve(buyer.pk, order_id) for _ in range(5)))

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.text for answer in answers} == {answers[0].text}
    assert await OrderEvent.objects.filter(subject=order_id).acount() == 1


async def test_of_two_who_want_one_seat_one_gets_it_and_the_other_is_told_which(
    order_client: OrderClient, buyer: User, rival: User, performance: Performance, seats: list[int]
) -> None:
    first = await placed(order_client, buyer, performance, seats)
    second = await placed(order_client, rival, performance, seats[1:])

    won = await order_client.reserve(buyer.pk, first)
    lost = await order_client.reserve(rival.pk, second)

    assert won.status_code == 200
    assert (lost.status_code, lost.json()["code"], lost.json()["seat_ids"]) == (409, "seats_unavailable", seats[1:])
    assert (await Order.objects.aget(pk=second)).status == "PENDING"


async def test_somebody_elses_order_is_not_found(
    order_client: OrderClient, buyer: User, rival: User, performance: Performance, seats: list[int]
) -> None:
    order_id = await placed(order_client, buyer, performance, seats)

    answer = await order_client.reserve(rival.pk, order_id)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await Order.objects.aget(pk=order_id)).status == "PENDING"


async def test_an_order_that_never_was_is_not_found(
    order_client: OrderClient, buyer: User, performance: Performance
) -> None:
    of_this_performance, of_none = new_order_id(performance.pk), new_order_id(10**9)

    for order_id in ("nonsense", of_this_performance, of_none):
        answer = await order_client.reserve(buyer.pk, order_id)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_two_tabs_do_not_get_around_the_limit_per_person(
    order_client: OrderClient, buyer: User, performance: Performance
) -> None:
    four = await sync_to_async(seat_ids)(performance, 4)
    more = await sync_to_async(seat_ids)(performance, 1, skip=4)
    one_tab = await placed(order_client, buyer, performance, four)
    other_tab = await placed(order_client, buyer, performance, more)

    first, second = await asyncio.gather(
        order_client.reserve(buyer.pk, one_tab), order_client.reserve(buyer.pk, other_tab)
    )

    codes = {first.status_code: first, second.status_code: second}
    assert set(codes) == {200, 409}
    assert codes[409].json()["code"] == "seat_limit_exceeded"


async def test_a_hold_that_cannot_be_stored_is_taken_back(
    order_client: OrderClient,
    buyer: User,
    rival: User,
    performance: Performance,
    seats: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order_id = await placed(order_client, buyer, performance, seats)

    async def fail(_hold: object) -> None:
        raise ServiceUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(hold_seats.reserving, "submit", fail)
        answer = await order_client.reserve(buyer.pk, order_id)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert (await Order.objects.aget(pk=order_id)).status == "PENDING"
    assert (
        await order_client.reserve(rival.pk, await placed(order_client, rival, performance, seats))
    ).status_code == 200


async def test_an_order_cancelled_before_its_hold_is_stored_loses_the_hold(
    order_client: OrderClient, buyer: User, rival: User, performance: Performance, seats: list[int]
) -> None:
    order_id = await placed(order_client, buyer, performance, seats)
    await Order.objects.filter(pk=order_id).aupdate(status="CANCELLED")  # Redis has not heard of it yet

    answer = await order_client.reserve(buyer.pk, order_id)

    assert (answer.status_code, answer.json()["code"]) == (409, "order_state")
    assert (
        await order_client.reserve(rival.pk, await placed(order_client, rival, performance, seats))
    ).status_code == 200


async def test_cancelling_frees_the_seats_at_once(
    order_client: OrderClient, buyer: User, rival: User, performance: Performance, seats: list[int]
) -> None:
    order_id = await placed(order_client, buyer, performance, seats)
    await order_client.reserve(buyer.pk, order_id)

    await sync_to_async(cancel_unpaid_order)(await Order.objects.aget(pk=order_id), actor=f"user:{buyer.pk}")

    assert (await Order.objects.aget(pk=order_id)).status == "CANCELLED"
    assert (
        await order_client.reserve(rival.pk, await placed(order_client, rival, performance, seats))
    ).status_code == 200


async def test_an_order_whose_time_is_over_expires_and_frees_its_seats(
    order_client: OrderClient, buyer: User, rival: User, performance: Performance, seats: list[int]
) -> None:
    order_id = await placed(order_client, buyer, performance, seats)
    await order_client.reserve(buyer.pk, order_id)
    await Order.objects.filter(pk=order_id).aupdate(expires_at=Now() - timedelta(seconds=1))

    assert await sync_to_async(expire_orders)() == 1

    assert (await Order.objects.aget(pk=order_id)).status == "EXPIRED"
    assert (
        await order_client.reserve(rival.pk, await placed(order_client, rival, performance, seats))
    ).status_code == 200
    assert (await order_client.reserve(buyer.pk, order_id)).status_code == 410


async def test_the_sweep_passes_over_an_order_that_is_being_paid(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int]
) -> None:
    order_id = await placed(order_client, buyer, performance, seats)
    await order_client.reserve(buyer.pk, order_id)
    await Order.objects.filter(pk=order_id).aupdate(status="CONFIRMING", expires_at=Now() - timedelta(seconds=1))

    assert await sync_to_async(expire_orders)() == 0

    assert (await Order.objects.aget(pk=order_id)).status == "CONFIRMING"


async def test_an_order_that_redis_does_not_know_is_found_in_the_database(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int]
) -> None:
    order_id = await placed(order_client, buyer, performance, seats)
    await store.release_hold.arun(order_id)  # forgets the draft

    assert (await order_client.reserve(buyer.pk, order_id)).status_code == 200
