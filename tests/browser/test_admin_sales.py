"""Staff at work in a browser: an order cancelled in part, the figures of sales and of counseling, the audit."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from apps.common.clock import database_now
from apps.common.days import day_of
from apps.concerts.models import Performance
from apps.counseling.models import DailyCategoryKpi, DailyCounselorKpi
from apps.payments.models import Refund
from apps.payments.services.cancel_order import cancel_order
from tests.browser.paid_orders import paid_orders
from tests.browser.site import PHONE, Axe, Shots, Site, fits
from tests.counseling_factories import make_category, make_counselor
from tests.paid_orders import PaidOrders, assert_books_balance
from tests.staff import make_staff

__all__ = ["paid_orders"]

pytestmark = pytest.mark.django_db(transaction=True)

OpenAs = Callable[..., Page]
ENGLISH = {"locale": "en-US"}
SECOND = 1_000_000
DRAWN = "() => Chart.getChart(document.querySelector('canvas'))"  # by a module that may run after the page is there


def keep_ten_percent(paid_orders: PaidOrders) -> None:
    """The show is in eight days, and there is no free period."""
    policy = paid_orders.performance.concert.cancellation_policy
    policy.free_period_hours = 0
    policy.save()
    moved = Performance.objects.filter(pk=paid_orders.performance.pk)
    moved.update(starts_at=database_now() + timedelta(days=8))


def test_an_order_and_what_can_be_done_about_its_refund_fit_a_phone(
    site: Site, paid_orders: PaidOrders, open_as: OpenAs, axe: Axe
) -> None:
    order = paid_orders.sell(0, 1)
    cancel_order(order.pk, user_id=order.user_id)
    Refund.objects.update(status=Refund.Status.FAILED)
    page = open_as(make_staff("sales"), viewport=PHONE, **ENGLISH)

    page.goto(site.url + reverse("admin:orders_order_change", args=[order.pk]))

    fits(page)
    expect(page.get_by_role("button", name="Try again: refund 1")).to_be_visible()
    axe.check(page)


def test_a_member_of_staff_cancels_one_ticket_of_an_order_with_the_fee_shown_first(
    site: Site, paid_orders: PaidOrders, open_as: OpenAs, axe: Axe, shots: Shots
) -> None:
    order = paid_orders.sell(0, 1)
    keep_ten_percent(paid_orders)
    page = open_as(make_staff("sales"), **ENGLISH)

    page.goto(site.url + reverse("admin:orders_order_change", args=[order.pk]))
    axe.check(page)
    shots.take(page, "order", full_page=True)
    page.get_by_role("link", name="Cancel for the customer").click()
    page.get_by_role("checkbox", name="1-2").check()
    axe.check(page)
    page.get_by_role("button", name="Show the fee").click()

    sums = page.get_by_role("row", name="Together")
    expect(sums).to_contain_text("10,000")
    expect(sums).to_contain_text("90,000")
    assert not Refund.objects.exists()
    axe.check(page)
    shots.take(page, "fee")
    page.get_by_role("button", name="Cancel 1 ticket and give back ₩90,000").click()

    expect(page.get_by_text("1 ticket: ₩90,000 back, ₩10,000 kept.")).to_be_visible()
    expect(page.get_by_role("row", name="1-2")).to_contain_text("cancelled")
    expect(page.get_by_role("row", name="1-1")).to_contain_text("valid")
    axe.check(page)
    shots.take(page, "cancelled", full_page=True)
    assert_books_balance(paid_orders.sandbox)

    page.goto(site.url + reverse("admin:audit"))
    expect(page.get_by_role("row", name=order.pk)).to_contain_text("order cancelled")
    axe.check(page)


def test_sales_are_drawn_and_told_and_fit_a_phone(
    site: Site, paid_orders: PaidOrders, open_as: OpenAs, axe: Axe, shots: Shots
) -> None:
    paid_orders.sell(0, 1, 2)
    clerk = make_staff("sales")
    page = open_as(clerk, **ENGLISH)

    page.goto(site.url + reverse("admin:index"))
    expect(page.get_by_role("region", name="Sold today")).to_contain_text("₩300,000")
    axe.check(page)
    page.get_by_role("link", name="Sold today").click()
    expect(page.get_by_role("region", name="All performances")).to_contain_text("₩300,000")
    page.wait_for_function(DRAWN)
    assert page.evaluate(f"({DRAWN})().data.datasets[0].data.reduce((a, b) => a + b)") == 3
    axe.check(page)
    shots.take(page, "sales", full_page=True)
    page.emulate_media(color_scheme="dark")
    page.reload()
    axe.check(page)
    shots.take(page, "sales-dark", full_page=True)

    page.set_viewport_size(PHONE)
    page.get_by_role("link", name=str(paid_orders.performance)).click()
    expect(page.get_by_role("region", name="Seats now")).to_contain_text("37")
    fits(page)
    shots.take(page, "sales-phone", full_page=True)


def test_the_centres_figures_are_drawn_and_leave_as_a_file(site: Site, open_as: OpenAs, axe: Axe, shots: Shots) -> None:
    category, counselor = make_category(name="환불"), make_counselor()
    today = day_of(database_now())
    DailyCategoryKpi.objects.create(
        category=category, day=today, handled=4, answered=4, answered_in_time=3, abandoned=1, closed=4, resolved=3,
        talk_us=400 * SECOND, wait_us=40 * SECOND, ratings=2, rating_points=9, satisfied=2,
    )  # fmt: skip
    DailyCounselorKpi.objects.create(
        counselor=counselor, day=today, handled=4, talk_us=400 * SECOND, after_call_us=40 * SECOND,
        on_queue_us=3600 * SECOND, occupied_us=1800 * SECOND, logged_in_us=7200 * SECOND,
    )  # fmt: skip
    page = open_as(make_staff("support lead"), **ENGLISH)

    page.goto(site.url + reverse("admin:kpis"))
    centre = page.get_by_role("region", name="The whole centre")
    expect(centre).to_contain_text("60.0%")  # of five who asked, three were answered in time
    axe.check(page)
    shots.take(page, "figures", full_page=True)
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Everything as XLSX").click()

    assert downloading.value.suggested_filename.endswith(".xlsx")
    book = load_workbook(io.BytesIO(downloading.value.path().read_bytes()))
    names = [row[1] for sheet in book.worksheets for row in sheet.iter_rows(values_only=True)]
    assert {"환불", counselor.nickname} <= set(names)
    page.emulate_media(color_scheme="dark")
    page.reload()
    axe.check(page)
    shots.take(page, "figures-dark", full_page=True)
