"""One order of one's own, by both lanes: the same words, and nobody else's."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from django.utils import timezone

from apps.orders.api.serializers import OrderSerializer
from apps.orders.fast import ROUTES
from apps.orders.models import Order
from apps.orders.selectors import list_orders
from apps.orders.services.show_order import showing
from tests.factories import make_user
from tests.moving import move_show
from tests.paid_orders import PaidOrders, access_token
from tests.paid_orders_fast_lane import LaneThread, fast_lane_thread


@pytest.fixture
def lane(transactional_db: None) -> Any:
    with fast_lane_thread(ROUTES, close=[showing.close]) as running:
        yield running


def shown(lane: LaneThread, order_id: str, user_id: int) -> Any:
    return lane.get(f"/api/orders/{order_id}", {"Authorization": f"Bearer {access_token(user_id)}"})


def as_django_shows(order: Order) -> Any:
    with timezone.override(UTC):
        return OrderSerializer(list_orders(order.user_id).get(pk=order.pk)).data


@pytest.mark.parametrize("state", ["pending", "reserved", "paid", "cancelled in part", "with a booker", "moved"])
def test_an_order_is_shown_as_django_shows_it(paid_orders: PaidOrders, lane: LaneThread, state: str) -> None:
    order = {"pending": paid_orders.place, "reserved": paid_orders.reserve}.get(state, paid_orders.sell)(0, 1)
    if state == "cancelled in part":
        paid_orders.cancel(order, line_ids=[1])
    if state == "moved":
        move_show(paid_orders.performance)
    if state == "with a booker":
        Order.objects.filter(pk=order.pk).update(booker_name="홍길동", booker_phone="010", booker_email="a@example.com")

    answer = shown(lane, order.pk, order.user_id)

    assert answer.status_code == 200
    assert answer.json() == as_django_shows(order)


def test_somebody_elses_order_and_nobodys_are_not_there(paid_orders: PaidOrders, lane: LaneThread) -> None:
    order = paid_orders.reserve(0)

    for order_id in (order.pk, "1-0123456789ABCDEF", "nothing-like-it"):
        assert shown(lane, order_id, make_user().pk).status_code == 404
