"""The runs that settle: fair to every row, and bounded in what a hanging provider can take of the worker."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection

from apps.orders.models import Order
from apps.payments import tasks
from apps.payments.gateway.port import OutcomeUnknown
from apps.payments.services import settle_payments
from apps.payments.services.settle_each import settle_each
from tests.paid_orders import PaidOrders, status_of_order
from tests.waiting import LONGEST_SECONDS


def test_one_that_cannot_be_settled_keeps_no_other_from_it(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [paid_orders.reserve(seat) for seat in range(3)]
    for order in orders:
        key = paid_orders.agree(order)
        paid_orders.sandbox.faults(approve_then_hang_next=True)
        paid_orders.confirm(order, key)
    settle = settle_payments.settle_attempt

    def fail_for_the_first(attempt: object) -> None:
        if getattr(attempt, "order_id", None) == orders[0].pk:
            raise OutcomeUnknown("NO_ANSWER")
        settle(attempt)  # type: ignore[arg-type]

    monkeypatch.setattr(settle_payments, "settle_attempt", fail_for_the_first)

    assert settle_payments.settle_unknown_payments() == 3

    assert [status_of_order(order) for order in orders] == ["CONFIRMING", "PAID", "PAID"]


def test_a_run_ends_when_its_time_is_over(paid_orders: PaidOrders) -> None:
    for seat in range(3):
        paid_orders.reserve(seat)

    assert settle_each(lambda _: None, Order.objects.all(), run_seconds=0) == 1
    assert settle_each(lambda _: None, Order.objects.all()) == 3


def test_two_hanging_runs_leave_the_workers_other_threads_alone(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging, release = [Event(), Event()], Event()
    started = iter(hanging)

    def hang() -> None:
        next(started).set()
        release.wait(LONGEST_SECONDS)

    monkeypatch.setattr(tasks.execute_refund, "settle_refunds", hang)

    def run() -> None:
        try:
            tasks.settle_refunds()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(run) for _ in hanging]
        assert all(event.wait(LONGEST_SECONDS) for event in hanging)
        tasks.settle_refunds()  # comes back at once: a third would have raised StopIteration
        release.set()
        for one in runs:
            one.result()
