"""A page never says that money is on its way when it is not: what stands in the way, what happens next, whom to ask."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F

from apps.orders.models import Order
from apps.payments.calling_off.call_off import call_off_performance, confirmation_of
from apps.payments.calling_off.carry_on import carry_on_all
from apps.payments.models import Refund
from apps.payments.services.execute_refund import settle_refunds
from apps.payments.services.settle_payments import settle_order
from apps.payments.services.staff_acts import settle_by_hand_by_staff
from tests.integration.payments.pages.visitor import owner_of, text_of
from tests.pages import parts
from tests.paid_orders import PaidOrders
from tests.staff import make_staff

REFUSED = [403, "NOT_CANCELABLE_PAYMENT"]
ACCOUNT = {"bank": "88", "account_number": "1102345678", "holder_name": "김서연"}
MISTYPED = {**ACCOUNT, "account_number": "9992345678"}


def call_off(paid_orders: PaidOrders) -> None:
    show = paid_orders.performance
    call_off_performance(
        show.pk, actor_id=None, reason="The singer is ill.", typed=confirmation_of(show), extra_percent=0
    )


def deposited(paid_orders: PaidOrders) -> Order:
    order = paid_orders.reserve(0)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk)
    settle_order(order.pk)
    return order


def bank_cannot_pay(paid_orders: PaidOrders, order: Order) -> None:
    paid_orders.sandbox.post("/sandbox/pay-back", orderId=order.pk, fails=True)
    Refund.objects.update(looked_at=F("looked_at") - timedelta(hours=1))
    settle_refunds()


def page_of(order: Order) -> str:
    return text_of(owner_of(order).get("order-page", order))


def badges_of(order: Order) -> str:
    return " ".join(parts(owner_of(order).get("order-page", order), ".ticket"))


def test_of_a_show_called_off_money_under_way_and_money_refused_are_told_apart(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)
    call_off(paid_orders)
    assert "Being refunded in full" in badges_of(order)
    assert "All that you paid for your tickets comes back" in page_of(order)

    paid_orders.sandbox.faults(fail_next=REFUSED)
    carry_on_all()

    page = page_of(order)
    assert "your money is not back yet" in page
    assert "we look into it and pay it in another way" in page
    assert "Ask us" in page
    assert "Being refunded in full" not in page
    assert "Not refunded yet" in badges_of(order)
    assert "Your tickets stay valid" not in text_of(owner_of(order).get("order-cancel-page", order, refund="1"))


def test_when_it_has_been_paid_in_another_way_the_page_says_so(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    call_off(paid_orders)
    paid_orders.sandbox.faults(fail_next=REFUSED)
    carry_on_all()

    refund = Refund.objects.get()
    settle_by_hand_by_staff(refund.pk, staff_id=make_staff("sales").pk, reference="transfer 17", reason="by hand")

    assert "your money was given back" in page_of(order)
    assert "Ask us" not in " ".join(parts(owner_of(order).get("order-page", order), ".cluster"))


def test_of_a_show_called_off_who_paid_by_a_deposit_is_asked_for_an_account(paid_orders: PaidOrders) -> None:
    order = deposited(paid_orders)
    call_off(paid_orders)
    carry_on_all()

    page = page_of(order)
    assert "tell us where to send your money" in page
    assert "Name the account" in page
    assert "Waits for your bank account" in badges_of(order)


@pytest.mark.parametrize("is_off", [False, True])
def test_an_account_that_the_bank_could_not_pay_is_told_first(paid_orders: PaidOrders, is_off: bool) -> None:
    order = deposited(paid_orders)
    if is_off:
        call_off(paid_orders)
        carry_on_all()
    paid_orders.cancel(order, refund_account=MISTYPED)
    assert "at the bank" in page_of(order) or is_off

    bank_cannot_pay(paid_orders, order)

    notice = text_of(owner_of(order).get("order-page", order))
    assert ("your money is not back yet" if is_off else "Your refund did not arrive") in notice
    assert "Correct the account" in notice


def test_a_cancellation_that_is_refused_leaves_valid_tickets_and_a_way_to_ask(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)
    paid_orders.sandbox.faults(fail_next=REFUSED)
    paid_orders.cancel(order, line_ids=[1])

    page = page_of(order)
    assert "Your cancellation did not go through" in page
    assert "Ask us" in page

    paid_orders.cancel(order, line_ids=[1])
    assert "some tickets are cancelled" in page_of(order)


def test_money_that_came_after_the_order_had_ended_and_is_refused_is_not_promised(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    paid_orders.cancel(order)
    Refund.objects.update(status="FAILED", cause="ORDER_ENDED", provider_code="NOT_CANCELABLE_PAYMENT")
    Refund.objects.get().refund_lines.all().delete()

    assert "Your money is not back yet" in page_of(order)
