"""A show is called off at the instant at which somebody orders, holds, pays, is given tickets, or cancels with a fee.

Whoever has asked for the show's state goes first, and the calling off waits for their commit; whoever asks while it is
being called off waits, and is told so. Without the lock both go wrong, and each test shows it first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction

from apps.common.database import plain_sql
from apps.common.errors import DomainError
from apps.concerts import show_state
from apps.concerts.services.close_performance import close_performance
from apps.orders.models import Order
from apps.orders.order_rows import LineRow
from apps.orders.seat_holds import store
from apps.orders.services.place_order import OrderRequest, PlacedOrder, place_orders
from apps.orders.services.reserve_seats import WonHold, record_holds
from apps.orders.services.send_tickets import resend_tickets
from apps.payments.causes import CUSTOMER
from apps.payments.models import Refund
from apps.payments.services import cancel_order
from apps.payments.services.attempts import begin_attempt
from apps.payments.services.begin_attempts import BegunAttempt, ConfirmRequest, begin_attempts
from apps.payments.services.complete_sales import complete_sales
from apps.payments.services.confirm_payment import send_confirm
from apps.payments.services.fulfil_payment import fulfil_payment
from tests.factories import make_user
from tests.meeting import somebody_waits_for_a_row
from tests.paid_orders import PRICE_KRW, PaidOrders, status_of_order
from tests.waiting import LONGEST_SECONDS, wait_until

Work = Callable[[], Any]


@dataclass(frozen=True)
class Step:
    """Something that a show's state decides: what makes it ready, and whether it went on as if the show took place.

    One that is `kept_by_its_rows` locks the performance by a foreign key in any case, of what it inserts or moves: only
    too late, after it has looked.
    """

    ready: Callable[[PaidOrders], Work]
    went_on: Callable[[Any], bool]
    kept_by_its_rows: bool = False


def place(paid_orders: PaidOrders) -> Work:
    line = LineRow(paid_orders.seats[0], "VIP", PRICE_KRW)
    show = paid_orders.performance
    request = OrderRequest(make_user().pk, show.pk, show.venue_id, (line,), None, None)
    return lambda: place_orders([request])[0]


def reserve(paid_orders: PaidOrders) -> Work:
    order = paid_orders.place(0)
    held = store.reserve(order.pk, user_id=order.user_id)
    hold = WonHold(order.pk, order.user_id, held.version, held.expires_at)
    return lambda: record_holds([hold])[0]


def begin_together(paid_orders: PaidOrders) -> Work:
    order = paid_orders.reserve(0)
    request = ConfirmRequest(paid_orders.agree(order), order.pk, order.amount_krw, order.user_id)
    return lambda: begin_attempts([request])[0]


def begin(paid_orders: PaidOrders) -> Work:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    return lambda: begin_attempt(key, order_id=order.pk, amount_krw=order.amount_krw, user_id=order.user_id)


def taken(paid_orders: PaidOrders, **more: Any) -> Any:
    """The provider's answer to a confirmation, of which nothing is written down yet."""
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order, **more)
    attempt, _ = begin_attempt(key, order_id=order.pk, amount_krw=order.amount_krw, user_id=order.user_id)
    return send_confirm(attempt)


def complete(paid_orders: PaidOrders) -> Work:
    answer = taken(paid_orders)
    return lambda: complete_sales([answer])[0]


def deliver(paid_orders: PaidOrders) -> Work:
    answer = taken(paid_orders)
    return lambda: status_of_order(fulfil_payment(answer).order)


def open_account(paid_orders: PaidOrders) -> Work:
    answer = taken(paid_orders, method="가상계좌")
    return lambda: status_of_order(fulfil_payment(answer).order)


def cancel_with_a_fee(paid_orders: PaidOrders) -> Work:
    policy = paid_orders.performance.concert.cancellation_policy
    policy.free_period_hours = policy.booking_fee_krw = 0
    policy.save()
    policy.tiers.all().delete()
    policy.tiers.create(days_before_min=0, percent=30)
    order = paid_orders.sell(0)
    return lambda: (
        cancel_order._promise(order.pk, None, None, agreed_refund_krw=None, requested_by=order.user_id, cause=CUSTOMER)[
            1
        ].fee_krw
    )


def send_tickets(paid_orders: PaidOrders) -> Work:
    order = paid_orders.sell(0)
    return lambda: resend_tickets(order)


