"""Choosing seats in a browser: by hand, by keyboard alone, by the best pick, and against somebody who is quicker."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from apps.accounts.models import User
from apps.concerts.models import Performance
from apps.orders.models import Order
from tests.browser.site import PHONE, Axe, Shifts, Shots, Site, fits
from tests.factories import make_performance, make_user, seat_ids
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)

CHECKOUT = re.compile(r"/orders/[\w-]+/checkout/\?moved=$")


def open_map(page: Page, performance: Performance) -> Page:
    page.goto(f"/performances/{performance.pk}/seats/")
    expect(page.locator(".seat-shop")).to_have_attribute("data-ready", "yes")
    expect(page.locator("#live")).to_have_attribute("data-state", "connected")
    return page


def hold(site: Site, user: User, performance: Performance, seats: list[int]) -> None:
    """Hold seats as another client of the user's does."""
    with httpx.Client(
        base_url=site.url, headers={"Authorization": f"Bearer {site.access(user)}"}, timeout=LONGEST_SECONDS
    ) as client:
        body = {"performance_id": performance.pk, "seat_ids": seats}
        order = client.post("/api/orders", json=body).raise_for_status().json()
        client.post(f"/api/orders/{order['id']}/reserve").raise_for_status()


def open_list(page: Page, section: str = "A") -> Locator:
    """Show a section's seats as check boxes."""
    page.get_by_role("button", name="목록").click()
    page.locator("#list-view").get_by_role("button", name=re.compile(f"^{section}")).click()
    return page.get_by_role("grid", name=section)


