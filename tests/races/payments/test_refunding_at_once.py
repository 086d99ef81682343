"""Staff and customers at the same moment: each seat's money goes back once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
from django.db import connection

from apps.common.errors import DomainError
from apps.orders.models import Order
from apps.payments.models import Payment, Refund, RefundLine
from apps.payments.services.execute_refund import retry_refund, settle_refunds
from tests.paid_orders import PRICE_KRW, PaidOrders, assert_books_balance
from tests.payment_threads import at_once


def refused_refund(paid_orders: PaidOrders) -> tuple[Order, Refund]:
    """An order of two seats, and the refund of the first that was refused."""
    order = paid_orders.sell(0, 1)
    paid_orders.sandbox.faults(fail_next=[403, "NOT_CANCELABLE_PAYMENT"])
    paid_orders.cancel(order, line_ids=[1])
    paid_orders.sandbox.set_clock(ahead_seconds=5)
    return order, Refund.objects.get()


def settle(paid_orders: PaidOrders) -> None:
    """Carry everything out that is still open, whatever was refused for coming too soon after another."""
    for minute in range(1, 4):
        paid_orders.sandbox.set_clock(ahead_seconds=60 * minute)
        settle_refunds()


@pytest.mark.parametrize("guarded", [False, True])
def test_a_retry_after_the_customer_has_cancelled_again_pays_nobody_twice(
    paid_orders: PaidOrders, guarded: bool
) -> None:
    order, refused = refused_refund(paid_orders)
    with nullcontext() if guarded else without_the_constraint():
        assert paid_orders.cancel(order, line_ids=[1]).json()["refund"]["status"] == "DONE"

        retry(refused)
        settle(paid_orders)

        given = sum(refund.amount_krw for refund in Refund.objects.filter(status="DONE"))
        assert given == (PRICE_KRW if guarded else 2 * PRICE_KRW)


def test_many_retries_and_cancellations_at_once_refund_a_seat_once(paid_orders: PaidOrders) -> None:
    order, refused = refused_refund(paid_orders)

    at_once([lambda: retry(refused), lambda: paid_orders.cancel(order, line_ids=[1])] * 3)
    settle(paid_orders)

    assert [refund.amount_krw for refund in Refund.objects.filter(status="DONE")] == [PRICE_KRW]
    assert RefundLine.objects.filter(live=True).count() == 1
    assert Payment.objects.get().balance_krw == PRICE_KRW
    assert_books_balance(paid_orders.sandbox)


def retry(refund: Refund) -> Any:
    """Do what the button of the admin's list does; a refusal counts as a result."""
    try:
        return retry_refund(refund.pk, actor="staff:1")
    except DomainError as refusal:
        return refusal


@contextmanager
def without_the_constraint() -> Iterator[None]:
    """The state is only looked at; nothing in the database binds a seat to one refund."""
    (constraint,) = RefundLine._meta.constraints
    with connection.schema_editor() as editor:
        editor.remove_constraint(RefundLine, constraint)
    try:
        yield
    finally:
        RefundLine.objects.update(live=None)
        with connection.schema_editor() as editor:
            editor.add_constraint(RefundLine, constraint)
