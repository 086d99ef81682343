"""What two web processes do at the same moment: each has a writer of its own, and only the database between them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction

from apps.orders.models import Order
from apps.orders.services import place_order
from apps.orders.services.place_order import OrderRequest, place_orders
from tests.factories import make_performance, make_user, seat_ids
from tests.order_client import OrderClient


async def test_one_idempotency_key_at_two_processes_at_once_makes_one_order(
    order_client: OrderClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    performance, user = await sync_to_async(make_performance)(), await sync_to_async(make_user)()
    seats = await sync_to_async(seat_ids)(performance, 1)
    look = place_order._orders_by_key
    quicker: list[str] = []

    def place_elsewhere(requests: Sequence[OrderRequest]) -> None:
        try:
            with transaction.atomic():
                (placed,) = place_orders(requests)
            assert not isinstance(placed, Exception)
            quicker.append(placed.order_id)
        finally:
            connection.close()

    def look_and_be_overtaken(requests: Sequence[OrderRequest]) -> dict[tuple[int, str], Order]:
        monkeypatch.setattr(place_order, "_orders_by_key", look)
        found = look(requests)
        with ThreadPoolExecutor(1) as other_process:
            other_process.submit(place_elsewhere, requests).result()
        return found

    monkeypatch.setattr(place_order, "_orders_by_key", look_and_be_overtaken)

    body = {"performance_id": performance.pk, "seat_ids": seats}
    answer = await order_client.order(user.pk, body, idempotency_key="once")

    assert (answer.status_code, answer.json()["id"]) == (201, quicker[0])
    assert await Order.objects.acount() == 1
