from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from apps.accounts.models import Booker, User
from apps.concerts.models import Performance, WaitingRoomMode
from apps.orders.models import Order, OrderLine
from tests.factories import make_performance, make_user, seat_ids
from tests.order_client import OrderClient


@pytest.fixture
def buyer(transactional_db: None) -> User:
    return make_user()


@pytest.fixture
def performance(transactional_db: None) -> Performance:
    return make_performance()


@pytest.fixture
def seats(performance: Performance) -> list[int]:
    return [*seat_ids(performance, 2), *seat_ids(performance, 1, section="B")]


count_orders = sync_to_async(Order.objects.count)


async def test_an_order_names_its_seats_and_its_amount(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int]
) -> None:
    answer = await order_client.order(buyer.pk, {"performance_id": performance.pk, "seat_ids": seats})

    assert answer.status_code == 201
    order = answer.json()
    assert order["status"] == "PENDING"
    assert order["amount"] == 260_000
    assert [line["seat_id"] for line in order["lines"]] == seats
    assert [line["price"] for line in order["lines"]] == [100_000, 100_000, 60_000]
    assert [line["id"] for line in order["lines"]] == [1, 2, 3]
    stored = await Order.objects.aget(pk=order["id"])
    assert (stored.user_id, stored.amount_krw, stored.status) == (buyer.pk, 260_000, "PENDING")
    assert await OrderLine.objects.filter(order=stored).acount() == 3


async def test_an_order_carries_the_profile_of_who_will_come(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int]
) -> None:
    booker = await Booker.objects.acreate(user=buyer, name="김하늘", phone="010-1234-5678", email="sky@example.com")

    answer = await order_client.order(
        buyer.pk, {"performance_id": performance.pk, "seat_ids": seats, "booker_id": booker.pk}
    )

    stored = await Order.objects.aget(pk=answer.json()["id"])
    assert (stored.booker_name, stored.booker_phone) == ("김하늘", "010-1234-5678")


async def test_somebody_elses_profile_is_refused(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int]
) -> None:
    stranger = await sync_to_async(make_user)()
    booker = await Booker.objects.acreate(user=stranger, name="남", phone="010-0000-0000", email="x@example.com")

    answer = await order_client.order(
        buyer.pk, {"performance_id": performance.pk, "seat_ids": seats, "booker_id": booker.pk}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")
    assert "booker_id" in answer.json()["errors"]
    assert await count_orders() == 0


async def test_a_repeated_idempotency_key_gets_the_first_answer(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int]
) -> None:
    body = {"performance_id": performance.pk, "seat_ids": seats}

    first = await order_client.order(buyer.pk, body, Idempotency_Key="once")
    second = await order_client.order(buyer.pk, body, Idempotency_Key="once")

    assert (second.status_code, second.json()) == (201, first.json())
    assert await count_orders() == 1


async def test_the_first_answer_comes_again_even_after_the_order_holds_its_seats(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int]
) -> None:
    body = {"performance_id": performance.pk, "seat_ids": seats}
    first = await order_client.order(buyer.pk, body, Idempotency_Key="once")
    await order_client.reserve(buyer.pk, first.json()["id"])

    again = await order_client.order(buyer.pk, body, Idempotency_Key="once")

    assert (again.status_code, again.json()) == (201, first.json())


async def test_an_idempotency_key_with_another_body_is_a_conflict(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int]
) -> None:
    await order_client.order(buyer.pk, {"performance_id": performance.pk, "seat_ids": seats}, Idempotency_Key="once")

    answer = await order_client.order(
        buyer.pk, {"performance_id": performance.pk, "seat_ids": seats[:1]}, Idempotency_Key="once"
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_conflict")
    assert await count_orders() == 1


async def test_two_people_may_use_the_same_idempotency_key(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int]
) -> None:
    other = await sync_to_async(make_user)()
    body = {"performance_id": performance.pk, "seat_ids": seats}

    first = await order_client.order(buyer.pk, body, Idempotency_Key="once")
    second = await order_client.order(other.pk, body, Idempotency_Key="once")

    assert second.status_code == 201
    assert second.json()["id"] != first.json()["id"]


async def test_seats_that_are_held_are_refused_by_name(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int]
) -> None:
    other = await sync_to_async(make_user)()
    order = await order_client.order(other.pk, {"performance_id": performance.pk, "seat_ids": seats[:2]})
    await order_client.reserve(other.pk, order.json()["id"])

    answer = await order_client.order(buyer.pk, {"performance_id": performance.pk, "seat_ids": seats[1:]})

    assert (answer.status_code, answer.json()["code"]) == (409, "seats_unavailable")
    assert answer.json()["seat_ids"] == seats[1:2]
    assert await count_orders() == 1


