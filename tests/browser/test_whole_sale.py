"""A whole sale as a customer goes through it: from the programme through the waiting room to the QR codes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apps.concerts.models import WaitingRoomMode
from apps.orders.models import Order, Ticket
from tests.browser.site import Axe, Shifts, Shots, Site
from tests.factories import make_performance, make_user
from tests.live import LivePlatform

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_customer_goes_from_the_programme_through_the_line_to_the_tickets(
    site: Site, background: LivePlatform, open_as: Callable[..., Page], shots: Shots, axe: Axe, shifts: Shifts
) -> None:
    performance = make_performance(mode=WaitingRoomMode.QUEUE, rate=2.0)
    user = make_user()
    page = open_as(user)

    page.goto("/")
    shots.take(page, "programme")
    page.get_by_role("link", name="달빛 콘서트").first.click()
    shots.take(page, "concert")
    axe.check(page)
    page.get_by_role("link", name=re.compile("예매하기")).click()

    expect(page.get_by_role("heading", name="차례가 되었습니다")).to_be_visible()
    shots.take(page, "your-turn")
    axe.check(page)
    page.get_by_role("link", name="좌석 선택하기").click()

    expect(page.locator("#live")).to_have_attribute("data-state", "connected")
    page.get_by_label("매수").select_option("2")
    page.get_by_role("button", name="선택", exact=True).click()
    expect(page.locator("#chosen li")).to_have_count(2)
    shots.take(page, "seats")
    shifts.none_in(page)
    axe.check(page)
    page.get_by_role("button", name="예매 계속하기").click()

    expect(page.get_by_role("heading", name="결제하기")).to_be_visible()
    page.locator("#id_name").fill("김달빛")
    page.locator("#id_phone").fill("010-1234-5678")
    page.locator("#id_email").fill("moon@example.com")
    for agreement in page.get_by_role("checkbox").all():
        agreement.check()
    shots.take(page, "checkout", full_page=True)
    axe.check(page)
    page.get_by_role("button", name=re.compile("200,000원 결제하기")).click()

    expect(page).to_have_url(re.compile(re.escape(site.platform.sandbox.url)))
    shots.take(page, "payment-window")
    page.get_by_role("button", name="결제하기").click()

    order = Order.objects.get()
    expect(page).to_have_url(f"{site.url}/orders/{order.pk}/")
    codes = page.get_by_role("img", name=re.compile("QR"))
    expect(codes).to_have_count(2)
    for code in codes.all():
        expect(code).to_have_js_property("complete", True)
        assert code.evaluate("image => image.naturalWidth") > 0
    shots.take(page, "tickets", full_page=True)
    axe.check(page)
    order.refresh_from_db()
    assert (order.status, order.amount_krw, order.booker_name) == (Order.Status.PAID, 200_000, "김달빛")
    assert Ticket.objects.filter(order=order, user=user, performance=performance, live=True).count() == 2

    page.reload()
    expect(codes).to_have_count(2)
    page.goto("/my/")
    expect(page.get_by_role("link", name=re.compile("달빛 콘서트")).first).to_be_visible()
    shots.take(page, "my-tickets")
    axe.check(page)
