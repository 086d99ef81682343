"""Refunds of a part: after one that was made at the provider's own desk, and of payments that know only the whole."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.accounts.models import Role
from apps.common.clock import database_now
from apps.concerts.models import Performance
from apps.orders.models import Order
from apps.payments.causes import CAUSES
from apps.payments.gateway import provider
from apps.payments.models import Payment, Refund
from apps.payments.services.execute_refund import settle_refunds
from apps.payments.services.settle_payments import settle_order
from apps.payments.services.staff_acts import cancel_by_staff, retry_refund_by_staff
from tests.factories import make_user
from tests.integration.payments.pages.visitor import owner_of, text_of
from tests.paid_orders import PRICE_KRW, PaidOrders, assert_books_balance, status_of_order


@pytest.fixture
def ten_percent(paid_orders: PaidOrders) -> None:
    """Eight days before the show the standard keeps 10 %."""
    policy = paid_orders.performance.concert.cancellation_policy
    policy.free_period_hours = 0
    policy.save()
    Performance.objects.filter(pk=paid_orders.performance.pk).update(starts_at=database_now() + timedelta(days=8))


def give_at_the_desk(paid_orders: PaidOrders, order: Order, amount_krw: int) -> None:
    """Staff give a part back at the provider itself, and the platform hears of it."""
    key = Payment.objects.get(order=order).payment_key
    provider.get_gateway("toss").refund(key, amount_krw=amount_krw, reason="bad view", idempotency_key=f"desk:{key}")
    settle_order(order.pk)
    paid_orders.sandbox.set_clock(ahead_seconds=5)


def test_after_a_part_was_given_back_at_the_providers_desk_the_rest_comes_back_on_cancelling(
    paid_orders: PaidOrders,
) -> None:
    order = paid_orders.sell(0)
    give_at_the_desk(paid_orders, order, 40_000)

    shown = paid_orders.cancel(order, preview=True).json()["refund"]
    done = paid_orders.cancel(order, agreed_refund=shown["amount"])

    assert (shown["amount"], shown["fee"], shown["given_before"]) == (60_000, 0, 40_000)
    assert (done.status_code, done.json()["status"]) == (200, "CANCELLED")
    assert paid_orders.sandbox.payment(Payment.objects.get().payment_key)["balanceAmount"] == 0
    assert_books_balance(paid_orders.sandbox)


def refuse_for_the_desk(paid_orders: PaidOrders, order: Order) -> Refund:
    """A refund that is promised while the desk gives 40,000 of it back, and that the provider refuses for that."""
    paid_orders.sandbox.faults(fail_next=[500, "FAILED_INTERNAL_SYSTEM_PROCESSING"])
    paid_orders.cancel(order)
    give_at_the_desk(paid_orders, order, 40_000)
    settle_refunds()
    return Refund.objects.get(order=order, status="FAILED")


def test_what_the_desk_gave_while_all_was_promised_is_taken_over_once_the_promise_is_refused(
    paid_orders: PaidOrders,
) -> None:
    """The provider had told of it when nothing was left that it could be taken off."""
    order = paid_orders.sell(0)

    refuse_for_the_desk(paid_orders, order)

    payment = Payment.objects.get()
    assert (payment.balance_krw, payment.refundable_krw) == (60_000, 60_000)
    assert_books_balance(paid_orders.sandbox)


@pytest.mark.parametrize("by", ["staff", "the buyer"])
def test_a_refund_that_was_refused_for_it_is_tried_again_with_what_is_left(paid_orders: PaidOrders, by: str) -> None:
    order = paid_orders.sell(0)
    refused = refuse_for_the_desk(paid_orders, order)

    if by == "staff":
        retry_refund_by_staff(refused.pk, staff_id=make_user(role=Role.STAFF).pk)
    else:
        paid_orders.cancel(order)

    done = Refund.objects.get(status="DONE", cause="CUSTOMER")
    assert (done.amount_krw, done.given_before_krw) == (60_000, 40_000)
    assert status_of_order(order) == "CANCELLED"
    assert Payment.objects.get().balance_krw == 0
    assert_books_balance(paid_orders.sandbox)


def test_what_the_desk_gave_counts_once_towards_the_first_seats_that_are_cancelled(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1, 2)
    give_at_the_desk(paid_orders, order, 130_000)

    first = paid_orders.cancel(order, line_ids=[1]).json()["refund"]
    second = paid_orders.cancel(order, line_ids=[2]).json()["refund"]
    paid_orders.sandbox.set_clock(ahead_seconds=10)
    third = paid_orders.cancel(order, line_ids=[3]).json()["refund"]

    assert [(one["amount"], one["given_before"]) for one in (first, second, third)] == [
        (0, 100_000), (70_000, 30_000), (100_000, 0),
    ]  # fmt: skip
    assert status_of_order(order) == "CANCELLED"
    assert Payment.objects.get().balance_krw == 0
    assert_books_balance(paid_orders.sandbox)


def test_the_fee_is_kept_of_what_the_desk_has_left(paid_orders: PaidOrders, ten_percent: None) -> None:
    order = paid_orders.sell(0)
    give_at_the_desk(paid_orders, order, 30_000)

    refund = paid_orders.cancel(order).json()["refund"]

    assert (refund["amount"], refund["fee"], refund["given_before"]) == (60_000, 10_000, 30_000)
    assert Payment.objects.get().balance_krw == 10_000
    assert_books_balance(paid_orders.sandbox)


def test_the_page_says_what_was_given_before(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    give_at_the_desk(paid_orders, order, 40_000)

    page = text_of(owner_of(order).get("order-cancel-page", order))

    assert "Refunded before" in page
    assert "60,000" in page


def by_mobile_phone(paid_orders: PaidOrders, *seats: int) -> Order:
    order = paid_orders.sell(*seats, method="휴대폰")
    assert Payment.objects.get(order=order).is_partly_refundable is False
    return order


@pytest.mark.parametrize("preview", [True, False])
def test_a_part_of_a_payment_that_goes_back_whole_is_refused_before_anything_is_agreed(
    paid_orders: PaidOrders, preview: bool
) -> None:
    order = by_mobile_phone(paid_orders, 0, 1)

    answer = paid_orders.cancel(order, preview=preview, line_ids=[1])

    assert (answer.status_code, answer.json()["code"]) == (409, "whole_refund_only")
    offered = {"refund": PRICE_KRW, "whole": 2 * PRICE_KRW, "line_ids": [1, 2]}
    assert answer.json().items() >= offered.items()
    assert status_of_order(order) == "PAID"
    assert not Refund.objects.exists()
    assert paid_orders.sandbox.calls("/cancel", mentioning=order.pk) == []


def test_the_whole_of_it_goes_back(paid_orders: PaidOrders) -> None:
    order = by_mobile_phone(paid_orders, 0, 1)

    answer = paid_orders.cancel(order)

    assert (answer.status_code, answer.json()["status"]) == (200, "CANCELLED")
    assert_books_balance(paid_orders.sandbox)


def test_a_fee_is_a_part_too_and_staff_can_waive_it(paid_orders: PaidOrders, ten_percent: None) -> None:
    order = by_mobile_phone(paid_orders, 0)

    refused = paid_orders.cancel(order)
    page = owner_of(order).get("order-cancel-page", order)

    assert (refused.status_code, refused.json()["code"]) == (409, "whole_refund_only")
    assert (page.status_code, "This payment cannot be refunded in part" in text_of(page)) == (409, True)
    clerk = make_user(role=Role.STAFF)
    cancel_by_staff(order.pk, staff_id=clerk.pk, cause=CAUSES["ORGANISER"], reason="mobile phone")
    assert status_of_order(order) == "CANCELLED"
    assert_books_balance(paid_orders.sandbox)


def test_the_page_offers_all_tickets_together_and_says_why(paid_orders: PaidOrders) -> None:
    order = by_mobile_phone(paid_orders, 0, 1)

    page = owner_of(order).get("order-cancel-page", order)

    assert "A payment by Mobile phone can only be given back whole" in text_of(page)
    assert b'type="checkbox" name="line"' not in page.content
    assert page.content.count(b'type="hidden" name="line"') == 2
