"""Giving tickets back: the fee is seen before it is agreed to, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from apps.common.clock import database_now
from apps.concerts.models import Performance
from apps.payments.models import Refund
from tests.browser.paid_orders import paid_orders
from tests.browser.site import PHONE, Axe, Shifts, Shots, fits
from tests.paid_orders import PaidOrders, assert_books_balance, status_of_order

__all__ = ["paid_orders"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def ten_per_cent(paid_orders: PaidOrders) -> None:
    """Eight days before the show the standard keeps 10 %."""
    Performance.objects.filter(pk=paid_orders.performance.pk).update(starts_at=database_now() + timedelta(days=8))
    policy = paid_orders.performance.concert.cancellation_policy
    policy.free_period_hours = 0
    policy.save()


def test_one_of_two_tickets_goes_back_less_its_fee(
    paid_orders: PaidOrders, open_as: Callable[..., Page], axe: Axe, shots: Shots, shifts: Shifts
) -> None:
    order = paid_orders.sell(0, 1)
    page = open_as(order.user, viewport=PHONE)
    page.goto(f"/orders/{order.pk}/")
    page.get_by_role("link", name="티켓 취소").click()
    total = page.locator("#sum .total dd")
    expect(total).to_have_text("180,000원")
    expect(page.get_by_role("button", name="선택한 티켓의 수수료 보기")).not_to_be_visible()
    shifts.none_in(page)
    fits(page)
    axe.check(page)
    shots.take(page, "both", full_page=True)

    page.get_by_role("checkbox", name="취소 수수료에 동의").check()
    page.get_by_role("checkbox", name="1번").uncheck()
    expect(total).to_have_text("90,000원")
    expect(page.get_by_role("checkbox", name="취소 수수료에 동의")).not_to_be_checked()
    shots.take(page, "one", full_page=True)
    page.get_by_role("checkbox", name="취소 수수료에 동의").check()
    page.get_by_role("button", name="선택한 티켓 취소").dblclick()

    expect(page.get_by_role("heading", name="티켓을 취소했습니다")).to_be_visible()
    expect(page.get_by_text("90,000원이 환불됩니다")).to_be_visible()
    fits(page)
    axe.check(page)
    shots.take(page, "cancelled", full_page=True)
    page.get_by_role("link", name="주문으로 돌아가기").click()
    expect(page.get_by_role("img", name="QR 코드")).to_have_count(1)
    expect(page.locator(".qr.void")).to_have_text("취소됨")
    axe.check(page)
    shots.take(page, "one-left", full_page=True)
    assert Refund.objects.count() == 1
    assert_books_balance(paid_orders.sandbox)


def test_without_scripts_tickets_are_seen_and_given_back_too(
    paid_orders: PaidOrders, open_as: Callable[..., Page], shots: Shots
) -> None:
    order = paid_orders.sell(0, 1)
    page = open_as(order.user, java_script_enabled=False, locale="en-GB")
    page.goto(f"/orders/{order.pk}/")
    expect(page.get_by_role("img", name="QR code")).to_have_count(2)
    page.get_by_role("link", name="Cancel tickets").click()
    page.get_by_role("checkbox", name="seat 1 ").uncheck()
    page.get_by_role("checkbox", name="I agree").check()
    page.get_by_role("button", name="Cancel these tickets").click()

    expect(page.get_by_role("alert")).to_contain_text("not the one you saw before")
    expect(page.locator("#sum .total dd")).to_have_text("₩90,000")
    assert not Refund.objects.exists()
    shots.take(page, "without-scripts", full_page=True)
    page.get_by_role("checkbox", name="I agree").check()
    page.get_by_role("button", name="Cancel these tickets").click()

    expect(page.get_by_role("heading", name="Your tickets are cancelled")).to_be_visible()
    assert status_of_order(order) == "PAID"


def test_held_seats_are_given_up_by_a_button(paid_orders: PaidOrders, open_as: Callable[..., Page], axe: Axe) -> None:
    order = paid_orders.reserve(0)
    page = open_as(order.user, viewport=PHONE)
    page.goto(f"/orders/{order.pk}/cancel/")
    fits(page)
    axe.check(page)

    page.get_by_role("button", name="좌석 포기").click()

    expect(page.get_by_text("취소된 주문입니다")).to_be_visible()
    assert paid_orders.seat_status(0) == "AVAILABLE"
