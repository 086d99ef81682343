"""The worker of a show that is called off is killed twice in the middle, and everybody has their money back once."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.models.functions import Now

from apps.orders.models import Ticket
from apps.payments.calling_off.call_off import call_off_performance, confirmation_of
from apps.payments.calling_off.models import CallOff, CallOffNotice
from apps.payments.calling_off.report import list_leftovers
from apps.payments.models import Payment, Refund
from tests.paid_orders import PaidOrders, assert_books_balance
from tests.plugin import Servers
from tests.servers import PrivateProcess
from tests.waiting import wait_until

ORDERS, REFUSED = 24, 2


@pytest.fixture
def worker(
    paid_orders: PaidOrders, servers: Servers, test_database_url: str, tmp_path: Path
) -> Iterator[PrivateProcess]:
    environment = os.environ | {
        "DATABASE_URL": test_database_url,
        "TOSS_API_BASE": paid_orders.sandbox.url,
        "CALL_OFF_CALLS_AT_ONCE": "3",
    }
    command = [sys.executable, "-m", "tests.faults.payments.carry_on"]
    process = PrivateProcess(command, log=tmp_path / "worker.log", env=environment)
    yield process
    process.end(signal.SIGKILL)


def refunds(status: str) -> int:
    return Refund.objects.filter(status=status).count()


def test_a_worker_that_is_killed_twice_loses_nothing_and_repeats_nothing(
    paid_orders: PaidOrders, worker: PrivateProcess
) -> None:
    for order in range(ORDERS):
        paid_orders.sell(order) if order % 3 else paid_orders.sell(order, ORDERS + order // 3)
    tickets = Ticket.objects.filter(live=True).count()
    paid_orders.sandbox.faults(latency_ms=50, fail_next=[403, "NOT_CANCELABLE_PAYMENT"], fail_count=REFUSED)
    job = call_off_performance(
        paid_orders.performance.pk, actor_id=None, reason="ill", typed=confirmation_of(paid_orders.performance)
    )

    for killed_after in (5, 12):
        worker.start(ready=lambda: True)
        wait_until(lambda: not worker.is_running or refunds("DONE") >= killed_after)  # noqa: B023 - waited for here
        assert worker.is_running, worker.log.read_text()
        worker.end(signal.SIGKILL)
        assert CallOff.objects.get().status == "RUNNING"
        CallOff.objects.update(leased_until=Now())  # as it is when nobody has renewed it for its ten seconds
    worker.start(ready=lambda: True)
    wait_until(lambda: not worker.is_running or CallOff.objects.filter(status="DONE").exists())

    codes = Refund.objects.filter(status="FAILED").values_list("provider_code", "order__pk")
    assert [code for code, _ in codes] == ["NOT_CANCELABLE_PAYMENT"] * REFUSED, list(codes)
    assert (refunds("DONE"), refunds("FAILED"), Refund.objects.count()) == (ORDERS - REFUSED, REFUSED, ORDERS)
    given = [len(paid_orders.sandbox.payment(one.payment_key)["cancels"] or ()) for one in Payment.objects.all()]
    assert sorted(given) == [0] * REFUSED + [1] * (ORDERS - REFUSED)
    left = list(list_leftovers(job))
    assert [one.code for one in left] == ["NOT_CANCELABLE_PAYMENT"] * REFUSED
    kept = Ticket.objects.filter(live=True)
    assert set(kept.values_list("order", flat=True)) == {one.order.pk for one in left}
    assert tickets - kept.count() == Ticket.objects.filter(status="CANCELLED").count()
    assert not CallOffNotice.objects.filter(sent_at=None).exists()
    assert_books_balance(paid_orders.sandbox)
