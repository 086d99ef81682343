"""The figures of sales: computed by hand beside what the database adds up."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F
from pytest_django import DjangoAssertNumQueries

from apps.common.days import DayRange
from apps.concerts.models import BlockedSeat, Performance
from apps.orders.models import Order, Ticket
from apps.payments.models import Payment, Refund
from apps.payments.sales import Sales, Seats, get_sales
from tests.factories import make_performance, seat_ids
from tests.paid_orders import PRICE_KRW, PaidOrders

SEOUL = ZoneInfo("Asia/Seoul")
DAY = date(2026, 3, 10)
ONE_DAY = DayRange(DAY, DAY)


def at(hour: int, minute: int = 0, *, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SEOUL)


def happened(order: Order, moment: datetime) -> None:
    """Move an order, its tickets and its money to a moment."""
    Order.objects.filter(pk=order.pk).update(created_at=moment, paid_at=moment)
    order.tickets.update(issued_at=moment)
    Payment.objects.filter(order=order).update(approved_at=moment)


def keep_a_fee(paid_orders: PaidOrders) -> None:
    """Ten per cent, whenever the tickets were bought."""
    policy = paid_orders.performance.concert.cancellation_policy
    policy.free_period_hours = 0
    policy.save()
    Performance.objects.filter(pk=paid_orders.performance.pk).update(starts_at=F("starts_at") - timedelta(days=22))


def sold_by_hour(sales: Sales) -> dict[int, int]:
    return {bucket.start.astimezone(SEOUL).hour: bucket.sold for bucket in sales.buckets if bucket.sold}


def test_a_day_of_sales_a_refund_and_its_fee(paid_orders: PaidOrders) -> None:
    morning, evening = paid_orders.sell(0, 1), paid_orders.sell(2)
    keep_a_fee(paid_orders)
    happened(morning, at(10))
    happened(evening, at(19, 59))
    paid_orders.cancel(morning, line_ids=[1])
    Refund.objects.update(settled_at=at(20))
    Ticket.objects.filter(live=None).update(cancelled_at=at(20))

    sales = get_sales(ONE_DAY)

    totals = sales.totals
    assert (totals.sold, totals.sold_krw, totals.cancelled, totals.cancelled_krw) == (3, 300_000, 1, 100_000)
    assert (totals.payments, totals.paid_krw) == (2, 300_000)
    assert (totals.refunds, totals.refunded_krw, totals.fees_krw) == (1, 90_000, 10_000)
    assert totals.revenue_krw == 210_000
    assert sold_by_hour(sales) == {10: 2, 19: 1}
    assert (sales.by_hour_of_day[10], sales.by_hour_of_day[19], sum(sales.by_hour_of_day)) == (2, 1, 3)
    (grade,) = sales.grades
    assert (grade.name, grade.sold, grade.sold_krw, grade.cancelled) == ("VIP", 3, 300_000, 1)
    (best,) = sales.top
    assert (best.performance.pk, best.sold, best.sold_krw) == (paid_orders.performance.pk, 3, 3 * PRICE_KRW)


def test_a_day_begins_and_ends_at_the_operators_midnight(paid_orders: PaidOrders) -> None:
    for seat, moment in enumerate(
        [at(0), at(23, 59), at(0, day=DAY + timedelta(days=1)), at(0) - timedelta(seconds=1)]
    ):
        happened(paid_orders.sell(seat), moment)

    sales = get_sales(ONE_DAY)

    assert sales.totals.sold == 2
    assert sold_by_hour(sales) == {0: 1, 23: 1}
    assert [bucket.start for bucket in sales.buckets] == [at(hour) for hour in range(24)]


def test_a_longer_range_is_told_by_the_day_with_those_on_which_nothing_was_sold(paid_orders: PaidOrders) -> None:
    happened(paid_orders.sell(0), at(0, 30))
    happened(paid_orders.sell(1, 2), at(23, day=DAY + timedelta(days=4)))

    sales = get_sales(DayRange(DAY, DAY + timedelta(days=4)))

    assert [bucket.sold for bucket in sales.buckets] == [1, 0, 0, 0, 2]
    assert sales.buckets[0].start == at(0)


def test_the_funnel_tells_holds_that_were_paid_from_those_that_were_not(paid_orders: PaidOrders) -> None:
    paid_orders.place(0)
    paid_orders.reserve(1)
    lapsed, paid = paid_orders.reserve(2), paid_orders.sell(3)
    Order.objects.filter(pk=lapsed.pk).update(status=Order.Status.EXPIRED)
    paid_orders.cancel(paid)
    Order.objects.update(created_at=at(10))

    funnel = get_sales(ONE_DAY).funnel

    assert (funnel.placed, funnel.held, funnel.paid, funnel.undecided) == (4, 3, 1, 1)
    assert funnel.conversion == 0.5


def test_of_no_holds_there_is_no_share(paid_orders: PaidOrders) -> None:
    assert get_sales(ONE_DAY).funnel.conversion is None


def test_seats_left_are_those_neither_sold_nor_held_nor_blocked(paid_orders: PaidOrders) -> None:
    paid_orders.sell(0, 1)
    paid_orders.reserve(2)
    lapsed = paid_orders.reserve(3)
    Order.objects.filter(pk=lapsed.pk).update(expires_at=F("created_at") - timedelta(seconds=1))
    gone = paid_orders.sell(4)
    paid_orders.cancel(gone)
    BlockedSeat.objects.create(performance=paid_orders.performance, seat_id=paid_orders.seats[5])
    BlockedSeat.objects.create(
        performance=paid_orders.performance, seat_id=seat_ids(paid_orders.performance, 1, section="B")[0]
    )

    sales = get_sales(ONE_DAY, performance=paid_orders.performance)

    assert sales.grade_seats == {
        "VIP": Seats(for_sale=40, sold=2, held=1, blocked=1),
        "R": Seats(for_sale=40, sold=0, held=0, blocked=1),
    }
    assert sales.grade_seats["VIP"].left == 36
    assert sales.top[0].seats == Seats(for_sale=80, sold=2, held=1, blocked=2)


def test_one_performances_sales_are_its_own(paid_orders: PaidOrders) -> None:
    other = PaidOrders(paid_orders.sandbox, make_performance())
    happened(paid_orders.sell(0), at(10))
    happened(other.sell(0, 1), at(11))

    assert get_sales(ONE_DAY).totals.sold == 3
    assert [one.sold for one in get_sales(ONE_DAY).top] == [2, 1]
    mine = get_sales(ONE_DAY, performance=paid_orders.performance)
    assert (mine.totals.sold, mine.totals.paid_krw, mine.funnel.paid) == (1, PRICE_KRW, 1)
    assert sold_by_hour(mine) == {10: 1}


def test_refunds_that_staff_have_to_look_at_are_counted_whenever_they_were_asked_for(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    paid_orders.sandbox.faults(fail_next=[403, "NOT_CANCELABLE_PAYMENT"])
    paid_orders.cancel(order)

    totals = get_sales(ONE_DAY).totals

    assert (totals.refunds_failed, totals.refunds_open, totals.refunds) == (1, 0, 0)


@pytest.mark.parametrize("chosen", [False, True])
def test_the_number_of_queries_does_not_grow(
    paid_orders: PaidOrders, django_assert_num_queries: DjangoAssertNumQueries, chosen: bool
) -> None:
    performance = paid_orders.performance if chosen else None
    queries = 10 if chosen else 12
    happened(paid_orders.sell(0), at(10))
    with django_assert_num_queries(queries):
        get_sales(ONE_DAY, performance=performance)

    for number in range(3):
        happened(PaidOrders(paid_orders.sandbox, make_performance()).sell(0, 1), at(11 + number))
        happened(paid_orders.sell(number + 1), at(11 + number))

    with django_assert_num_queries(queries):
        get_sales(ONE_DAY, performance=performance)
