"""One's own pages: tickets at hand, bookers by keyboard, all of it without a script as well."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.accounts.services.bookers import add_booker
from apps.counseling.services.append_entry import append_entry
from apps.counseling.states import EntryType, SenderRole, SessionStatus
from apps.orders.states import OrderStatus
from tests.browser.site import PHONE, Axe, Shifts, Shots, fits
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.factories import make_performance, make_user
from tests.order_factories import make_order

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def somebody() -> User:
    """A customer with tickets, an order to be paid, two bookers and a conversation that has ended."""
    user = make_user()
    performance = make_performance()
    make_order(user, performance)
    make_order(user, performance, seats=1, skip=5, status=OrderStatus.RESERVED)
    for name in ("김하늘", "이바다"):
        add_booker(user.pk, name=name, phone="010-1234-5678", email=user.email)
    category = make_category(name="좌석 선택")
    counselor = make_counselor(category)
    talk = make_session(category, customer=user, counselor=counselor, status=SessionStatus.ENDED, subject="좌석 문의")
    for sender, role, words in (
        (counselor, SenderRole.COUNSELOR, "안녕하세요."),
        (user, SenderRole.CUSTOMER, "앞자리로 바꾸고 싶어요."),
    ):
        append_entry(talk.pk, type=EntryType.MESSAGE, sender_id=sender.pk, sender_role=role, content=words)
    return user


def test_a_booker_is_added_changed_and_removed_by_keyboard(
    somebody: User, open_as: Callable[..., Page], axe: Axe, shots: Shots
) -> None:
    page = open_as(somebody)
    page.goto("/my/bookers/")
    tab_to(page, "예매자 추가")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="예매자 추가")).to_be_visible()
    tab_to(page, "이름")
    type_and_move_on(page, "박산")
    type_and_move_on(page, "nobody calls this")
    page.keyboard.press("Enter")
    expect(page.locator(".field.wrong")).to_have_count(1)
    page.wait_for_load_state()
    axe.check(page)
    shots.take(page, "a-wrong-number")
    tab_to(page, "휴대전화")
    type_and_move_on(page, "010-2222-3333")
    page.keyboard.press("Enter")
    expect(page.get_by_text("박산 님을 추가했습니다.")).to_be_visible()

    tab_to(page, "수정 박산")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="예매자 수정")).to_be_visible()
    tab_to(page, "기본 예매자로 사용")
    page.keyboard.press("Space")
    tab_to(page, "저장")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="박산 기본")).to_be_visible()

    tab_to(page, "삭제 박산")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="박산 님을 삭제할까요?")).to_be_visible()
    page.wait_for_load_state()
    axe.check(page)
    tab_to(page, "삭제")
    page.keyboard.press("Enter")
    expect(page.get_by_text("박산 님을 삭제했습니다.")).to_be_visible()
    expect(page.get_by_role("heading", name="김하늘 기본")).to_be_visible()


def test_every_page_of_one_s_own_is_in_order_on_a_phone_and_in_the_dark(
    somebody: User, open_as: Callable[..., Page], axe: Axe, shifts: Shifts, shots: Shots
) -> None:
    for options in ({"viewport": PHONE}, {"color_scheme": "dark"}):
        page = open_as(somebody, **options)
        page.goto("/my/")
        tabs = page.get_by_role("navigation", name="마이페이지").get_by_role("link")
        for where in [tab.get_attribute("href") for tab in tabs.all()]:
            assert where
            page.goto(where)
            fits(page)
            axe.check(page)
            shifts.none_in(page)
            shots.take(page, where.strip("/").replace("/", "-"), full_page=True)
        page.goto("/my/conversations/")
        page.get_by_role("link", name="좌석 문의").click()
        expect(page.get_by_text("앞자리로 바꾸고 싶어요.")).to_be_visible()
        page.wait_for_load_state()
        fits(page)
        axe.check(page)
        shots.take(page, "conversation", full_page=True)


def test_without_javascript_tickets_and_conversations_are_at_hand(
    somebody: User, open_as: Callable[..., Page], shots: Shots
) -> None:
    page = open_as(somebody, java_script_enabled=False)
    page.goto("/my/")
    shots.take(page, "tickets-without-javascript", full_page=True)
    page.locator(".stub").get_by_role("link", name="달빛 콘서트").click()
    expect(page.get_by_text("VIP").first).to_be_visible()

    page.goto("/my/conversations/")
    page.get_by_role("link", name="좌석 문의").click()
    page.get_by_label("매우 좋음").check()
    page.get_by_role("button", name="평가 보내기").click()
    expect(page.get_by_text("평가해 주셔서 감사합니다.")).to_be_visible()
    expect(page.get_by_text("5/5")).to_be_visible()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has that name, exactly, has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate(NAME_OF_FOCUSED)
        if focused == name:
            return
    raise AssertionError(f"Tab never comes to {name}")


NAME_OF_FOCUSED = """() => {
  const one = document.activeElement;
  const ids = one.getAttribute("aria-labelledby");
  const texts = ids
    ? ids.split(" ").map((id) => document.getElementById(id).firstChild.textContent)
    : [one.labels?.[0]?.textContent ?? one.textContent];
  return texts.map((text) => text.replace(/\\s+/g, " ").trim()).join(" ");
}"""


def type_and_move_on(page: Page, text: str) -> None:
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
    page.keyboard.press("Tab")
