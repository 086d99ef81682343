"""Whoever has to name a bank account before money comes back is asked for it by mail, once, and nobody else is."""

from __future__ import annotations

import pytest
from django.core import mail
from django.urls import reverse

from apps.orders.models import ORDER_MOVES, Order
from apps.payments.calling_off.call_off import call_off_performance, confirmation_of
from apps.payments.calling_off.carry_on import carry_on_all
from apps.payments.models import Refund
from apps.payments.services.mail_account import mail_account
from apps.payments.services.settle_payments import settle_order
from tests.paid_orders import PaidOrders

ACCOUNT = {"bank": "88", "account_number": "1102345678", "holder_name": "김서연"}
MISTYPED = {**ACCOUNT, "account_number": "9992345678"}


def waiting(paid_orders: PaidOrders) -> Order:
    order = paid_orders.reserve(0)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    return order


def deposit(paid_orders: PaidOrders, order: Order) -> None:
    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk)
    settle_order(order.pk)


@pytest.fixture
def returned(paid_orders: PaidOrders) -> Refund:
    """A refund that the bank could not pay into the account that the buyer had named."""
    order = waiting(paid_orders)
    deposit(paid_orders, order)
    paid_orders.cancel(order, refund_account=MISTYPED)
    mail.outbox.clear()
    paid_orders.sandbox.post("/sandbox/pay-back", orderId=order.pk, fails=True)
    settle_order(order.pk)
    return Refund.objects.get()


def test_an_account_that_the_bank_could_not_pay_is_asked_for_again(returned: Refund) -> None:
    (sent,) = mail.outbox

    assert sent.to == [returned.order.user.email]
    for part in ("****5678", "100,000", reverse("order-cancel-page", args=[returned.order_id])):
        assert part in sent.body


def test_once_it_is_corrected_the_mail_is_not_sent_any_more(paid_orders: PaidOrders, returned: Refund) -> None:
    mail.outbox.clear()
    paid_orders.sandbox.set_clock(ahead_seconds=5)
    paid_orders.cancel(returned.order, refund_account=ACCOUNT)

    mail_account(refund_id=returned.pk, sending=returned.sendings)

    assert Refund.objects.get().status == "SENT"
    assert mail.outbox == []


def test_who_pays_after_the_seats_have_gone_is_asked_for_an_account(paid_orders: PaidOrders) -> None:
    order = waiting(paid_orders)
    ORDER_MOVES.move(order.pk, {"WAITING_FOR_DEPOSIT"}, "EXPIRED", reason="no deposit came")
    paid_orders.lose_hold(order)
    paid_orders.sell(0)

    deposit(paid_orders, order)

    (sent,) = mail.outbox
    assert sent.to == [order.user.email]
    assert "계좌" in sent.body
    settle_order(order.pk)
    assert len(mail.outbox) == 1


def test_of_a_show_called_off_they_are_asked_by_the_mail_that_tells_of_it(paid_orders: PaidOrders) -> None:
    order = waiting(paid_orders)
    deposit(paid_orders, order)
    show = paid_orders.performance
    call_off_performance(show.pk, actor_id=None, reason="ill", typed=confirmation_of(show), extra_percent=0)

    carry_on_all()

    assert [one.to for one in mail.outbox] == [[order.user.email]]
    mail_account(refund_id=Refund.objects.get().pk, sending=0)
    assert len(mail.outbox) == 1


def test_of_a_card_nobody_is_asked(paid_orders: PaidOrders) -> None:
    paid_orders.cancel(paid_orders.sell(0))

    assert mail.outbox == []
