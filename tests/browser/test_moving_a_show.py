"""Staff move a show on its page of the admin; its buyer reads both dates, and returns a ticket free of charge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from apps.concerts.models import Performance, PerformanceMove
from tests.browser.paid_orders import paid_orders
from tests.browser.site import PHONE, Axe, Shots, fits
from tests.browser.test_checkout import fill_in, open_checkout, pay_button
from tests.factories import make_performance, make_user, make_venue
from tests.moving import move_show
from tests.order_factories import make_order
from tests.paid_orders import PaidOrders
from tests.staff import make_staff

__all__ = ["paid_orders"]

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_show_is_moved_and_its_buyer_reads_of_it(open_as: Callable[..., Page], axe: Axe, shots: Shots) -> None:
    show, hall, buyer = make_performance(), make_venue(), make_user()
    order = make_order(buyer, show)
    staff = open_as(make_staff("show manager"), locale="en-US")
    staff.goto(f"/admin/concerts/performance/{show.pk}/move/")
    shots.take(staff, "what-it-will-do", full_page=True)
    axe.check(staff)

    staff.get_by_label("Hall").select_option(str(hall.pk))
    later = show.starts_there + timedelta(days=14)
    staff.get_by_label("Starts at").fill(f"{later:%Y-%m-%dT%H:%M}")
    staff.get_by_label("Reason").fill("폭설로 연기합니다.")
    staff.get_by_label("Type the show’s title").fill("something else")
    staff.get_by_role("button", name="Move the performance").click()
    expect(staff.get_by_text("That is not the show’s title.")).to_be_visible()
    shots.take(staff, "not-the-title", full_page=True)
    staff.get_by_label("Type the show’s title").fill(show.concert.title)
    staff.get_by_role("button", name="Move the performance").click()
    expect(staff.get_by_text("The show is moved.")).to_be_visible()
    shots.take(staff, "moved", full_page=True)
    axe.check(staff)
    assert Performance.objects.get(pk=show.pk).venue_id == hall.pk
    assert PerformanceMove.objects.get().status == PerformanceMove.Status.DONE

    page = open_as(buyer)
    for name, where in {
        "order": f"/orders/{order.pk}/",
        "concert": f"/concerts/{show.concert.slug}/",
        "seats": f"/performances/{show.pk}/seats/",
        "my": "/my/",
        "print": f"/orders/{order.pk}/print/",
    }.items():
        page.goto(where)
        expect(page.locator(".moved").first).to_contain_text(hall.name)
        axe.check(page)
        shots.take(page, name, full_page=True)


def test_both_dates_fit_a_phone(open_as: Callable[..., Page], axe: Axe, shots: Shots) -> None:
    show, buyer = make_performance(), make_user()
    order = make_order(buyer, show)
    PerformanceMove.objects.create(
        performance=show,
        status=PerformanceMove.Status.DONE,
        open=None,
        from_starts_at=show.starts_at - timedelta(days=3),
        to_starts_at=show.starts_at,
        from_venue=make_venue(),
        to_venue=show.venue,
        from_sale_closes_at=show.sale_closes_at,
        to_sale_closes_at=show.sale_closes_at,
        free_return_until=show.starts_at - timedelta(days=1),
        reason="폭설로 연기합니다.",
        asked_at=order.created_at,
        moved_at=order.created_at + timedelta(minutes=1),
    )
    Performance.objects.filter(pk=show.pk).update(moved_at=order.created_at + timedelta(minutes=1))
    page = open_as(buyer, viewport=PHONE, color_scheme="dark")
    page.goto(f"/orders/{order.pk}/")
    expect(page.locator(".moved").first).to_be_visible()
    fits(page)
    axe.check(page)
    shots.take(page, "order-on-a-phone", full_page=True)


def test_whoever_holds_seats_agrees_to_the_new_date_before_paying(
    paid_orders: PaidOrders, open_as: Callable[..., Page], axe: Axe, shots: Shots
) -> None:
    order = paid_orders.reserve(0, 1)
    page = open_as(order.user, viewport=PHONE)
    page.goto(f"/orders/{order.pk}/checkout/")
    hall = make_venue()
    move_show(paid_orders.performance, venue_id=hall.pk)

    page.goto(f"/performances/{order.performance_id}/seats/")
    held = page.get_by_role("region", name="좌석 2석을 선점하고 있습니다")
    expect(held).to_contain_text("공연 일정이 변경되었습니다")
    axe.check(page)
    shots.take(page, "seats-held")
    held.get_by_role("link", name="결제하러 가기").click()

    expect(page.get_by_role("heading", name="공연 일정이 변경되었습니다")).to_be_visible()
    expect(page.locator(".moved")).to_contain_text(hall.name)
    expect(page.get_by_role("link", name="좌석 포기하기")).to_be_visible()
    fits(page)
    axe.check(page)
    shots.take(page, "asked", full_page=True)
    page.get_by_role("link", name="변경된 일정으로 결제하기").click()

    expect(page.get_by_role("heading", name="결제하기")).to_be_visible()
    expect(page.locator(".moved").first).to_contain_text(hall.name)


def test_a_checkout_that_was_open_during_the_move_asks_before_the_window_opens(
    paid_orders: PaidOrders, open_as: Callable[..., Page], axe: Axe
) -> None:
    order = paid_orders.reserve(0)
    page = open_as(order.user)
    open_checkout(page, order)
    fill_in(page)
    move_show(paid_orders.performance)

    pay_button(page).click()

    expect(page.get_by_role("heading", name="공연 일정이 변경되었습니다")).to_be_visible()
    axe.check(page)
