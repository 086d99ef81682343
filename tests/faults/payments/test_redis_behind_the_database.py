"""Redis knows less than the database, or hears of it late: what is paid for stays sold."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from apps.common.redis import sync_redis
from apps.concerts.models import Performance, Seat
from apps.concerts.seat_states import store as seat_states
from apps.orders.models import Order
from apps.orders.seat_holds import store
from apps.payments import tasks
from apps.payments.models import Refund
from apps.payments.services import settle_payments
from apps.payments.services.after_payment import finish_sale, free_seats
from apps.payments.services.keep_hold import provider_seconds
from tests.paid_orders import PaidOrders, assert_books_balance


def ordinal_of(paid_orders: PaidOrders, seat: int) -> int:
    return Seat.objects.get(pk=paid_orders.seats[seat]).ordinal


def lose_sale(paid_orders: PaidOrders, order: Order, seat: int) -> None:
    """Let Redis forget the end of a sale, as a restart does with its last second."""
    store.free_seats(order.pk, ordinals=[ordinal_of(paid_orders, seat)])


def test_a_late_freeing_leaves_seats_alone_that_were_bought_after_all(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)
    paid_orders.cancel(order, line_ids=[2])

    free_seats(order.pk, ordinals=[ordinal_of(paid_orders, seat) for seat in (0, 1)])

    assert [paid_orders.seat_status(seat) for seat in (0, 1)] == ["SOLD", "AVAILABLE"]


def test_a_sold_seat_that_redis_takes_for_free_is_charged_for_once_more_at_most(paid_orders: PaidOrders) -> None:
    lose_sale(paid_orders, paid_orders.sell(0), 0)
    rival = paid_orders.reserve(0)

    answer = paid_orders.confirm(rival, paid_orders.agree(rival))

    assert answer.json()["code"] == "seats_unavailable"
    assert Refund.objects.get().status == "DONE"
    assert paid_orders.seat_status(0) == "SOLD"
    assert_books_balance(paid_orders.sandbox)


def test_a_provider_that_hangs_for_long_costs_nobody_the_seats(
    paid_orders: PaidOrders, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HOLD_SECONDS = 30
    orders = [paid_orders.reserve(seat) for seat in range(3)]
    for order in orders:
        key = paid_orders.agree(order)
        paid_orders.sandbox.faults(hang_next=True)
        assert paid_orders.confirm(order, key).json()["code"] == "payment_unknown"
    monkeypatch.setattr(settle_payments, "settle_each", lambda *_: 0)  # every run has its hands full

    tasks.settle_unknown_payments()
    tasks.keep_holds()

    for seat, order in enumerate(orders):
        order.refresh_from_db()
        assert paid_orders.seat_expiry(seat) == order.expires_at.timestamp()
        assert paid_orders.seat_expiry(seat) - sync_redis().time()[0] > provider_seconds() + 10


def test_a_refund_of_a_performance_that_redis_has_given_up_leaves_no_work_behind(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    Performance.objects.update(status=Performance.Status.CANCELLED)
    seat_states.mark_not_ready(paid_orders.performance.pk)

    finish_sale(order.pk)
    seat_states.mark_not_ready(paid_orders.performance.pk)
    paid_orders.cancel(order)

    assert paid_orders.seat_status(0) == "AVAILABLE"