STEPS = {
    "an order is placed": Step(place, lambda answer: isinstance(answer, PlacedOrder), kept_by_its_rows=True),
    "seats are held": Step(reserve, lambda answer: isinstance(answer, WonHold), kept_by_its_rows=True),
    "a payment begins, on the fast lane": Step(
        begin_together, lambda answer: isinstance(answer, BegunAttempt), kept_by_its_rows=True
    ),
    "a payment begins": Step(begin, lambda answer: isinstance(answer, tuple), kept_by_its_rows=True),
    "a sale is completed": Step(complete, lambda answer: answer is not None, kept_by_its_rows=True),
    "tickets are delivered": Step(deliver, lambda answer: answer == Order.Status.PAID, kept_by_its_rows=True),
    "an account is opened": Step(
        open_account, lambda answer: answer == Order.Status.WAITING_FOR_DEPOSIT, kept_by_its_rows=True
    ),
    "a fee is quoted": Step(cancel_with_a_fee, lambda answer: answer == PRICE_KRW * 30 // 100),
    "tickets are sent again": Step(send_tickets, lambda answer: answer == 1),
}


class Transaction:
    """Work in a transaction of its own, which stays open after it until it may end."""

    def __init__(self, pool: ThreadPoolExecutor, work: Work) -> None:
        self.has_worked, self._may_end = Event(), Event()
        self._done: Future[Any] = pool.submit(self._run, work)

    def end(self) -> Any:
        """Let it commit, and return what the work has answered."""
        self.let_end()
        return self._done.result(LONGEST_SECONDS)

    def let_end(self) -> None:
        """Let it commit, without waiting for what follows the commit.

        After the calling off's that is the telling of Redis, which waits for everybody who has the row meanwhile.
        """
        self._may_end.set()

    def _run(self, work: Work) -> Any:
        try:
            with transaction.atomic():
                try:
                    return work()
                except DomainError as refusal:
                    return refusal
                finally:
                    self.has_worked.set()
                    self._may_end.wait(LONGEST_SECONDS)
        finally:
            connection.close()


Begin = Callable[[Work], Transaction]


@pytest.fixture
def begin_work() -> Iterator[Begin]:
    """Begins work in a transaction of a thread's own; whatever is still open at the end is ended."""
    begun: list[Transaction] = []
    with ThreadPoolExecutor(2) as threads:

        def begin(work: Work) -> Transaction:
            begun.append(Transaction(threads, work))
            return begun[-1]

        yield begin
        for one in begun:
            one.let_end()


def calling_off(paid_orders: PaidOrders) -> Work:
    return lambda: close_performance(paid_orders.performance.pk, reason="ill")


def without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The state is looked at, and not kept."""
    monkeypatch.setattr(plain_sql, "for_share", lambda: "")
    assert "SHARE" not in show_state.state_column("id")


@pytest.mark.parametrize("name", STEPS)
def test_who_asks_while_the_show_is_called_off_waits_and_is_told(
    paid_orders: PaidOrders, begin_work: Begin, name: str
) -> None:
    step = STEPS[name]
    work = step.ready(paid_orders)
    off = begin_work(calling_off(paid_orders))
    off.has_worked.wait(LONGEST_SECONDS)

    asker = begin_work(work)
    wait_until(somebody_waits_for_a_row, what="the asker's waiting")
    assert not asker.has_worked.is_set()
    off.let_end()

    assert not step.went_on(asker.end())
    off.end()


@pytest.mark.parametrize("name", STEPS)
def test_without_the_lock_it_goes_on_as_if_the_show_took_place(
    paid_orders: PaidOrders, begin_work: Begin, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    step = STEPS[name]
    work = step.ready(paid_orders)
    without_the_lock(monkeypatch)
    off = begin_work(calling_off(paid_orders))
    off.has_worked.wait(LONGEST_SECONDS)

    asker = begin_work(work)
    wait_until(lambda: asker.has_worked.is_set() or somebody_waits_for_a_row(), what="the asker")
    off.let_end()

    assert step.went_on(asker.end())
    off.end()


@pytest.mark.parametrize("name", STEPS)
def test_the_calling_off_waits_for_who_has_asked_before(paid_orders: PaidOrders, begin_work: Begin, name: str) -> None:
    step = STEPS[name]
    asker = begin_work(step.ready(paid_orders))
    asker.has_worked.wait(LONGEST_SECONDS)

    off = begin_work(calling_off(paid_orders))
    wait_until(somebody_waits_for_a_row, what="the calling off's waiting")
    assert not off.has_worked.is_set()

    assert step.went_on(asker.end())
    off.end()


@pytest.mark.parametrize("name", [name for name, step in STEPS.items() if not step.kept_by_its_rows])
def test_without_the_lock_it_is_called_off_before_they_have_committed(
    paid_orders: PaidOrders, begin_work: Begin, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    without_the_lock(monkeypatch)
    asker = begin_work(STEPS[name].ready(paid_orders))
    asker.has_worked.wait(LONGEST_SECONDS)

    off = begin_work(calling_off(paid_orders))
    off.has_worked.wait(LONGEST_SECONDS)
    off.end()

    paid_orders.performance.refresh_from_db()
    assert paid_orders.performance.is_called_off
    assert STEPS[name].went_on(asker.end())


def test_two_who_ask_do_not_wait_for_each_other(paid_orders: PaidOrders, begin_work: Begin) -> None:
    first = begin_work(begin_together(paid_orders))
    first.has_worked.wait(LONGEST_SECONDS)
    order = paid_orders.reserve(1)
    request = ConfirmRequest(paid_orders.agree(order), order.pk, order.amount_krw, order.user_id)

    second = begin_work(lambda: begin_attempts([request])[0])

    assert second.has_worked.wait(LONGEST_SECONDS)
    assert isinstance(second.end(), BegunAttempt)
    assert isinstance(first.end(), BegunAttempt)
    assert not Refund.objects.exists()
