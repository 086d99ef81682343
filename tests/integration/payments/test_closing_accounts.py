"""The account of an order that has ended is closed, also where the provider would not hear of it at first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from apps.common.database import outbox
from apps.common.models import OutboxMessage
from apps.orders.models import Order
from apps.payments.models import Payment
from tests.paid_orders import PaidOrders, status_of_order


@pytest.fixture
def waiting(paid_orders: PaidOrders) -> Order:
    """An order that waits for its deposit."""
    order = paid_orders.reserve(0)
    assert paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌", validHours=24)).status_code == 200
    return order


def refuse_to_close(paid_orders: PaidOrders) -> None:
    paid_orders.sandbox.faults(fail_next=[403, "NOT_CANCELABLE_PAYMENT"], fail_count=1000)


def relay_all() -> None:
    OutboxMessage.objects.update(next_attempt_at=Now())
    outbox.relay()


def keys_of(paid_orders: PaidOrders, order: Order) -> list[str]:
    """The idempotency keys of the requests to close the order's account."""
    key = Payment.objects.get(order=order).payment_key
    return [call["idempotency_key"] for call in paid_orders.sandbox.calls("/cancel", mentioning=key)]


def test_a_provider_that_refuses_is_asked_once_in_the_customers_own_request(
    paid_orders: PaidOrders, waiting: Order
) -> None:
    refuse_to_close(paid_orders)

    answer = paid_orders.cancel(waiting)

    assert (answer.status_code, status_of_order(waiting)) == (200, "CANCELLED")
    assert keys_of(paid_orders, waiting) == [f"close:{waiting.pk}"]
    (left,) = OutboxMessage.objects.all()
    assert left.task == "payments.close_account"
    assert "AccountStaysOpen" in left.last_error


def test_it_is_asked_again_later_each_time_under_a_new_key_until_it_agrees(
    paid_orders: PaidOrders, waiting: Order
) -> None:
    refuse_to_close(paid_orders)
    paid_orders.cancel(waiting)
    relay_all()
    paid_orders.sandbox.faults()

    relay_all()

    assert Payment.objects.get().status == "CLOSED"
    assert keys_of(paid_orders, waiting) == [f"close:{waiting.pk}{end}" for end in ("", ":1", ":2")]
    assert not OutboxMessage.objects.exists()


def test_an_account_whose_time_is_over_is_not_asked_about_for_ever(
    paid_orders: PaidOrders, waiting: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_to_close(paid_orders)
    paid_orders.cancel(waiting)
    monkeypatch.setattr("apps.payments.services.fulfil_payment.DEPOSITS_UNDER_WAY", -timedelta(days=2))

    relay_all()

    assert Payment.objects.get().status == "CLOSED"
    assert not OutboxMessage.objects.exists()


def test_a_deposit_that_came_after_all_goes_back(paid_orders: PaidOrders, waiting: Order) -> None:
    refuse_to_close(paid_orders)
    paid_orders.cancel(waiting)
    paid_orders.sandbox.post("/sandbox/deposit", orderId=waiting.pk)

    relay_all()

    payment = Payment.objects.get()
    assert (payment.status, payment.refundable_krw) == ("CAPTURED", 0)
    assert payment.refunds.get().cause == "ORDER_ENDED"
