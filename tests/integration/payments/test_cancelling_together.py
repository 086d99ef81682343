"""Orders that were never paid, cancelled by a crowd: those of one moment share a transaction, and none its outcome."""

from __future__ import annotations

import pytest
from django.db import transaction
from redis.exceptions import ConnectionError as RedisConnectionError

from apps.common.database import outbox
from apps.common.models import OutboxMessage
from apps.orders.models import Order, OrderEvent
from apps.orders.seat_holds import store
from apps.orders.services.cancel_unpaid import CancelledOrder, cancel_unpaid_orders
from apps.orders.services.show_order import Asked
from tests.factories import make_user
from tests.paid_orders import PaidOrders, status_of_order
from tests.paid_orders_fast_lane import PaidOrdersFastLane
from tests.waiting import wait_until


def cancel_together(*asked: tuple[Order | str, int]) -> list[CancelledOrder | None]:
    with transaction.atomic():
        return cancel_unpaid_orders([Asked(getattr(order, "pk", order), user_id) for order, user_id in asked])


def test_each_order_of_a_moment_has_its_own_outcome(paid_orders: PaidOrders) -> None:
    drafted, reserved, sold, foreign = (
        paid_orders.place(0),
        paid_orders.reserve(1),
        paid_orders.sell(2),
        paid_orders.reserve(3),
    )
    stranger = make_user()

    done = cancel_together(
        (drafted, drafted.user_id),
        (sold, sold.user_id),
        (foreign, stranger.pk),
        ("0-nothing", stranger.pk),
        (reserved, reserved.user_id),
    )

    assert [one and (one.body.id, one.body.status) for one in done] == [
        (drafted.pk, "CANCELLED"),
        None,
        None,
        None,
        (reserved.pk, "CANCELLED"),
    ]
    assert [status_of_order(order) for order in (drafted, reserved, sold, foreign)] == [
        "CANCELLED", "CANCELLED", "PAID", "RESERVED",
    ]  # fmt: skip
    for order, was in ((drafted, "PENDING"), (reserved, "RESERVED")):
        event = OrderEvent.objects.filter(subject=order).latest("pk")
        assert (event.from_status, event.to_status, event.actor) == (was, "CANCELLED", f"user:{order.user_id}")


def test_an_order_that_is_cancelled_twice_in_one_moment_is_cancelled_once(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)

    done = cancel_together((order, order.user_id), (order, order.user_id))

    assert [one is None for one in done] in ([True, False], [False, True])
    assert OrderEvent.objects.filter(subject=order, to_status="CANCELLED").count() == 1


def test_only_who_held_seats_and_holds_no_others_leaves_the_place_inside(paid_orders: PaidOrders) -> None:
    buyer = make_user()
    draft, alone, one_of_two = paid_orders.place(0), paid_orders.reserve(1), paid_orders.reserve(2, user=buyer)
    paid_orders.reserve(3, user=buyer)

    done = cancel_together(*((order, order.user_id) for order in (draft, alone, one_of_two)))

    assert [one.leaves for one in done if one] == [False, True, False]


def test_seats_that_redis_could_not_free_at_once_are_free_by_the_outbox(
    paid_orders_fast_lane: PaidOrdersFastLane, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid_orders_fast_lane.reserve(0)

    async def away(*_args: object, **_more: object) -> bool:
        raise RedisConnectionError("away")

    with monkeypatch.context() as broken:
        broken.setattr(store.release_hold, "arun", away)
        answer = paid_orders_fast_lane.cancel(order)

    assert (answer.status_code, answer.json()["status"]) == (200, "CANCELLED")
    assert paid_orders_fast_lane.seat_status(0) == "HELD"
    OutboxMessage.objects.update(next_attempt_at=order.created_at)
    outbox.relay()
    assert paid_orders_fast_lane.seat_status(0) == "AVAILABLE"


def test_what_is_done_is_not_left_to_be_done_again(paid_orders_fast_lane: PaidOrdersFastLane) -> None:
    order = paid_orders_fast_lane.reserve(0)

    paid_orders_fast_lane.cancel(order)

    wait_until(lambda: not OutboxMessage.objects.exists(), what="the end of the outbox message")


@pytest.mark.parametrize("body", ['{"line_ids": [1]}', '{"line_ids": [2]}', "not json", "[]", '{"agreed_refund": -1}'])
def test_what_is_more_than_a_plain_cancellation_is_answered_as_ever(
    paid_orders_django: PaidOrders, paid_orders_fast_lane: PaidOrdersFastLane, body: str
) -> None:
    order = paid_orders_django.reserve(0)
    path = f"/api/orders/{order.pk}/cancel?preview=1"

    by_django = paid_orders_django.post(path, body, user_id=order.user_id)
    by_the_lane = paid_orders_fast_lane.post(path, body, user_id=order.user_id)

    assert (by_the_lane.status_code, by_the_lane.json()) == (by_django.status_code, by_django.json())
