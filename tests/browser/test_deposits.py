"""Deposits in a browser: what the checkout says of them, what a refused one leads to, and their release by staff."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.common.clock import database_now
from apps.concerts.models import Performance
from tests.browser.paid_orders import paid_orders
from tests.browser.site import PHONE, Axe, Shots, Site, fits
from tests.browser.test_checkout import fill_in, open_checkout, pay_button
from tests.paid_orders import PaidOrders, status_of_order
from tests.staff import make_staff

__all__ = ["paid_orders"]

pytestmark = pytest.mark.django_db(transaction=True)

OpenAs = Callable[..., Page]
ENGLISH = {"locale": "en-US"}


def test_a_deposit_says_until_when_and_one_that_is_refused_meanwhile_says_why(
    paid_orders: PaidOrders, open_as: OpenAs, axe: Axe, shots: Shots
) -> None:
    order = paid_orders.reserve(0, 1)
    page = open_as(order.user, viewport=PHONE)
    open_checkout(page, order)
    expect(page.get_by_text("입금 결제는 좌석을")).to_be_visible()
    fits(page)
    axe.check(page)
    shots.take(page, "offered", full_page=True)
    fill_in(page)
    page.get_by_role("radio", name="가상계좌").check()
    Performance.objects.update(starts_at=database_now() + timedelta(hours=40))

    pay_button(page).click()

    expect(page.get_by_role("heading", name="입금 결제를 하기에는 늦었습니다")).to_be_visible()
    axe.check(page)
    shots.take(page, "refused", full_page=True)
    open_checkout(page, order)
    expect(page.get_by_text("입금 결제를 하기에는 늦었습니다")).to_be_visible()
    expect(page.get_by_role("radio", name="가상계좌")).to_have_count(0)
    axe.check(page)
    shots.take(page, "not-offered", full_page=True)
    assert status_of_order(order) == "RESERVED"


def test_a_member_of_staff_releases_many_deposits_with_a_reason(
    site: Site, paid_orders: PaidOrders, open_as: OpenAs, axe: Axe, shots: Shots
) -> None:
    orders = [paid_orders.reserve(seat, seat + 1) for seat in (0, 2, 4)]
    for order in orders:
        assert paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌")).status_code == 200
    page = open_as(make_staff("sales"), **ENGLISH)

    page.goto(site.url + reverse("admin:payments_waitingdeposit_changelist"))
    expect(page.get_by_text(orders[0].pk)).to_be_visible()
    shots.take(page, "open", full_page=True)
    for order in orders[:2]:
        page.get_by_role("row", name=order.pk).get_by_role("checkbox").check()
    page.locator("select[name=action]").select_option("release")
    page.get_by_role("button", name="Run").click()

    expect(page.get_by_text("2 orders with 4 seats, ₩400,000 together")).to_be_visible()
    axe.check(page)
    shots.take(page, "asked", full_page=True)
    page.get_by_role("textbox", name="Reason").fill("a siege")
    page.get_by_role("button", name="End the orders, free the seats").click()

    expect(page.get_by_text("2 orders have ended; 4 seats are free again.")).to_be_visible()
    shots.take(page, "released", full_page=True)
    assert [status_of_order(order) for order in orders] == ["CANCELLED", "CANCELLED", "WAITING_FOR_DEPOSIT"]
