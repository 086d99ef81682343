"""Messages that come at once pass no more often than one after the other, and none of the true ones is refused."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import pytest
from pytest_django import Settings

from apps.orders.order_ids import new_order_id
from apps.payments.models import Payment, WebhookDelivery
from tests.paid_orders_fast_lane import PaidOrdersFastLane
from tests.payment_threads import at_once

AT_ONCE, MOST = 12, 3


@pytest.fixture(autouse=True)
def _few_from_an_address(settings: Settings) -> None:
    settings.REQUEST_RATES = settings.REQUEST_RATES | {"webhooks": {"account": "100/hour", "address": f"{MOST}/hour"}}
    settings.TRUSTED_PROXIES = 1


def statuses(orders: PaidOrdersFastLane, address: str, messages: list[dict[str, Any]]) -> Counter[int]:
    headers = {"X-Forwarded-For": address}
    calls = [partial(orders.post, "/api/payments/webhooks/toss", message, **headers) for message in messages]
    return Counter(answer.status_code for answer in at_once(calls))


def message(data: Any) -> dict[str, Any]:
    return {"eventType": "PAYMENT_STATUS_CHANGED", "createdAt": "2026-01-01T00:00:00.000000", "data": data}


def test_of_messages_about_no_order_that_come_at_once_no_more_are_looked_up(
    paid_orders_fast_lane: PaidOrdersFastLane,
) -> None:
    foreign = [message({"orderId": new_order_id(paid_orders_fast_lane.performance.pk)}) for _ in range(AT_ONCE)]

    assert statuses(paid_orders_fast_lane, "203.0.113.1", foreign) == {200: MOST, 429: AT_ONCE - MOST}


def test_of_true_ones_that_come_at_once_none_is_refused(paid_orders_fast_lane: PaidOrdersFastLane) -> None:
    paid_orders_fast_lane.sell(0)
    true = message(paid_orders_fast_lane.sandbox.payment(Payment.objects.get().payment_key))

    assert statuses(paid_orders_fast_lane, "203.0.113.2", [true] * AT_ONCE) == {200: AT_ONCE}
    assert WebhookDelivery.objects.count() == AT_ONCE
