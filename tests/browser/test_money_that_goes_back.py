"""What people see of cash receipts, of payments that only go back whole, and of accounts that a bank could not pay."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apps.orders.models import Order
from apps.payments.models import CashReceipt, Refund
from apps.payments.services.settle_payments import settle_order
from tests.browser.paid_orders import paid_orders
from tests.browser.site import PHONE, Axe, Shots, Site, fits
from tests.paid_orders import PaidOrders
from tests.staff import make_staff

__all__ = ["paid_orders"]

pytestmark = pytest.mark.django_db(transaction=True)

MISTYPED = {"bank": "88", "account_number": "9992345678", "holder_name": "김서연"}


def returned(paid_orders: PaidOrders) -> Order:
    """A cancelled order whose deposit the bank could not pay back."""
    order = paid_orders.reserve(0, 1)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk)
    settle_order(order.pk)
    assert paid_orders.cancel(order, refund_account=MISTYPED).json()["refund"]["status"] == "SENT"
    paid_orders.sandbox.post("/sandbox/pay-back", orderId=order.pk, fails=True)
    settle_order(order.pk)
    assert Refund.objects.get().status == "RETURNED"
    return order


def test_a_receipt_is_asked_for_only_where_the_method_has_one(
    paid_orders: PaidOrders, open_as: Callable[..., Page], axe: Axe, shots: Shots
) -> None:
    order = paid_orders.reserve(0)
    page = open_as(order.user, viewport=PHONE)
    page.goto(f"/orders/{order.pk}/checkout/")
    receipt = page.locator(".receipt")
    expect(receipt).not_to_be_visible()

    page.get_by_role("radio", name="계좌이체").check()
    expect(receipt).to_be_visible()
    expect(page.get_by_label("현금영수증 휴대폰 번호")).not_to_be_visible()
    page.get_by_role("radio", name="소득공제용").check()
    expect(page.get_by_label("현금영수증 휴대폰 번호")).to_be_visible()
    expect(page.get_by_label("사업자등록번호")).not_to_be_visible()

    fits(page)
    axe.check(page)
    receipt.scroll_into_view_if_needed()
    shots.take(page, "receipt", full_page=True)
    assert not CashReceipt.objects.exists()


def test_an_account_that_the_bank_could_not_pay_is_corrected(
    paid_orders: PaidOrders, open_as: Callable[..., Page], axe: Axe, shots: Shots
) -> None:
    order = returned(paid_orders)
    page = open_as(order.user, viewport=PHONE)
    page.goto(f"/orders/{order.pk}/")
    axe.check(page)
    shots.take(page, "returned", full_page=True)
    page.get_by_role("link", name="계좌 수정").click()
    expect(page.get_by_text("****5678 계좌로 입금하지 못했습니다")).to_be_visible()
    axe.check(page)
    shots.take(page, "correct", full_page=True)
    paid_orders.sandbox.set_clock(ahead_seconds=5)

    page.get_by_label("은행").select_option("88")
    page.get_by_label("계좌번호").fill("110-234-5678")
    page.get_by_label("예금주").fill("김서연")
    page.get_by_role("button", name="환불받기").click()

    expect(page.get_by_text("은행이 며칠 안에 ****5678 계좌로")).to_be_visible()
    shots.take(page, "sent", full_page=True)


def test_a_mobile_phone_payment_is_offered_whole(
    paid_orders: PaidOrders, open_as: Callable[..., Page], axe: Axe, shots: Shots
) -> None:
    order = paid_orders.sell(0, 1, method="휴대폰")
    page = open_as(order.user, viewport=PHONE)
    page.goto(f"/orders/{order.pk}/cancel/")
    expect(page.get_by_text("결제는 전액 환불만 가능해서")).to_be_visible()
    fits(page)
    axe.check(page)
    shots.take(page, "whole", full_page=True)


def test_staff_see_what_can_be_done_about_a_refund_that_came_back(
    paid_orders: PaidOrders, open_as: Callable[..., Page], site: Site, axe: Axe, shots: Shots
) -> None:
    order = returned(paid_orders)
    page = open_as(make_staff("sales"))
    page.goto(f"/admin/orders/order/{order.pk}/change/")
    expect(page.get_by_role("link", name="계좌 수정")).to_be_visible()
    axe.check(page)
    shots.take(page, "order", full_page=True)
    page.get_by_role("link", name="다른 방법으로 지급").click()
    axe.check(page)
    shots.take(page, "by-hand", full_page=True)
