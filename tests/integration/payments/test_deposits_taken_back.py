"""A deposit that the bank has taken back is not there to be refunded, whoever hears of it first and how."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import translation
from pytest_django import Settings

from apps.common.clock import database_now
from apps.orders.models import Order, Ticket
from apps.payments.calling_off.call_off import call_off_performance, confirmation_of, try_again
from apps.payments.calling_off.carry_on import carry_on
from apps.payments.calling_off.refunds import list_refused
from apps.payments.calling_off.report import list_leftovers
from apps.payments.gateway.port import DEPOSIT_TAKEN_BACK, OutcomeUnknown
from apps.payments.gateway.provider import get_gateway
from apps.payments.models import Payment, Refund
from apps.payments.services import settle_payments
from apps.payments.services.execute_refund import execute_refund, settle_refunds
from apps.payments.services.reconcile_journal import reconcile_journal
from apps.payments.services.settle_payments import settle_order
from tests.paid_orders import PaidOrders, assert_books_balance, status_of_order, use_sandbox
from tests.payment_sandbox import PrivateSandbox

ACCOUNT = {"bank": "88", "account_number": "1102345678", "holder_name": "김서연"}


@pytest.fixture
def paid_orders(transactional_db: None, settings: Settings, own_sandbox: PrivateSandbox) -> Iterator[PaidOrders]:
    """Orders whose provider knows of no other sales."""
    with use_sandbox(settings, own_sandbox):
        yield PaidOrders(own_sandbox)


@pytest.fixture
def deposited(paid_orders: PaidOrders) -> Order:
    """An order of two seats that was paid by a deposit."""
    order = paid_orders.reserve(0, 1)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    deposit(paid_orders, order)
    settle_order(order.pk)
    assert status_of_order(order) == "PAID"
    return order


def deposit(paid_orders: PaidOrders, order: Order, *, fails: bool = False) -> None:
    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk, fails=fails)


def expect_nothing_left(paid_orders: PaidOrders, order: Order) -> None:
    """Neither money nor tickets nor seats, and a refund that nobody is owed."""
    payment, refund = Payment.objects.get(), Refund.objects.get()
    assert (payment.status, payment.balance_krw, payment.refundable_krw) == ("CLOSED", 0, 0)
    assert (refund.status, refund.provider_code) == ("FAILED", DEPOSIT_TAKEN_BACK)
    assert not Ticket.objects.filter(live=True).exists()
    assert status_of_order(order) == "CANCELLED"
    assert paid_orders.seat_status(0) == "AVAILABLE"


def test_what_was_to_be_a_refund_of_it_closes_the_account_and_nothing_is_on_its_way(
    paid_orders: PaidOrders, deposited: Order
) -> None:
    """The provider lists it among the payment's cancels, and no bank will ever pay it."""
    deposit(paid_orders, deposited, fails=True)

    answer = paid_orders.cancel(deposited, refund_account=ACCOUNT)

    assert (answer.status_code, answer.json()["provider_code"]) == (409, DEPOSIT_TAKEN_BACK)
    assert "taken the deposit back" in answer.json()["detail"]
    expect_nothing_left(paid_orders, deposited)


def test_a_refund_that_is_asked_for_again_finds_it_taken_back(paid_orders: PaidOrders, deposited: Order) -> None:
    paid_orders.sandbox.faults(fail_next=[500, "FAILED_INTERNAL_SYSTEM_PROCESSING"])
    paid_orders.cancel(deposited, refund_account=ACCOUNT)
    deposit(paid_orders, deposited, fails=True)
    get_gateway("toss").refund(Payment.objects.get().payment_key, amount_krw=None, reason="desk", idempotency_key="d")

    settle_refunds()

    expect_nothing_left(paid_orders, deposited)


def test_an_account_that_was_closed_after_it_ends_the_order(paid_orders: PaidOrders, deposited: Order) -> None:
    deposit(paid_orders, deposited, fails=True)
    get_gateway("toss").refund(Payment.objects.get().payment_key, amount_krw=None, reason="desk", idempotency_key="d")

    settle_order(deposited.pk)

    assert (Payment.objects.get().status, Payment.objects.get().balance_krw) == ("CLOSED", 0)
    assert status_of_order(deposited) == "CANCELLED"
    assert not Ticket.objects.filter(live=True).exists()
    assert paid_orders.seat_status(0) == "AVAILABLE"


def test_an_old_word_of_a_closed_account_ends_nothing(
    paid_orders: PaidOrders, deposited: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    deposit(paid_orders, deposited, fails=True)
    payment = Payment.objects.get()
    gateway = get_gateway("toss")
    gateway.refund(payment.payment_key, amount_krw=None, reason="desk", idempotency_key="d")
    word = gateway.find_by_key(payment.payment_key)

    def answer_late(order_id: str, known: Payment | None) -> object:
        payment.events.create(from_status="CAPTURED", to_status="CAPTURED", reason="meanwhile")
        return word

    monkeypatch.setattr(settle_payments, "_look_up", answer_late)
    with pytest.raises(OutcomeUnknown):
        settle_order(deposited.pk)

    assert status_of_order(deposited) == "PAID"


def test_a_refund_that_was_refused_before_is_owed_no_more(paid_orders: PaidOrders, deposited: Order) -> None:
    """Else it would be tried again for ever: there is no money that it could be made of."""
    show = paid_orders.performance
    job = call_off_performance(show.pk, reason="ill", typed=confirmation_of(show), actor_id=None)
    carry_on(job.pk)
    refund = Refund.objects.get()
    Refund.objects.update(account=ACCOUNT)
    paid_orders.sandbox.faults(fail_next=[403, "NOT_CANCELABLE_PAYMENT"])
    assert execute_refund(refund.pk).status == "FAILED"

    deposit(paid_orders, deposited, fails=True)
    settle_order(deposited.pk)

    assert Refund.objects.get().provider_code == DEPOSIT_TAKEN_BACK
    try_again(paid_orders.performance.pk, actor_id=None)
    job.refresh_from_db()
    assert list_refused(job) == []
    with translation.override("en"):
        (left,) = list_leftovers(job)
    assert "taken the deposit back" in str(left.why)


@pytest.mark.parametrize("is_heard_of", [True, False], ids=["heard of", "not heard of"])
@pytest.mark.parametrize("comes_again", [True, False], ids=["comes again", "does not"])
def test_its_coming_and_going_is_no_money_that_nobody_knows_of(
    paid_orders: PaidOrders, *, is_heard_of: bool, comes_again: bool
) -> None:
    order = paid_orders.reserve(0)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    for fails in [False, True, *([False] if comes_again else [])]:
        deposit(paid_orders, order, fails=fails)
        if is_heard_of:
            settle_order(order.pk)

    now = database_now()
    assert reconcile_journal(start=now - timedelta(minutes=5), end=now + timedelta(minutes=5)) == []

    assert status_of_order(order) == ("PAID" if comes_again else "WAITING_FOR_DEPOSIT")
    assert_books_balance(paid_orders.sandbox)
