"""A refund's bank account names a bank that the payment's provider can pay into."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.orders.models import Order
from apps.payments.models import Refund
from apps.payments.services.settle_payments import settle_order
from tests.paid_orders import PaidOrders, access_token, status_of_order

ACCOUNT = {"bank": "88", "account_number": "1102345678", "holder_name": "김서연"}
MISTYPED = {**ACCOUNT, "account_number": "9992345678"}
UNKNOWN_BANK = {**ACCOUNT, "bank": "99"}


@pytest.fixture
def deposited(paid_orders: PaidOrders) -> Order:
    """An order that was paid by a deposit."""
    order = paid_orders.reserve(0)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk)
    settle_order(order.pk)
    return order


def test_a_bank_that_the_provider_does_not_know_is_refused_when_cancelling(
    paid_orders: PaidOrders, deposited: Order
) -> None:
    answer = paid_orders.cancel(deposited, refund_account=UNKNOWN_BANK)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")
    assert list(answer.json()["errors"]["refund_account"]) == ["bank"]
    assert status_of_order(deposited) == "PAID"
    assert not Refund.objects.exists()


def test_so_it_is_when_the_account_is_corrected(paid_orders: PaidOrders, deposited: Order) -> None:
    paid_orders.cancel(deposited, refund_account=MISTYPED)
    paid_orders.sandbox.post("/sandbox/pay-back", orderId=deposited.pk, fails=True)
    settle_order(deposited.pk)

    by_itself = paid_orders.client.put(
        reverse("order-refund-account", args=[deposited.pk, 1]), UNKNOWN_BANK, content_type="application/json",
        headers={"Authorization": f"Bearer {access_token(deposited.user_id)}"},
    )  # fmt: skip
    by_cancelling = paid_orders.cancel(deposited, refund_account=UNKNOWN_BANK)

    assert (by_itself.status_code, list(by_itself.json()["errors"])) == (422, ["bank"])
    assert (by_cancelling.status_code, list(by_cancelling.json()["errors"]["refund_account"])) == (422, ["bank"])
    refund = Refund.objects.get()
    assert (refund.status, refund.account) == ("RETURNED", MISTYPED)


def test_of_a_card_nobody_looks_at_an_account_that_is_not_needed(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)

    assert paid_orders.cancel(order, refund_account=UNKNOWN_BANK).status_code == 200
