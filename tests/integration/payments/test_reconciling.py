"""The provider's journal against our books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django import Settings

from apps.common.clock import database_now
from apps.payments.gateway.port import OutcomeUnknown, ProviderTransaction
from apps.payments.gateway.provider import get_gateway
from apps.payments.services.reconcile_journal import reconcile_journal
from tests.paid_orders import PRICE_KRW, PaidOrders, assert_books_balance, status_of_order, use_sandbox
from tests.payment_sandbox import PrivateSandbox


@pytest.fixture
def paid_orders(transactional_db: None, settings: Settings, own_sandbox: PrivateSandbox) -> Iterator[PaidOrders]:
    """Orders whose provider knows of no other sales."""
    with use_sandbox(settings, own_sandbox):
        yield PaidOrders(own_sandbox)


def reconcile() -> list[ProviderTransaction]:
    now = database_now()
    return reconcile_journal(start=now - timedelta(minutes=5), end=now + timedelta(minutes=5))


def test_books_that_agree_leave_nothing(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)
    paid_orders.cancel(order, line_ids=[1])

    assert reconcile() == []


def test_money_that_nobody_was_told_of_gets_its_ticket(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    paid_orders.sandbox.faults(approve_then_hang_next=True)
    paid_orders.confirm(order, paid_orders.agree(order))

    assert reconcile() == []

    assert status_of_order(order) == "PAID"
    assert_books_balance(paid_orders.sandbox)


def test_a_refund_made_at_the_provider_is_taken_over(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    key = paid_orders.sandbox.calls("/confirm", mentioning=order.pk)[0]["body"]["paymentKey"]
    get_gateway("toss").refund(key, amount_krw=None, reason="by telephone", idempotency_key=key)

    assert reconcile() == []

    assert status_of_order(order) == "CANCELLED"
    assert_books_balance(paid_orders.sandbox)


def test_money_for_an_order_that_was_never_confirmed_here_stays_for_a_person(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    get_gateway("toss").confirm(
        paid_orders.agree(order), order_id=order.pk, amount_krw=PRICE_KRW, idempotency_key=order.pk
    )

    assert [line.amount_krw for line in reconcile()] == [PRICE_KRW]

    assert status_of_order(order) == "RESERVED"


def test_a_provider_that_does_not_answer_leaves_it_for_the_next_run(paid_orders: PaidOrders) -> None:
    paid_orders.sandbox.faults(fail_next=[503, "COMMON_ERROR"], methods=["GET"])

    with pytest.raises(OutcomeUnknown):
        reconcile()
