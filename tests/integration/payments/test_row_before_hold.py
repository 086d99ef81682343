"""A hold is extended in the database first: Redis never keeps a seat for longer than its order's row says."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from pytest_django import Settings

from apps.common.clock import database_now
from apps.orders.errors import OrderStateConflict
from apps.orders.models import Order
from apps.orders.seat_holds import store
from apps.payments.services.keep_hold import keep_hold, keep_holds, provider_seconds
from tests.paid_orders import PaidOrders

Extensions = list[tuple[datetime, datetime]]


def committed_end(order_id: str) -> datetime:
    """Read a row's end as another process would."""

    def read() -> datetime:
        try:
            return Order.objects.values_list("expires_at", flat=True).get(pk=order_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(read).result()


@pytest.fixture
def extensions(monkeypatch: pytest.MonkeyPatch) -> Extensions:
    """What was asked of Redis, each beside what the row said at that moment."""
    seen: Extensions = []
    extend, aextend = store.extend_hold, store.aextend_hold

    def note(call: Callable[..., Any]) -> Callable[..., Any]:
        def noted(order_id: str, *, until: datetime, **more: bool) -> Any:
            seen.append((until, committed_end(order_id)))
            return call(order_id, until=until, **more)

        return noted

    monkeypatch.setattr(store, "extend_hold", note(extend))
    monkeypatch.setattr(store, "aextend_hold", note(aextend))
    return seen


def assert_the_row_was_first(extensions: Extensions) -> None:
    assert extensions
    assert [until for until, row in extensions if row < until] == []


def assert_both_agree(orders: PaidOrders, order: Order, seat: int) -> None:
    order.refresh_from_db()
    assert orders.seat_expiry(seat) == order.expires_at.timestamp()


def test_a_payment_that_begins_in_the_last_moment_lengthens_the_row_and_then_the_hold(
    paid_orders_either_lane: PaidOrders, settings: Settings, extensions: Extensions
) -> None:
    settings.HOLD_SECONDS = 30
    orders = paid_orders_either_lane
    order = orders.reserve(0)
    key = orders.agree(order)
    orders.sandbox.faults(hang_next=True)

    assert orders.confirm(order, key).json()["code"] == "payment_unknown"

    assert_the_row_was_first(extensions)
    assert_both_agree(orders, order, 0)
    assert order.expires_at > database_now() + timedelta(seconds=provider_seconds() - 30)


def test_what_is_kept_for_an_open_payment_is_in_the_row_first(
    paid_orders: PaidOrders, settings: Settings, extensions: Extensions
) -> None:
    settings.HOLD_SECONDS = 30
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(hang_next=True)
    paid_orders.confirm(order, key)
    Order.objects.update(expires_at=Now() + timedelta(seconds=5))
    extensions.clear()

    assert keep_holds() == 1

    assert_the_row_was_first(extensions)
    assert_both_agree(paid_orders, order, 0)


def test_an_order_that_has_moved_on_keeps_no_seats(paid_orders: PaidOrders, extensions: Extensions) -> None:
    order = paid_orders.reserve(0)
    Order.objects.update(status="CANCELLED")

    with pytest.raises(OrderStateConflict) as refused:
        keep_hold(order, seconds=6000)

    assert refused.value.extras["order_status"] == "CANCELLED"
    assert extensions == []
