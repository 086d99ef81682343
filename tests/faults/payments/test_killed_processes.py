"""A process is killed in the middle of a sale or a refund, and the next run of the tasks finds the right end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from apps.common.database import outbox
from apps.common.models import OutboxMessage
from apps.orders.models import Order, Ticket
from apps.payments.models import Payment, PaymentAttempt, Refund
from apps.payments.services.execute_refund import settle_refunds
from apps.payments.services.settle_payments import settle_unknown_payments
from tests.paid_orders import PRICE_KRW, PaidOrders, assert_books_balance, attempts_of, status_of_order
from tests.plugin import Servers
from tests.waiting import LONGEST_SECONDS

SERVICES = "apps.payments.services"


@pytest.fixture
def environment(paid_orders: PaidOrders, servers: Servers, test_database_url: str) -> dict[str, str]:
    return os.environ | {"DATABASE_URL": test_database_url, "TOSS_API_BASE": paid_orders.sandbox.url}


def killed_at(place: str, *work: str, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.payments.die_at", place, *work],
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def killed_in_confirm(place: str, order: Order, key: str, environment: dict[str, str]) -> None:
    arguments = (key, order.pk, str(order.amount_krw), str(order.user_id))
    killed_at(f"{SERVICES}.{place}", "confirm", *arguments, environment=environment)


def let_time_pass() -> None:
    """Let the attempts be older than any call can take, and the outbox be due."""
    PaymentAttempt.objects.update(started_at=Now() - timedelta(minutes=10))
    OutboxMessage.objects.update(next_attempt_at=Now())


@pytest.mark.parametrize(
    ("place", "charged"),
    [
        ("confirm_payment.keep_hold", False),
        ("confirm_payment.send_confirm", False),
        ("confirm_payment.fulfil_and_refund", True),
        ("fulfil_payment.issue_tickets", True),
    ],
)
def test_an_order_whose_process_died_is_completed(
    paid_orders: PaidOrders, environment: dict[str, str], place: str, charged: bool
) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)

    killed_in_confirm(place, order, key, environment)

    assert (status_of_order(order), attempts_of(order)) == ("CONFIRMING", ["STARTED"])
    assert paid_orders.sandbox.payment(key)["status"] == ("DONE" if charged else "IN_PROGRESS")
    settle_unknown_payments()
    assert status_of_order(order) == "CONFIRMING"  # the process might still be at it
    let_time_pass()
    settle_unknown_payments()
    assert (status_of_order(order), attempts_of(order)) == ("PAID", ["CONFIRMED"])
    assert paid_orders.seat_status(0) == "SOLD"
    assert Ticket.objects.filter(order=order, live=True).count() == 1
    assert_books_balance(paid_orders.sandbox)


def test_an_order_whose_process_died_is_refunded_if_the_seat_is_gone(
    paid_orders: PaidOrders, environment: dict[str, str]
) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    killed_in_confirm("confirm_payment.fulfil_and_refund", order, key, environment)
    paid_orders.lose_hold(order)
    rival = paid_orders.sell(0)

    let_time_pass()
    settle_unknown_payments()

    assert (status_of_order(order), status_of_order(rival)) == ("CANCELLED", "PAID")
    assert Refund.objects.get().status == "DONE"
    assert paid_orders.sandbox.payment(key)["balanceAmount"] == 0
    assert paid_orders.seat_status(0) == "SOLD"
    assert_books_balance(paid_orders.sandbox)


def test_an_order_whose_process_died_before_the_charge_is_let_go_if_the_seat_is_gone(
    paid_orders: PaidOrders, environment: dict[str, str]
) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    killed_in_confirm("confirm_payment.send_confirm", order, key, environment)
    paid_orders.lose_hold(order)
    paid_orders.reserve(0)

    let_time_pass()
    settle_unknown_payments()

    assert status_of_order(order) == "CANCELLED"
    assert paid_orders.sandbox.payment(key)["status"] == "IN_PROGRESS"
    assert paid_orders.sandbox.calls("/confirm", mentioning=key) == []


def test_a_sale_whose_process_died_after_the_commit_still_shows_as_sold(
    paid_orders: PaidOrders, environment: dict[str, str]
) -> None:
    order = paid_orders.reserve(0)

    killed_in_confirm("after_payment.store.mark_sold", order, paid_orders.agree(order), environment)

    assert (status_of_order(order), paid_orders.seat_status(0)) == ("PAID", "HELD")
    let_time_pass()
    assert outbox.relay() == 1
    assert paid_orders.seat_status(0) == "SOLD"


@pytest.mark.parametrize(
    ("place", "given"),
    [
        ("execute_refund._request", 0),
        ("execute_refund._write", PRICE_KRW),
        ("refund_outcomes.finish", PRICE_KRW),
    ],
)
def test_a_refund_whose_process_died_is_made_once(
    paid_orders: PaidOrders, environment: dict[str, str], place: str, given: int
) -> None:
    order = paid_orders.sell(0)
    key = Payment.objects.get().payment_key

    killed_at(f"{SERVICES}.{place}", "cancel", order.pk, str(order.user_id), environment=environment)

    assert paid_orders.sandbox.payment(key)["balanceAmount"] == PRICE_KRW - given
    assert (status_of_order(order), Refund.objects.get().status) == ("PAID", "REQUESTED")
    assert settle_refunds() == 1
    assert (status_of_order(order), Refund.objects.get().status) == ("CANCELLED", "DONE")
    assert paid_orders.seat_status(0) == "AVAILABLE"
    assert len(paid_orders.sandbox.payment(key)["cancels"]) == 1
    assert_books_balance(paid_orders.sandbox)


def test_tasks_that_run_twice_have_no_second_effect(paid_orders: PaidOrders, environment: dict[str, str]) -> None:
    order = paid_orders.reserve(0)
    killed_in_confirm("confirm_payment.fulfil_and_refund", order, paid_orders.agree(order), environment)
    let_time_pass()

    for _ in range(2):
        settle_unknown_payments()
        settle_refunds()

    assert (Payment.objects.count(), Ticket.objects.count(), Refund.objects.count()) == (1, 1, 0)
    assert len(paid_orders.sandbox.calls("/confirm", mentioning=order.pk)) == 1