async def test_nobody_orders_more_seats_than_one_person_may_have(
    order_client: OrderClient, buyer: User, performance: Performance
) -> None:
    five = await sync_to_async(seat_ids)(performance, 5)

    answer = await order_client.order(buyer.pk, {"performance_id": performance.pk, "seat_ids": five})

    assert (answer.status_code, answer.json()["code"]) == (409, "seat_limit_exceeded")
    assert answer.json()["detail"] == "One person may have 4 seats of this performance; you have 0 already."
    assert await count_orders() == 0


@pytest.mark.parametrize(
    "times",
    [
        {"opens_in": timedelta(hours=1)},
        {"opens_in": timedelta(hours=-2), "closes_in": timedelta(hours=-1)},
    ],
    ids=["not yet", "no more"],
)
@pytest.mark.parametrize("mode", [WaitingRoomMode.OPEN, WaitingRoomMode.QUEUE])
async def test_nothing_is_sold_outside_the_sale(
    order_client: OrderClient, buyer: User, times: dict[str, timedelta], mode: WaitingRoomMode
) -> None:
    performance = await sync_to_async(make_performance)(mode=mode, **times)
    seats = await sync_to_async(seat_ids)(performance, 1)

    answer = await order_client.order(buyer.pk, {"performance_id": performance.pk, "seat_ids": seats})

    assert (answer.status_code, answer.json()["code"]) == (409, "not_on_sale")
    assert await count_orders() == 0


async def test_an_account_that_is_gone_orders_nothing_with_the_token_it_left(
    order_client: OrderClient, performance: Performance, seats: list[int]
) -> None:
    nobody = 2**40

    answer = await order_client.order(nobody, {"performance_id": performance.pk, "seat_ids": seats})

    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
    assert await count_orders() == 0


async def test_without_a_pass_nobody_orders(order_client: OrderClient, buyer: User) -> None:
    performance = await sync_to_async(make_performance)(mode=WaitingRoomMode.QUEUE)
    seats = await sync_to_async(seat_ids)(performance, 1)

    answer = await order_client.order(buyer.pk, {"performance_id": performance.pk, "seat_ids": seats})

    assert (answer.status_code, answer.json()["code"]) == (403, "access_pass_required")
    assert await count_orders() == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"seat_ids": []}, "seat_ids"),
        ({"seat_ids": "1"}, "seat_ids"),
        ({"seat_ids": [1.5]}, "seat_ids[0]"),
        ({"seat_ids": [2**63]}, "seat_ids[0]"),
        ({"seat_ids": None}, "seat_ids"),
        ({"performance_id": "x"}, "performance_id"),
        ({"performance_id": -1}, "performance_id"),
        ({"booker_id": 0}, "booker_id"),
    ],
)
async def test_nonsense_is_refused_by_field(
    order_client: OrderClient,
    buyer: User,
    performance: Performance,
    seats: list[int],
    change: dict[str, Any],
    field: str,
) -> None:
    body = {"performance_id": performance.pk, "seat_ids": seats} | change

    answer = await order_client.order(buyer.pk, body)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")
    assert field in answer.json()["errors"]
    assert await count_orders() == 0


async def test_a_seat_named_twice_is_refused(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int]
) -> None:
    answer = await order_client.order(buyer.pk, {"performance_id": performance.pk, "seat_ids": [seats[0], seats[0]]})

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")
    assert await count_orders() == 0


async def test_seats_of_another_performance_are_refused(
    order_client: OrderClient, buyer: User, performance: Performance
) -> None:
    other = await sync_to_async(make_performance)()
    foreign = await sync_to_async(seat_ids)(other, 1)

    answer = await order_client.order(buyer.pk, {"performance_id": performance.pk, "seat_ids": foreign})

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")
    assert await count_orders() == 0


async def test_an_unknown_performance_is_not_found(order_client: OrderClient, buyer: User, seats: list[int]) -> None:
    answer = await order_client.order(buyer.pk, {"performance_id": 999_999, "seat_ids": seats})

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_an_order_is_placed_even_where_redis_has_just_lost_everything(
    order_client: OrderClient, buyer: User, performance: Performance, seats: list[int], servers: Any
) -> None:
    with servers.redis.client() as client:
        client.flushall()

    answer = await order_client.order(buyer.pk, {"performance_id": performance.pk, "seat_ids": seats})

    assert answer.status_code in {201, 503}
    if answer.status_code == 503:
        assert answer.headers["Retry-After"] == "1"
