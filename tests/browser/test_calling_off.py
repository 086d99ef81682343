"""A show is called off in the admin, and its buyer reads why and where the money is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.payments.calling_off.call_off import confirmation_of
from apps.payments.calling_off.carry_on import carry_on_all
from tests.browser.paid_orders import paid_orders
from tests.browser.site import PHONE, Axe, Shots, Site, fits
from tests.paid_orders import PaidOrders, assert_books_balance
from tests.staff import make_staff

__all__ = ["paid_orders"]

pytestmark = pytest.mark.django_db(transaction=True)

REASON = "출연자의 건강 문제로 공연을 열 수 없게 되었습니다."


def test_a_show_is_called_off_and_its_buyer_is_told(
    site: Site, paid_orders: PaidOrders, open_as: Callable[..., Page], axe: Axe, shots: Shots
) -> None:
    order, other = paid_orders.sell(0, 1), paid_orders.sell(3)
    paid_orders.reserve(5)
    performance = paid_orders.performance
    staff = open_as(make_staff("show manager"), locale="en-US")

    staff.goto(site.url + reverse("admin:concerts_performance_change", args=[performance.pk]))
    staff.get_by_role("link", name="Call off").click()
    figures = staff.get_by_role("region", name="What calling off will do")
    expect(figures).to_contain_text("300,000")
    axe.check(staff)
    shots.take(staff, "before", full_page=True)
    staff.get_by_label("Reason").fill(REASON)
    staff.get_by_label("Extra share").fill("10")
    staff.get_by_label("Type when it begins").fill("yes")
    staff.get_by_role("button", name="Call it off for good").click()
    expect(staff.get_by_text("That is not when this performance begins.")).to_be_visible()
    axe.check(staff)
    shots.take(staff, "wrong", full_page=True)
    staff.get_by_label("Type when it begins").fill(confirmation_of(performance))
    staff.get_by_role("button", name="Call it off for good").click()
    expect(staff.get_by_role("heading", name="refunds are under way")).to_be_visible()
    axe.check(staff)
    shots.take(staff, "under-way", full_page=True)

    buyer = open_as(order.user, viewport=PHONE)
    buyer.goto(f"/orders/{order.pk}/")
    expect(buyer.get_by_text("공연이 취소되었습니다")).to_be_visible()
    expect(buyer.get_by_role("img", name="QR 코드")).to_have_count(0)
    fits(buyer)
    axe.check(buyer)
    shots.take(buyer, "buyer-under-way", full_page=True)

    paid_orders.sandbox.faults(fail_next=[403, "NOT_CANCELABLE_PAYMENT"])
    carry_on_all()

    staff.goto(site.url + reverse("admin:concerts_performance_call_off", args=[performance.pk]))
    expect(staff.get_by_role("heading", name="all that can be done is done")).to_be_visible()
    left = staff.get_by_role("region", name="What is left").first
    expect(left).to_contain_text("NOT_CANCELABLE_PAYMENT")
    axe.check(staff)
    shots.take(staff, "done", full_page=True)
    for one in (order, other):
        buyer = open_as(one.user, viewport=PHONE)
        buyer.goto(f"/orders/{one.pk}/")
        expect(buyer.get_by_text(REASON)).to_be_visible()
        expect(buyer.get_by_text("직접 지급합니다")).to_be_visible()
        fits(buyer)
        axe.check(buyer)
        status = one.refunds.get().status
        words = "아직 환불해 드리지 못했습니다" if status == "FAILED" else "전액 환불했습니다"
        expect(buyer.get_by_role("status").filter(has_text="공연이 취소")).to_contain_text(words)
        shots.take(buyer, f"buyer-{status}", full_page=True)
    stranger = open_as(None, viewport=PHONE)
    stranger.goto(f"/concerts/{performance.concert.slug}/")
    expect(stranger.get_by_role("region", name="공연 변경 안내")).to_contain_text(REASON)
    fits(stranger)
    axe.check(stranger)
    shots.take(stranger, "concert", full_page=True)
    for path in (f"/performances/{performance.pk}/seats/", f"/performances/{performance.pk}/waiting-room/"):
        buyer.goto(path)
        expect(buyer.get_by_text(REASON)).to_be_visible()
        axe.check(buyer)
        shots.take(buyer, path.split("/")[-2], full_page=True)
    assert_books_balance(paid_orders.sandbox)
