"""From held seats through the payment window to tickets; and what goes wrong on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from apps.common.clock import database_now
from apps.orders.models import Order, Ticket
from apps.payments.services.settle_payments import settle_order, settle_unknown_payments
from tests.browser.paid_orders import paid_orders
from tests.browser.site import PHONE, Axe, Faults, Shifts, Shots, fits
from tests.paid_orders import PaidOrders, status_of_order

__all__ = ["paid_orders"]

pytestmark = pytest.mark.django_db(transaction=True)


def open_checkout(page: Page, order: Order) -> None:
    page.goto(f"/orders/{order.pk}/checkout/")


def pay_button(page: Page) -> Locator:
    return page.get_by_role("button", name="결제하기")


def fill_in(page: Page) -> None:
    """Name a new booker and agree to everything."""
    page.get_by_role("textbox", name="이름").fill("김하늘")
    page.get_by_role("textbox", name="휴대전화").fill("010-1234-5678")
    page.get_by_role("textbox", name="이메일").fill("sky@example.com")
    agree(page)


def agree(page: Page) -> None:
    page.get_by_role("checkbox", name="취소 규정").check()
    page.get_by_role("checkbox", name="입장 확인").check()


def confirmations(paid_orders: PaidOrders, order: Order) -> int:
    """How often the provider was asked to take the order's money."""
    return len(paid_orders.sandbox.calls("/v1/payments/confirm", mentioning=order.pk))


def test_a_declined_card_and_then_another_one_lead_to_the_tickets(
    paid_orders: PaidOrders, open_as: Callable[..., Page], axe: Axe, shots: Shots, shifts: Shifts, faults: Faults
) -> None:
    order = paid_orders.reserve(0, 1)
    page = open_as(order.user, viewport=PHONE)
    open_checkout(page, order)
    expect(page.get_by_role("timer")).to_contain_text("좌석 선점 남은 시간 9:")
    shifts.none_in(page)
    fits(page)
    axe.check(page)
    shots.take(page, "checkout", full_page=True)

    pay_button(page).click()
    expect(page.get_by_role("radio", name="다른 사람")).not_to_be_visible()
    expect(page.locator(".field.wrong")).to_have_count(2)  # the e-mail address is the account's
    expect(page.get_by_role("textbox", name="이름")).to_be_focused()
    expect(page.get_by_role("timer")).to_be_in_viewport()
    axe.check(page)
    shots.take(page, "what-is-missing", full_page=True)

    fill_in(page)
    page.get_by_role("radio", name="현장 수령").check()
    pay_button(page).click()
    expect(page.get_by_text("연습용 결제창입니다")).to_be_visible()
    shots.take(page, "payment-window")
    page.get_by_role("button", name="카드사 거절").click()

    expect(page.get_by_role("heading", name="카드사에서 결제가 거절되었습니다")).to_be_visible()
    expect(page.get_by_role("timer")).to_contain_text("좌석 선점 남은 시간 9:")
    fits(page)
    axe.check(page)
    shots.take(page, "declined", full_page=True)

    page.get_by_role("link", name="다시 시도").click()
    expect(page.get_by_role("radio", name="김하늘")).to_be_checked()
    expect(page.get_by_role("radio", name="현장 수령")).to_be_checked()
    agree(page)
    pay_button(page).click()
    with page.expect_request(lambda request: "/payment/success/" in request.url) as coming_back:
        page.get_by_role("button", name="결제하기 Pay").click()

    expect(page.get_by_text("예매가 완료되었습니다")).to_be_visible()
    codes = page.get_by_role("img", name="QR 코드")
    expect(codes).to_have_count(2)
    assert all(
        code.evaluate("async (image) => { await image.decode(); return image.naturalWidth }") for code in codes.all()
    )
    shifts.none_in(page)
    fits(page)
    axe.check(page)
    shots.take(page, "tickets", full_page=True)

    page.goto(coming_back.value.url)
    expect(page.get_by_text("예매가 완료되었습니다")).to_be_visible()
    assert confirmations(paid_orders, order) == 1
    assert Ticket.objects.filter(order=order, live=True).count() == 2

    page.get_by_role("link", name="인쇄").click()
    expect(page.get_by_role("article")).to_have_count(2)
    fits(page)
    axe.check(page)
    assert page.pdf().count(b"/Type /Page\n") == 2
    shots.take(page, "print", full_page=True)


