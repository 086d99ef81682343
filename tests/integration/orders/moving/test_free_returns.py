"""Whoever ordered before a move returns tickets free of charge for as long as staff said; all else is the policy."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.common.clock import database_now
from apps.concerts.models import CancellationPolicy, CancellationTier, Concert, Performance, PerformanceMove
from apps.orders.models import Order
from apps.payments.models import Refund
from tests.moving import move_show
from tests.paid_orders import PRICE_KRW, PaidOrders

FEE_PERCENT, BOOKING_FEE_KRW = 30, 2_000


@pytest.fixture
def dear(paid_orders: PaidOrders) -> PaidOrders:
    """A show that keeps 30 % and a booking fee whenever one cancels, until a day before."""
    policy = CancellationPolicy.objects.create(name="dear", booking_fee_krw=BOOKING_FEE_KRW)
    CancellationTier.objects.create(policy=policy, days_before_min=0, percent=FEE_PERCENT)
    Concert.objects.filter(pk=paid_orders.performance.concert_id).update(cancellation_policy=policy)
    return paid_orders


def sold_long_ago(orders: PaidOrders, *seats: int) -> Order:
    """An order of another day, whose booking fee does not come back."""
    order = orders.sell(*seats)
    long_ago = database_now() - timedelta(days=3)
    Order.objects.filter(pk=order.pk).update(created_at=long_ago, paid_at=long_ago)
    return order


def fee_of(orders: PaidOrders, order: Order) -> int:
    """What cancelling a whole order would keep now."""
    return int(orders.cancel(order, preview=True).json()["refund"]["fee"])


def test_before_the_move_the_policy_keeps_its_part(dear: PaidOrders) -> None:
    order = sold_long_ago(dear, 0)
    assert fee_of(dear, order) == BOOKING_FEE_KRW + (PRICE_KRW - BOOKING_FEE_KRW) * 3 // 10


def test_after_it_all_comes_back_the_booking_fee_included(dear: PaidOrders) -> None:
    order = sold_long_ago(dear, 0, 1)
    move_show(dear.performance)

    assert fee_of(dear, order) == 0
    assert dear.cancel(order, line_ids=[1]).status_code == 200
    refund = Refund.objects.get(order=order)
    assert (refund.cause, refund.fee_krw, refund.amount_krw) == ("SHOW_MOVED", 0, PRICE_KRW)


def test_what_was_agreed_to_before_a_move_is_not_cancelled_after_it(dear: PaidOrders) -> None:
    order = sold_long_ago(dear, 0)
    agreed = dear.cancel(order, preview=True).json()["refund"]["amount"]
    move_show(dear.performance)

    answer = dear.cancel(order, agreed_refund=agreed)

    assert (answer.status_code, answer.json()["code"], answer.json()["refund"]) == (409, "fee_changed", PRICE_KRW)
    assert not Refund.objects.exists()


def test_when_the_time_is_over_the_policy_counts_from_the_new_date(dear: PaidOrders) -> None:
    order = sold_long_ago(dear, 0)
    move = move_show(dear.performance)
    PerformanceMove.objects.filter(pk=move.pk).update(free_return_until=database_now() - timedelta(seconds=1))

    assert fee_of(dear, order) == BOOKING_FEE_KRW + (PRICE_KRW - BOOKING_FEE_KRW) * 3 // 10


def test_whoever_ordered_after_the_move_has_bought_the_new_date(dear: PaidOrders) -> None:
    move_show(dear.performance)
    order = dear.sell(0)
    Order.objects.filter(pk=order.pk).update(paid_at=database_now() - timedelta(days=3))

    assert fee_of(dear, order) > 0


def test_of_two_moves_the_longer_time_counts_for_who_ordered_before_both(dear: PaidOrders) -> None:
    order = sold_long_ago(dear, 0)
    move_show(dear.performance)
    second = move_show(dear.performance)
    PerformanceMove.objects.filter(pk=second.pk).update(free_return_until=database_now() - timedelta(seconds=1))

    assert fee_of(dear, order) == 0


def test_a_last_moment_that_had_passed_is_open_again_by_the_new_date(dear: PaidOrders) -> None:
    CancellationPolicy.objects.filter(name="dear").update(cutoff_days_before=5, cutoff_time="17:00")
    order = sold_long_ago(dear, 0)
    Performance.objects.filter(pk=dear.performance.pk).update(starts_at=database_now() + timedelta(days=2))
    assert dear.cancel(order, preview=True).json()["code"] == "cancellation_closed"

    move = move_show(dear.performance)
    PerformanceMove.objects.filter(pk=move.pk).update(free_return_until=database_now() - timedelta(seconds=1))

    assert fee_of(dear, order) > 0


def test_a_promise_to_take_tickets_back_holds_though_the_new_date_is_near(dear: PaidOrders) -> None:
    CancellationPolicy.objects.filter(name="dear").update(cutoff_days_before=5, cutoff_time="17:00")
    order = sold_long_ago(dear, 0)
    soon = database_now() + timedelta(days=1)

    move_show(dear.performance, starts_at=soon, sale_closes_at=soon, free_return_until=soon - timedelta(hours=1))

    assert fee_of(dear, order) == 0


def test_nothing_is_returned_once_the_show_has_begun(dear: PaidOrders) -> None:
    order = sold_long_ago(dear, 0)
    move_show(dear.performance)
    Performance.objects.filter(pk=dear.performance.pk).update(starts_at=database_now() - timedelta(minutes=1))

    assert dear.cancel(order, preview=True).json()["code"] == "cancellation_closed"
