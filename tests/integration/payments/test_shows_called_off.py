"""A show's state is part of every rule of money: what is asked of one that is called off, by both lanes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from apps.concerts.models import Performance
from apps.orders.models import Ticket
from apps.payments.models import Payment, Refund
from apps.payments.services.confirm_payment import check_answer
from apps.payments.services.settle_payments import settle_order, settle_unknown_payments
from tests.factories import make_performance
from tests.integration.payments.pages.visitor import owner_of
from tests.paid_orders import PRICE_KRW, PaidOrders, assert_books_balance, attempts_of, status_of_order
from tests.payment_threads import at_once
from tests.staff import staff_client


def be_called_off(performance: Performance) -> None:
    """Only the truth, without the procedure: what asks for it has to find it in its own transaction."""
    Performance.objects.filter(pk=performance.pk).update(
        status=Performance.Status.CANCELLED, cancelled_reason="The singer is ill."
    )


@pytest.fixture
def thirty_percent(request: pytest.FixtureRequest) -> None:
    """A policy that keeps thirty per cent, whenever somebody cancels."""
    lane = "paid_orders_either_lane" if "paid_orders_either_lane" in request.fixturenames else "paid_orders"
    policy = request.getfixturevalue(lane).performance.concert.cancellation_policy
    policy.free_period_hours = policy.booking_fee_krw = 0
    policy.save()
    policy.tiers.all().delete()
    policy.tiers.create(days_before_min=0, percent=30)


def test_a_held_order_of_a_show_that_is_called_off_is_not_charged(paid_orders_either_lane: PaidOrders) -> None:
    order = paid_orders_either_lane.reserve(0)
    key = paid_orders_either_lane.agree(order)
    be_called_off(paid_orders_either_lane.performance)

    answer = paid_orders_either_lane.confirm(order, key)

    assert (answer.status_code, answer.json()["code"]) == (409, "performance_called_off")
    assert (status_of_order(order), attempts_of(order)) == ("RESERVED", [])
    assert paid_orders_either_lane.sandbox.payment(key)["status"] == "IN_PROGRESS"


def test_money_that_is_taken_while_the_show_is_called_off_goes_back_in_full(
    paid_orders_either_lane: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid_orders_either_lane.reserve(0)
    key = paid_orders_either_lane.agree(order)
    call_off_before(monkeypatch, paid_orders_either_lane)

    answer = paid_orders_either_lane.confirm(order, key)

    assert (answer.status_code, answer.json()["code"]) == (409, "performance_called_off")
    assert answer.json()["refund"] == {"id": 1, "amount": PRICE_KRW, "status": "DONE"}
    assert (status_of_order(order), Refund.objects.get().cause) == ("CANCELLED", "CALLED_OFF")
    assert not Ticket.objects.exists()
    assert paid_orders_either_lane.sandbox.payment(key)["balanceAmount"] == 0
    assert_books_balance(paid_orders_either_lane.sandbox)
    again = paid_orders_either_lane.confirm(order, key)
    assert (again.status_code, again.json()["code"]) == (409, "performance_called_off")


def call_off_before(monkeypatch: pytest.MonkeyPatch, paid_orders: PaidOrders) -> None:
    """Let the show be called off once the provider has answered; what is done about the answer comes after it."""

    def check(answer: Any, **about: Any) -> Any:
        at_once([lambda: be_called_off(paid_orders.performance)])
        return check_answer(answer, **about)

    for owner in ("apps.payments.services.confirm_payment", "apps.payments.services.aconfirm_payment"):
        monkeypatch.setattr(f"{owner}.check_answer", check)


@pytest.mark.usefixtures("thirty_percent")
def test_nobody_pays_a_fee_for_tickets_of_a_show_that_is_called_off(paid_orders_either_lane: PaidOrders) -> None:
    order = paid_orders_either_lane.sell(0)
    assert paid_orders_either_lane.cancel(order, preview=True).json()["refund"]["fee"] == PRICE_KRW * 30 // 100
    be_called_off(paid_orders_either_lane.performance)

    preview = paid_orders_either_lane.cancel(order, preview=True).json()["refund"]
    answer = paid_orders_either_lane.cancel(order)

    assert (preview["fee"], preview["amount"]) == (0, PRICE_KRW)
    assert answer.status_code == 200
    assert (Refund.objects.get().amount_krw, Refund.objects.get().cause) == (PRICE_KRW, "CALLED_OFF")
    assert_books_balance(paid_orders_either_lane.sandbox)


@pytest.mark.usefixtures("thirty_percent")
def test_they_come_back_after_the_show_was_to_begin_too(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    Performance.objects.update(starts_at=Now() - timedelta(minutes=5))
    assert paid_orders.cancel(order).json()["code"] == "cancellation_closed"
    be_called_off(paid_orders.performance)

    assert paid_orders.cancel(order).status_code == 200

    assert Refund.objects.get().fee_krw == 0


@pytest.mark.usefixtures("thirty_percent")
def test_what_was_agreed_to_before_is_shown_again_where_more_comes_back_now(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    be_called_off(paid_orders.performance)

    answer = paid_orders.cancel(order, agreed_refund=PRICE_KRW * 70 // 100)

    assert (answer.json()["code"], answer.json()["refund"]) == ("fee_changed", PRICE_KRW)
    assert not Refund.objects.exists()


@pytest.mark.parametrize("group", ["catalogue", "sales", "support lead", "read only"])
@pytest.mark.django_db
def test_no_role_calls_a_show_off_by_an_empty_form(group: str) -> None:
    performance = make_performance(in_redis=False)
    client = staff_client(group)

    for page in ("cancel/", "call-off/", "change/"):
        client.post(f"/admin/concerts/performance/{performance.pk}/{page}", {"status": "CANCELLED"})

    performance.refresh_from_db()
    assert performance.status == Performance.Status.SCHEDULED


def test_no_account_is_opened_for_a_deposit_after_the_show_is_called_off(
    paid_orders_either_lane: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid_orders_either_lane.reserve(0)
    key = paid_orders_either_lane.agree(order, method="가상계좌")
    call_off_before(monkeypatch, paid_orders_either_lane)

    answer = paid_orders_either_lane.confirm(order, key)

    assert (answer.status_code, answer.json()["code"]) == (409, "performance_called_off")
    assert (status_of_order(order), Payment.objects.get().status) == ("CANCELLED", "CLOSED")
    assert paid_orders_either_lane.sandbox.payment(key)["status"] == "CANCELED"


def test_a_deposit_for_a_show_that_is_called_off_goes_back_in_full(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    be_called_off(paid_orders.performance)
    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk)

    settle_order(order.pk)

    refund = Refund.objects.get()
    assert (refund.amount_krw, refund.cause, refund.status) == (PRICE_KRW, "CALLED_OFF", "REQUESTED")
    assert (status_of_order(order), Ticket.objects.count()) == ("CANCELLED", 0)
    account = {"bank": "20", "account_number": "1002123456789", "holder_name": "홍길동"}
    assert paid_orders.cancel(order, refund_account=account).status_code == 200
    assert Refund.objects.get().status == "SENT"
    assert_books_balance(paid_orders.sandbox)


def test_a_payment_whose_outcome_is_open_is_not_asked_for_again(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(hang_next=True)
    paid_orders.confirm(order, key)
    be_called_off(paid_orders.performance)

    settle_unknown_payments()

    assert (status_of_order(order), attempts_of(order)) == ("CANCELLED", ["WITHDRAWN"])
    assert paid_orders.sandbox.payment(key)["status"] == "IN_PROGRESS"


def test_one_that_was_taken_goes_back_once_the_provider_can_tell(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(approve_then_hang_next=True)
    paid_orders.confirm(order, key)
    be_called_off(paid_orders.performance)

    settle_unknown_payments()

    assert (status_of_order(order), Refund.objects.get().status) == ("CANCELLED", "DONE")
    assert paid_orders.sandbox.payment(key)["balanceAmount"] == 0
    assert_books_balance(paid_orders.sandbox)


def test_tickets_of_a_show_that_is_called_off_are_not_sent_shown_or_printed(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    visitor = owner_of(order).client
    code = order.tickets.get().code
    assert visitor.get(reverse("ticket-qr", args=[code])).status_code == 200
    be_called_off(paid_orders.performance)

    assert visitor.get(reverse("ticket-qr", args=[code])).status_code == 410
    assert visitor.get(reverse("order-print", args=[order.pk])).status_code == 302
    page = visitor.get(reverse("order-page", args=[order.pk])).content.decode()
    assert "The show is called off" in page
    assert "The singer is ill." in page
    assert reverse("ticket-qr", args=[code]) not in page
    assert "STATUS:CANCELLED" in visitor.get(reverse("order-calendar", args=[order.pk])).content.decode()
    sales = staff_client("sales")
    sales.post(reverse("admin:order-resend", args=[order.pk]))
    assert mail.outbox == []


def test_a_held_order_of_such_a_show_cannot_be_paid_on_its_pages(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    visitor = owner_of(order).client
    be_called_off(paid_orders.performance)

    page = visitor.get(reverse("order-page", args=[order.pk])).content.decode()

    assert "Nothing was charged" in page
    assert reverse("checkout", args=[order.pk]) not in page
    assert visitor.get(reverse("checkout", args=[order.pk])).status_code == 302
    assert visitor.post(reverse("checkout", args=[order.pk])).json()["code"] == "performance_called_off"


def test_the_api_tells_of_a_show_that_is_called_off(paid_orders: PaidOrders, client: Client) -> None:
    order = paid_orders.sell(0)
    be_called_off(paid_orders.performance)

    found = client.get(f"/api/concerts/{paid_orders.performance.concert.pk}").json()

    assert found["performances"][0]["status"] == "CANCELLED"
    assert found["performances"][0]["cancelled_reason"] == "The singer is ill."
    assert paid_orders.cancel(order).json()["order"]["performance_status"] == "CANCELLED"