def test_an_answer_that_is_late_is_waited_for_and_nothing_is_charged_twice(
    paid_orders: PaidOrders, open_as: Callable[..., Page], axe: Axe, shots: Shots, shifts: Shifts
) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    page = open_as(order.user)
    paid_orders.sandbox.faults(fail_next=[500, "FAILED_INTERNAL_SYSTEM_PROCESSING"])

    page.goto(f"/orders/{order.pk}/payment/success/?paymentKey={key}&orderId={order.pk}&amount={order.amount_krw}")

    expect(page.get_by_text("다시 결제하지 마세요")).to_be_visible()
    shifts.none_in(page)
    axe.check(page)
    shots.take(page, "confirming")
    page.reload()
    expect(page.get_by_text("다시 결제하지 마세요")).to_be_visible()
    settle_unknown_payments()
    expect(page.get_by_text("예매가 완료되었습니다")).to_be_visible()
    page.go_back()
    expect(page).not_to_have_url("/payment/success/")
    assert Ticket.objects.filter(order=order).count() == 1


def test_time_is_given_and_then_runs_out_while_somebody_looks_at_the_checkout(
    paid_orders: PaidOrders, open_as: Callable[..., Page], axe: Axe, shots: Shots
) -> None:
    order = paid_orders.reserve(0)
    page = open_as(order.user, color_scheme="dark")
    page.clock.install()
    open_checkout(page, order)
    expect(page.get_by_role("timer")).to_contain_text("9:")
    Order.objects.filter(pk=order.pk).update(expires_at=order.expires_at + timedelta(minutes=5))

    page.clock.fast_forward("10:00")
    expect(page.get_by_text("결제 시간이 연장되었습니다")).to_be_visible()
    expect(page.get_by_role("timer")).to_contain_text("4:")
    page.clock.fast_forward("05:00")

    expect(page.get_by_role("heading", name="좌석 선점 시간이 끝났습니다")).to_be_focused()
    expect(pay_button(page)).not_to_be_visible()
    expect(page.get_by_role("timer")).not_to_be_visible()
    expect(page.get_by_role("link", name="좌석 다시 선택")).to_have_attribute(
        "href", f"/performances/{order.performance_id}/waiting-room/"
    )
    axe.check(page)
    shots.take(page, "time-is-over")
    Order.objects.filter(pk=order.pk).update(expires_at=database_now())
    page.reload()
    expect(page.get_by_text("좌석 선점 시간이 끝났습니다")).to_be_visible()


def test_a_second_tab_does_not_pay_a_second_time(paid_orders: PaidOrders, open_as: Callable[..., Page]) -> None:
    order = paid_orders.reserve(0)
    page = open_as(order.user)
    open_checkout(page, order)
    fill_in(page)
    paid_orders.confirm(order, paid_orders.agree(order))

    pay_button(page).click()

    expect(page.get_by_text("예매가 완료되었습니다")).to_be_visible()
    assert confirmations(paid_orders, order) == 1


def test_a_payment_window_that_cannot_be_loaded_or_is_left_costs_nothing(
    paid_orders: PaidOrders, open_as: Callable[..., Page], faults: Faults
) -> None:
    order = paid_orders.reserve(0)
    page = open_as(order.user)
    faults.expect("v2/standard")
    page.route("**/v2/standard", lambda route: route.abort())
    open_checkout(page, order)
    fill_in(page)
    pay_button(page).click()
    expect(page.get_by_text("결제창을 불러오지 못했습니다")).to_be_visible()

    page.unroute("**/v2/standard")
    pay_button(page).click()

    expect(page.get_by_text("연습용 결제창입니다")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("radio", name="김하늘")).to_be_checked()
    expect(pay_button(page)).to_be_enabled()
    expect(page.get_by_role("timer")).to_contain_text("좌석 선점 남은 시간 9:")


def test_a_deposit_turns_the_page_into_tickets(
    paid_orders: PaidOrders, open_as: Callable[..., Page], axe: Axe, shots: Shots
) -> None:
    order = paid_orders.reserve(0)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    page = open_as(order.user, viewport=PHONE, permissions=["clipboard-read", "clipboard-write"])
    page.clock.install()
    page.goto(f"/orders/{order.pk}/")
    expect(page.get_by_text("우리은행")).to_be_visible()
    page.get_by_role("button", name="복사").click()
    expect(page.get_by_text("복사했습니다")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == order.payment.account["number"]
    fits(page)
    axe.check(page)
    shots.take(page, "deposit", full_page=True)

    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk)
    settle_order(order.pk)
    page.clock.fast_forward("00:05")

    expect(page.get_by_text("예매가 완료되었습니다")).to_be_visible()
    assert status_of_order(order) == "PAID"
