"""Who orders, or holds and lets go, too often is told when to come again; what we could not do costs nothing."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async
from pytest_django import Settings

from apps.accounts.models import User
from apps.common.errors import ServiceUnavailable
from apps.concerts.models import Performance
from apps.orders.models import Order
from apps.orders.services import accept_order, hold_seats
from tests.factories import make_performance, make_user, seat_ids
from tests.fast_lane import bearer
from tests.order_client import OrderClient

count_orders = sync_to_async(Order.objects.count)


@pytest.fixture
def buyer(transactional_db: None) -> User:
    return make_user()


@pytest.fixture
def performance(transactional_db: None) -> Performance:
    return make_performance()


@pytest.fixture
def seats(performance: Performance) -> list[int]:
    return seat_ids(performance, 4)


@pytest.fixture
def rates(settings: Settings) -> Any:
    def change(**rates: str) -> None:
        changed = {name: {"account": rate, "address": ""} for name, rate in rates.items()}
        settings.SALE_RATES = settings.SALE_RATES | changed

    return change


def assert_refused(answer: httpx.Response, *, seconds: int) -> None:
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert seconds - 2 <= int(answer.headers["Retry-After"]) <= seconds


async def test_one_order_too_many_is_not_stored(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int], rates: Any
) -> None:
    rates(orders="2/10 minutes")
    for seat in seats[:2]:
        assert (await order(order_client, buyer, performance, seat)).status_code == 201

    assert_refused(await order(order_client, buyer, performance, seats[2]), seconds=300)
    assert await count_orders() == 2
    other = await sync_to_async(make_user)()
    assert (await order(order_client, other, performance, seats[2])).status_code == 201
    elsewhere = await sync_to_async(make_performance)()
    (seat,) = await sync_to_async(seat_ids)(elsewhere, 1)
    assert (await order(order_client, buyer, elsewhere, seat)).status_code == 201


async def test_a_repeat_gets_its_first_answer_when_the_budget_is_used_up(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int], rates: Any
) -> None:
    rates(orders="1/10 minutes")
    first = await order(order_client, buyer, performance, seats[0], Idempotency_Key="once")

    again = await order(order_client, buyer, performance, seats[0], Idempotency_Key="once")

    assert (again.status_code, again.json()) == (201, first.json())
    assert_refused(await order(order_client, buyer, performance, seats[0], Idempotency_Key="twice"), seconds=600)


async def test_an_order_that_we_could_not_store_is_given_back(
    order_client: OrderClient,
    buyer: User,
    performance: Performance,
    seats: list[int],
    rates: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rates(orders="1/10 minutes")

    with monkeypatch.context() as patch:
        patch.setattr(accept_order.placing, "submit", _away)
        assert (await order(order_client, buyer, performance, seats[0])).status_code == 503

    assert (await order(order_client, buyer, performance, seats[0])).status_code == 201


async def test_an_order_that_was_refused_with_good_reason_is_spent(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int], rates: Any
) -> None:
    rates(orders="1/10 minutes")
    nobodys = {"performance_id": performance.pk, "seat_ids": seats[:1], "booker_id": 10**9}

    assert (await order_client.order(buyer.pk, nobodys)).status_code == 422

    assert_refused(await order_client.order(buyer.pk, nobodys), seconds=600)


async def test_holding_and_cancelling_in_turn_comes_to_an_end(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int], rates: Any
) -> None:
    rates(holds="2/10 minutes")
    for seat in seats[:2]:
        order_id = (await order(order_client, buyer, performance, seat)).json()["id"]
        assert (await order_client.reserve(buyer.pk, order_id)).status_code == 200
        assert (await cancel(order_client, buyer, order_id)).status_code == 200
    order_id = (await order(order_client, buyer, performance, seats[2])).json()["id"]

    assert_refused(await order_client.reserve(buyer.pk, order_id), seconds=300)

    assert (await Order.objects.aget(pk=order_id)).status == "PENDING"
    assert (await cancel(order_client, buyer, order_id)).status_code == 200, "letting go is never refused for it"


async def test_a_hold_that_we_could_not_store_is_given_back(
    order_client: OrderClient,
    buyer: User,
    performance: Performance,
    seats: list[int],
    rates: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rates(holds="1/10 minutes")
    order_id = (await order(order_client, buyer, performance, seats[0])).json()["id"]

    with monkeypatch.context() as patch:
        patch.setattr(hold_seats.reserving, "submit", _away)
        for _ in range(3):
            assert (await order_client.reserve(buyer.pk, order_id)).status_code == 503

    assert (await order_client.reserve(buyer.pk, order_id)).status_code == 200


async def test_a_hold_that_was_refused_with_good_reason_is_spent(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int], rates: Any
) -> None:
    rates(holds="1/10 minutes")
    ended, other = [(await order(order_client, buyer, performance, seat)).json()["id"] for seat in seats[:2]]
    await Order.objects.filter(pk=ended).aupdate(status="EXPIRED")

    assert (await order_client.reserve(buyer.pk, ended)).status_code == 410

    assert_refused(await order_client.reserve(buyer.pk, other), seconds=600)


async def test_the_time_for_which_seats_are_held_has_a_budget_and_letting_go_early_gives_it_back(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int], rates: Any, settings: Settings
) -> None:
    rates(held_seconds=f"{settings.HOLD_SECONDS}/hour")
    first, second = [(await order(order_client, buyer, performance, seat)).json()["id"] for seat in seats[:2]]
    assert (await order_client.reserve(buyer.pk, first)).status_code == 200

    refused = await order_client.reserve(buyer.pk, second)

    assert_refused(refused, seconds=3600)
    assert "let them go too often" in refused.json()["detail"]
    assert (await cancel(order_client, buyer, first)).status_code == 200
    assert (await order_client.reserve(buyer.pk, second)).status_code == 200


async def test_the_time_of_a_hold_that_we_could_not_store_is_given_back_once(
    order_client: OrderClient,
    buyer: User,
    performance: Performance,
    seats: list[int],
    rates: Any,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rates(held_seconds=f"{2 * settings.HOLD_SECONDS}/hour")
    ids = [(await order(order_client, buyer, performance, seat)).json()["id"] for seat in seats[:3]]
    assert (await order_client.reserve(buyer.pk, ids[0])).status_code == 200

    with monkeypatch.context() as patch:
        patch.setattr(hold_seats.reserving, "submit", _away)
        for _ in range(3):
            assert (await order_client.reserve(buyer.pk, ids[1])).status_code == 503

    assert (await order_client.reserve(buyer.pk, ids[1])).status_code == 200
    assert (await order_client.reserve(buyer.pk, ids[2])).status_code == 429


async def test_changes_and_cancellations_have_a_budget_too(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int], settings: Settings
) -> None:
    settings.REQUEST_RATES = settings.REQUEST_RATES | {"order_changes": {"account": "2/10 minutes", "address": ""}}
    order_id = (await order(order_client, buyer, performance, seats[0])).json()["id"]
    await order_client.reserve(buyer.pk, order_id)
    path = f"/api/orders/{order_id}"
    for _ in range(2):
        assert (await _patch(order_client, buyer, path)).status_code == 200

    assert_refused(await _patch(order_client, buyer, path), seconds=300)
    assert_refused(await cancel(order_client, buyer, order_id), seconds=300)
    assert (await Order.objects.aget(pk=order_id)).status == "RESERVED"


async def test_a_family_that_chooses_again_and_again_is_not_held_up(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int]
) -> None:
    """As the rehearsal's most patient people do: twelve tries in a row, and all of it a second time."""
    for attempt in range(24):
        answer = await order(order_client, buyer, performance, seats[attempt % 4])
        assert answer.status_code == 201, answer.text
        order_id = answer.json()["id"]
        if attempt % 2:
            assert (await order_client.reserve(buyer.pk, order_id)).status_code == 200
        assert (await cancel(order_client, buyer, order_id)).status_code == 200


async def order(
    order_client: OrderClient, user: User, performance: Performance, seat: int, **headers: str
) -> httpx.Response:
    return await order_client.order(user.pk, {"performance_id": performance.pk, "seat_ids": [seat]}, **headers)


async def cancel(order_client: OrderClient, user: User, order_id: str) -> httpx.Response:
    return await order_client.client.post(f"/api/orders/{order_id}/cancel", json={}, headers=bearer(user_id=user.pk))


async def _patch(order_client: OrderClient, user: User, path: str) -> httpx.Response:
    return await order_client.client.patch(path, json={"delivery": "ON_SITE"}, headers=bearer(user_id=user.pk))


async def _away(_work: object) -> None:
    raise ServiceUnavailable
