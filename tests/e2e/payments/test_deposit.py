"""A deposit, as the bank, Toss, the web process and the worker pass it on."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from apps.orders.models import Ticket
from tests.live import LivePlatform
from tests.paid_orders import PaidOrders, access_token, assert_books_balance, status_of_order
from tests.waiting import LONGEST_SECONDS, wait_until


@pytest.fixture
def paid_orders(transactional_db: None, live_background: LivePlatform) -> Iterator[PaidOrders]:
    sandbox = live_background.sandbox
    sandbox.reset()
    sandbox.send_webhooks_to(f"{live_background.url}/api/payments/webhooks/toss")
    yield PaidOrders(sandbox)
    sandbox.reset()


def test_a_deposit_at_the_bank_becomes_a_ticket(paid_orders: PaidOrders, live_background: LivePlatform) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order, method="가상계좌")
    confirmed = httpx.post(
        f"{live_background.url}/api/payments/confirm",
        json={"paymentKey": key, "orderId": order.pk, "amount": order.amount_krw},
        headers={"Authorization": f"Bearer {access_token(order.user_id)}"},
        timeout=LONGEST_SECONDS,
    )
    assert (confirmed.status_code, confirmed.json()["status"]) == (200, "WAITING_FOR_DEPOSIT")

    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk)

    wait_until(lambda: status_of_order(order) == "PAID", what="the payment")
    assert Ticket.objects.filter(order=order, live=True).count() == 1
    assert_books_balance(paid_orders.sandbox)