def box(grid: Locator, row: int, number: int) -> Locator:
    return grid.get_by_role("checkbox", name=re.compile(rf"{row}열 {number}번,"))


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until something has the focus."""
    for _ in range(60):
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {selector}")


def point_at_a_seat(page: Page) -> None:
    """Move the mouse over the map until it is on a seat."""
    area = page.locator("#map").bounding_box()
    assert area
    for share in range(30, 70):
        page.mouse.move(area["x"] + area["width"] * share / 100, area["y"] + area["height"] * 0.45)
        if page.locator("#tip").is_visible():
            return
    raise AssertionError("there is no seat in the middle of the map")


def test_of_two_who_want_one_seat_the_slower_is_told_kindly_and_offered_its_neighbours(
    site: Site, open_as: Callable[..., Page], shots: Shots, axe: Axe, shifts: Shifts
) -> None:
    performance = make_performance()
    quick, slow = make_user(), make_user()
    pages = [open_map(open_as(user), performance) for user in (quick, slow)]
    for page in pages:
        box(open_list(page), 1, 5).click()
    held_back: list[Route] = []

    def keep(route: Route) -> None:
        held_back.append(route)

    pages[1].route("**/api/orders", keep)

    with pages[1].expect_request("**/api/orders"):
        pages[1].get_by_role("button", name="예매 계속하기").click()
    pages[0].get_by_role("button", name="예매 계속하기").click()
    expect(pages[0]).to_have_url(CHECKOUT)
    held_back[0].continue_()

    alert = pages[1].get_by_role("alert")
    expect(alert).to_contain_text("다른 분이 조금 먼저 선택했습니다")
    expect(alert).to_contain_text("A 1열 5번")
    expect(alert).to_contain_text("가까운 빈 좌석: A 1열")
    expect(box(pages[1].get_by_role("grid", name="A"), 1, 5)).to_have_attribute("aria-checked", "false")
    shots.take(pages[1], "told-kindly")
    axe.check(pages[1])
    alert.get_by_role("button", name="이 좌석으로 바꾸기").click()
    pages[1].unroute("**/api/orders")
    pages[1].get_by_role("button", name="예매 계속하기").click()

    expect(pages[1]).to_have_url(CHECKOUT)
    held = Order.objects.filter(performance=performance, status=Order.Status.RESERVED)
    assert {order.user_id for order in held} == {quick.pk, slow.pk}
    assert len({line.seat_id for order in held for line in order.lines.all()}) == 2


def test_a_seat_that_somebody_takes_meanwhile_goes_live_and_by_name(
    site: Site, open_as: Callable[..., Page], shots: Shots, shifts: Shifts
) -> None:
    performance = make_performance()
    page = open_map(open_as(make_user()), performance)
    expect(page.locator("[data-left-of=VIP]")).to_have_text("40석")
    boxes = open_list(page)
    box(boxes, 1, 1).click()
    box(boxes, 1, 2).click()
    expect(page.locator("#total")).to_have_text("200,000원")

    hold(site, make_user(), performance, seat_ids(performance, 1))

    expect(page.get_by_role("alert")).to_contain_text("A 1열 1번")
    expect(page.locator("#total")).to_have_text("100,000원")
    expect(page.locator("[data-left-of=VIP]")).to_have_text("39석")
    expect(box(boxes, 1, 1)).to_have_attribute("aria-disabled", "true")
    expect(box(boxes, 1, 2)).to_have_attribute("aria-checked", "true")
    shots.take(page, "taken-meanwhile")
    shifts.none_in(page)


def test_by_keyboard_alone_from_the_list_to_a_held_order_and_back(
    site: Site, open_as: Callable[..., Page], shots: Shots, axe: Axe
) -> None:
    performance = make_performance()
    page = open_map(open_as(make_user()), performance)
    axe.check(page)
    tab_to(page, "#show-list")
    page.keyboard.press("Enter")
    tab_to(page, "#list-view h2 button")
    page.keyboard.press("Enter")
    tab_to(page, ".seat")
    for key in ("ArrowDown", "End", "ArrowLeft", "Space", "ArrowRight", "Space"):
        page.keyboard.press(key)
    expect(page.locator("#chosen")).to_contain_text("A 2열 9번")
    expect(page.locator("#announcer")).to_contain_text("A 2열 10번, VIP, 100,000원, 선택함")
    axe.check(page)
    shots.take(page, "list-by-keyboard")
    tab_to(page, "#continue")
    page.keyboard.press("Enter")
    expect(page).to_have_url(CHECKOUT)
    checkout = page.url

    open_map(page, performance)
    hold_box = page.locator("#own-hold")
    expect(hold_box).to_contain_text("좌석 2석을 선점하고 있습니다")
    expect(hold_box.get_by_role("link", name="결제하러 가기")).to_have_attribute(
        "href", checkout.removeprefix(site.url).removesuffix("?moved=")
    )
    expect(page.locator("#count")).to_have_text("0 / 2")
    axe.check(page)
    shots.take(page, "own-hold")
    hold_box.get_by_role("button", name="선점 취소").click()
    page.get_by_role("dialog").get_by_role("button", name="선점 취소").click()
    expect(hold_box).to_be_hidden()
    expect(page.locator("#count")).to_have_text("0 / 4")


def test_on_the_map_by_mouse_and_by_keys(open_as: Callable[..., Page], shots: Shots) -> None:
    page = open_map(open_as(make_user()), make_performance(limit=2))
    point_at_a_seat(page)
    tip = page.locator("#tip").inner_text()
    page.mouse.down()
    page.mouse.up()
    expect(page.locator("#chosen li")).to_have_count(1)
    assert page.locator("#chosen li span").first.inner_text().startswith(tip.partition(",")[0])

    tab_to(page, "#map")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("#chosen li")).to_have_count(2)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("최대 2매까지 선택할 수 있습니다")
    expect(page.locator("#chosen li")).to_have_count(2)
    shots.take(page, "map-by-keyboard")


def test_on_a_phone_the_best_seats_are_picked_and_a_lonely_one_is_pointed_out(
    open_as: Callable[..., Page], shots: Shots, axe: Axe, shifts: Shifts
) -> None:
    performance = make_performance()
    page = open_map(open_as(make_user(), viewport=PHONE, color_scheme="dark", has_touch=True), performance)
    fits(page)
    axe.check(page)
    page.get_by_label("등급", exact=True).select_option("R")
    page.get_by_label("매수").select_option("3")
    page.get_by_role("button", name="선택", exact=True).click()
    expect(page.locator("#total")).to_have_text("180,000원")
    page.locator("#summary-toggle").click()
    chosen = page.locator("#chosen li").all_inner_texts()
    numbers = sorted(int(match[1]) for text in chosen if (match := re.search(r"B 1열 (\d+)번", text)))
    assert numbers in ([4, 5, 6], [5, 6, 7])
    axe.check(page)
    shots.take(page, "best-pick-on-a-phone")

    for _ in range(3):
        page.locator("#chosen button").first.click()
    boxes = open_list(page)
    box(boxes, 3, 2).click()
    expect(page.locator("#single-hint")).to_contain_text("A 3열 1번")
    fits(page)
    shots.take(page, "a-single-seat")
    page.locator("#single-hint").get_by_role("button").click()
    expect(page.locator("#single-hint")).to_be_hidden()
    shifts.none_in(page)
