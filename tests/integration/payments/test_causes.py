"""Why an order is cancelled: each cause comes about as its case says, and all follows from its row in the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator

from apps.accounts.models import User
from apps.orders.models import Order
from apps.payments.calling_off.call_off import call_off_performance, confirmation_of
from apps.payments.calling_off.carry_on import carry_on
from apps.payments.causes import CAUSES
from apps.payments.models import PaymentAttempt, Refund, StaffAct
from apps.payments.services import confirm_payment
from apps.payments.services.settle_payments import settle_order, settle_unknown_payments
from apps.payments.services.staff_acts import cancel_by_staff
from tests.integration.payments.pages.visitor import Visitor, owner_of, text_of
from tests.moving import move_show
from tests.paid_orders import PRICE_KRW, PaidOrders, status_of_order
from tests.scratch_causes import few_causes, more_causes
from tests.staff import make_staff, staff_client
from tests.waiting import LONGEST_SECONDS

__all__ = ["few_causes", "more_causes"]

TEN_PERCENT = PRICE_KRW // 10
CANCELLED = "This order is cancelled"


@pytest.fixture
def ten_percent(paid_orders: PaidOrders) -> None:
    """A policy that keeps ten per cent, whenever somebody cancels."""
    policy = paid_orders.performance.concert.cancellation_policy
    policy.free_period_hours = policy.booking_fee_krw = 0
    policy.save()
    policy.tiers.all().delete()
    policy.tiers.create(days_before_min=0, percent=10)


@dataclass(frozen=True)
class Case:
    """How a cause comes about; what of the price is kept, and what the buyer reads of the order."""

    happen: Callable[[PaidOrders, pytest.MonkeyPatch], Order]
    fee_krw: int
    reads: str


def by_the_customer(paid_orders: PaidOrders, _monkeypatch: pytest.MonkeyPatch) -> Order:
    order = paid_orders.sell(0)
    paid_orders.cancel(order)
    return order


def by_the_customer_of_a_show_that_was_moved(paid_orders: PaidOrders, _monkeypatch: pytest.MonkeyPatch) -> Order:
    order = paid_orders.sell(0)
    move_show(paid_orders.performance)
    paid_orders.cancel(order)
    return order


def by_staff_for_the_organiser(paid_orders: PaidOrders, _monkeypatch: pytest.MonkeyPatch) -> Order:
    order = paid_orders.sell(0)
    cancel_by_staff(order.pk, staff_id=make_staff().pk, cause=CAUSES["ORGANISER"], reason="the singer was ill")
    return order


def seats_sold_to_others_meanwhile(paid_orders: PaidOrders, _monkeypatch: pytest.MonkeyPatch) -> Order:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(approve_then_hang_next=True)
    paid_orders.confirm(order, key)
    paid_orders.lose_hold(order)
    paid_orders.sell(0)
    settle_unknown_payments()
    return order


def another_amount_taken(paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch) -> Order:
    order = paid_orders.reserve(0)
    send_confirm = confirm_payment.send_confirm

    def ask_for_less(attempt: PaymentAttempt) -> Any:
        attempt.amount_krw = 1_000
        return send_confirm(attempt)

    monkeypatch.setattr(confirm_payment, "send_confirm", ask_for_less)
    assert (
        paid_orders.confirm(order, paid_orders.sandbox.authenticate(order.pk, 1_000)).json()["code"]
        == "amount_mismatch"
    )
    return order


def deposit_after_the_end(paid_orders: PaidOrders, _monkeypatch: pytest.MonkeyPatch) -> Order:
    order = paid_orders.reserve(0)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk)
    paid_orders.cancel(order)
    return order


def refunded_at_the_provider(paid_orders: PaidOrders, _monkeypatch: pytest.MonkeyPatch) -> Order:
    order = paid_orders.sell(0)
    httpx.post(
        f"{paid_orders.sandbox.url}/v1/payments/{order.payment.payment_key}/cancel",
        json={"cancelReason": "by telephone"},
        auth=("test_sk_ticketlive_sandbox", ""),
        timeout=LONGEST_SECONDS,
    ).raise_for_status()
    settle_order(order.pk)
    return order


def the_show_is_called_off(paid_orders: PaidOrders, _monkeypatch: pytest.MonkeyPatch) -> Order:
    order = paid_orders.sell(0)
    performance = paid_orders.performance
    job = call_off_performance(performance.pk, actor_id=None, reason="ill", typed=confirmation_of(performance))
    carry_on(job.pk)
    return order


CASES = {
    "CUSTOMER": Case(by_the_customer, TEN_PERCENT, CANCELLED),
    "ORGANISER": Case(by_staff_for_the_organiser, 0, CANCELLED),
    "SEATS_UNAVAILABLE": Case(seats_sold_to_others_meanwhile, 0, "The seats were gone; your money comes back"),
    "AMOUNT_MISMATCH": Case(another_amount_taken, 0, "The amount was wrong; your money comes back"),
    "ORDER_ENDED": Case(deposit_after_the_end, 0, "The payment came too late; your money comes back"),
    "SHOW_MOVED": Case(by_the_customer_of_a_show_that_was_moved, 0, CANCELLED),
    "CALLED_OFF": Case(the_show_is_called_off, 0, "The show is called off"),
    "PROVIDER": Case(refunded_at_the_provider, 0, CANCELLED),
}


@pytest.mark.parametrize("code", CAUSES)
def test_a_cause_comes_about_keeps_its_fee_and_is_told_to_the_buyer(
    code: str, paid_orders: PaidOrders, ten_percent: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert code in CASES, f"say how {code} comes about"
    case = CASES[code]

    order = case.happen(paid_orders, monkeypatch)

    refund = Refund.objects.get(order=order)
    assert (refund.cause, refund.fee_krw) == (code, case.fee_krw)
    assert status_of_order(order) == "CANCELLED"
    assert case.reads in text_of(owner_of(order).get("order-page", order))


def test_there_is_no_case_of_a_cause_that_there_is_not() -> None:
    assert CASES.keys() == CAUSES.keys()


# What follows from a row: two are added, and nothing else.


@pytest.fixture
def clerk(transactional_db: None) -> User:
    return make_staff("sales")


def cancel_page(order: Order) -> str:
    return reverse("admin:order-cancel", args=[order.pk])


def test_staff_choose_a_new_cause_and_its_fee_its_notice_and_its_traces_follow(
    paid_orders: PaidOrders, ten_percent: None, more_causes: None, clerk: User
) -> None:
    order, desk = paid_orders.sell(0), staff_client(user=clerk)
    form = {"line": [1], "cause": "NO_LICENCE", "reason": "no licence"}

    asked = text_of(desk.get(cancel_page(order)))
    shown = desk.post(cancel_page(order), {**form, "preview": "1"})
    desk.post(cancel_page(order), {**form, "agreed_refund": PRICE_KRW, "cancel": "1"})

    assert "The customer cancelled The organiser is at fault: nothing is kept, and no time limit counts" in asked
    assert "The show was called off: nothing is kept, and no time limit counts The customer fell ill" in asked
    assert "The show was called off: nothing is kept." in text_of(shown)
    assert 'name="cause" value="NO_LICENCE"' in shown.content.decode()
    refund = Refund.objects.get()
    assert (refund.cause, refund.amount_krw, refund.fee_krw) == ("NO_LICENCE", PRICE_KRW, 0)
    (sent,) = paid_orders.sandbox.payment(order.payment.payment_key)["cancels"]
    assert sent["cancelReason"].startswith("the show was called off ")
    assert "The show was called off All of your money comes back." in text_of(owner_of(order).get("order-page", order))
    assert StaffAct.objects.get().details["cause"] == "NO_LICENCE"
    page = text_of(desk.get(reverse("admin:orders_order_change", args=[order.pk])))
    assert page.count("the show was called off") == 3  # the refund's row, its beginning and the act
    filtered = text_of(desk.get(reverse("admin:payments_refund_changelist"), {"cause__exact": "NO_LICENCE"}))
    assert "the show was called off" in filtered


def test_a_new_cause_that_waives_the_fee_needs_a_reason_and_the_permission(
    paid_orders: PaidOrders, ten_percent: None, more_causes: None, clerk: User
) -> None:
    order = paid_orders.sell(0)
    form = {"line": [1], "cause": "NO_LICENCE", "agreed_refund": PRICE_KRW, "cancel": "1"}

    without_reason = staff_client(user=clerk).post(cancel_page(order), form)
    clerk.groups.clear()
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_order", "change_order"]))
    powerless = staff_client(user=User.objects.get(pk=clerk.pk))
    without_permission = powerless.post(cancel_page(order), {**form, "reason": "no licence"})

    assert (without_reason.status_code, without_permission.status_code) == (422, 422)
    assert "called off" not in text_of(powerless.get(cancel_page(order)))
    assert status_of_order(order) == "PAID"


def test_a_customer_names_a_new_cause_in_the_api_and_on_the_page(
    paid_orders: PaidOrders, ten_percent: None, more_causes: None
) -> None:
    order = paid_orders.sell(0, 1)
    visitor = Visitor(order.user)

    asked = text_of(visitor.get("order-cancel-page", order))
    form = {"line": [1], "cause": "FELL_ILL", "agree": "on", "agreed_refund": PRICE_KRW - TEN_PERCENT}
    visitor.post("order-cancel-page", order, **form)
    paid_orders.sandbox.set_clock(ahead_seconds=5)
    answer = paid_orders.cancel(order, line_ids=[2], cause="FELL_ILL")

    assert "The customer fell ill" in asked
    assert "called off" not in asked
    assert answer.status_code == 200, answer.json()
    assert list(Refund.objects.values_list("cause", "fee_krw")) == [("FELL_ILL", TEN_PERCENT)] * 2


@pytest.mark.parametrize("cause", ["NO_LICENCE", "ORGANISER", "PROVIDER", "NOTHING"])
def test_a_cause_that_is_not_the_callers_to_choose_is_refused(
    paid_orders: PaidOrders, more_causes: None, cause: str
) -> None:
    order = paid_orders.sell(0)

    answer = paid_orders.cancel(order, cause=cause)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["cause"])
    assert status_of_order(order) == "PAID"
    assert not Refund.objects.exists()


def schema_of(name: str) -> dict[str, Any]:
    return dict(SchemaGenerator().get_schema(request=None, public=True)["components"]["schemas"][name]["properties"])


def test_the_document_of_the_api_tells_of_a_choice_where_there_is_one(more_causes: None) -> None:
    assert "cause" in schema_of("CancelRequest")
    assert "cause" in schema_of("CancelActRequest")


def test_where_there_is_nothing_to_choose_nobody_is_asked(
    paid_orders: PaidOrders, few_causes: None, clerk: User
) -> None:
    order = paid_orders.sell(0)

    assert 'name="cause"' not in owner_of(order).get("order-cancel-page", order).content.decode()
    asked = staff_client(user=clerk).get(cancel_page(order)).content.decode()
    assert asked.count('name="cause"') == asked.count('type="checkbox" name="cause"') == 1
    assert "cause" not in schema_of("CancelRequest")
    assert "cause" not in schema_of("CancelActRequest")


def test_acts_from_before_there_were_causes_are_read_as_ever(paid_orders: PaidOrders, clerk: User) -> None:
    order = paid_orders.sell(0)
    cancel_by_staff(order.pk, staff_id=clerk.pk)
    StaffAct.objects.update(details={"line_ids": None, "waive_fee": True, "done": True})

    page = staff_client(user=clerk).get(reverse("admin:orders_order_change", args=[order.pk]))

    assert "without a fee yes" in text_of(page).replace(":", "")
