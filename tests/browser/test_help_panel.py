"""The help panel: a customer waits, talks with a counselor, and loses nothing on the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db.models import F
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.counseling.models import Category, CounselMessage, CounselRating, CounselSession, Inquiry, OpeningHours
from apps.counseling.services.request_session import request_session
from apps.counseling.states import SenderRole, SessionStatus
from tests.browser.counselor import Counselor
from tests.browser.help_panel import PDF, Wire, ask, field_of, open_panel, panel_of, png, say
from tests.browser.site import PHONE, Axe, Faults, Shifts, Shots, Site, fits
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def category() -> Category:
    return make_category(name="환불")


@pytest.fixture
def customer() -> User:
    return make_user()


@pytest.fixture
def counselor(site: Site, category: Category) -> Iterator[Counselor]:
    """A counselor with the skill, who is not ready yet."""
    user = make_counselor(category)
    with Counselor(site.url, site.access(user), user_id=user.pk) as at_work:
        yield at_work


def contents(session_id: int) -> list[str]:
    said = CounselMessage.objects.filter(session=session_id, type="MESSAGE").order_by("seq")
    return list(said.values_list("content", flat=True))


def test_a_customer_waits_talks_reloads_and_rates(
    open_as: Callable[..., Page],
    customer: User,
    counselor: Counselor,
    category: Category,
    axe: Axe,
    shots: Shots,
    shifts: Shifts,
) -> None:
    request_session(make_user().pk, category_id=category.pk)
    page = open_as(customer)
    page.goto("/")
    panel = ask(page, subject="취소 수수료가 궁금해요")
    expect(panel).to_contain_text("앞에 1명이 있습니다.")
    expect(field_of(panel)).to_be_focused()
    say(panel, "미리 적어 둘게요. https://example.com/a?b=1 참고")
    expect(panel.locator(".message-state")).to_have_text("상담사가 연결되면 전송됩니다")
    axe.check(page)
    shots.take(page, "in-the-line")

    counselor.be_ready()
    counselor.take()
    session_id = counselor.take()
    expect(panel).to_contain_text("연결되었습니다")
    expect(panel.get_by_role("link", name="https://example.com/a?b=1")).to_have_attribute(
        "rel", "noopener noreferrer nofollow ugc"
    )
    assert counselor.hear("MESSAGE", session_id=session_id)["content"].startswith("미리 적어")
    counselor.send(session_id, {"type": "TYPING"})
    expect(panel).to_contain_text("입력 중")
    counselor.say(session_id, "안녕하세요 <b>굵게</b>")
    expect(panel.get_by_role("log")).to_contain_text("안녕하세요 <b>굵게</b>")
    assert counselor.hear("READ", session_id=session_id)["seq_read"] > 0

    # Files both ways, and one that is refused before it is sent
    page.set_input_files(
        "#help-panel input[type=file]",
        [
            {"name": "영수증.pdf", "mimeType": "application/pdf", "buffer": PDF},
            {"name": "virus.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"},
        ],
    )
    expect(panel.get_by_role("alert")).to_contain_text("“virus.exe”은(는) 보낼 수 없습니다")
    expect(panel.get_by_role("button", name="영수증.pdf 보내지 않기")).to_be_visible()
    panel.get_by_role("button", name="보내기", exact=True).click()
    assert counselor.hear("MESSAGE", session_id=session_id)["attachment"]["name"] == "영수증.pdf"
    picture = counselor.upload(session_id, "좌석.png", png(), "image/png")
    counselor.say(session_id, "", attachment_id=picture)
    panel.get_by_role("button", name="사진 “좌석.png” 크게 보기").click()
    expect(page.get_by_role("img", name="좌석.png")).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel.get_by_role("button", name="사진 “좌석.png” 크게 보기")).to_be_focused()
    with page.expect_download() as saved:
        panel.get_by_role("button", name="영수증.pdf").click()
    assert saved.value.path().read_bytes() == PDF
    counselor.send(session_id, {"type": "READ", "seq": 99})
    expect(panel.get_by_text("읽음").last).to_be_visible()
    axe.check(page)
    shots.take(page, "in-conversation")

    # In the middle of a word
    field_of(panel).fill("아직 다 쓰지 못한")
    page.reload()
    expect(field_of(panel)).to_have_value("아직 다 쓰지 못한")
    expect(panel.get_by_role("log")).to_contain_text("안녕하세요 <b>굵게</b>")
    shots.take(page, "after-the-reload")
    panel.get_by_role("button", name="도움말 닫기").click()
    expect(page.get_by_role("button", name="도움말")).to_be_focused()
    counselor.say(session_id, "아직 계신가요?")
    expect(page.get_by_role("button", name="도움말, 새 메시지 1개")).to_be_visible()
    expect(page).to_have_title(re.compile(r"^\(1\) Ticket-Live"))
    open_panel(page)
    expect(page).to_have_title(re.compile("^Ticket-Live"))

    counselor.send(session_id, {"type": "END"})
    expect(panel.get_by_role("group", name="상담은 어떠셨나요?")).to_be_visible()
    panel.get_by_role("radio", name="좋음", exact=True).check(force=True)
    panel.get_by_label("더 나아졌으면 하는 점").fill("친절했어요")
    axe.check(page)
    shots.take(page, "rating")
    panel.get_by_role("button", name="보내기").click()
    expect(panel).to_contain_text("5점 만점에 4점")
    rating = CounselRating.objects.get(session=session_id)
    assert (rating.score, rating.feedback) == (4, "친절했어요")
    shifts.none_in(page)


def test_what_is_said_without_a_connection_arrives_once_and_in_order_when_it_is_back(
    open_as: Callable[..., Page], customer: User, counselor: Counselor, shots: Shots
) -> None:
    counselor.be_ready()
    page = open_as(customer)
    wire = Wire()
    wire.route(page.context)
    page.goto("/")
    panel = ask(page)
    session_id = counselor.take()
    say(panel, "하나")
    expect(panel.locator(".message:not(.is-pending)")).to_have_count(1)
    expect(panel.get_by_role("log")).to_contain_text("하나")

    wire.cut()
    expect(panel.get_by_role("status").first).to_contain_text("연결이 끊어졌습니다")
    say(panel, "둘")
    say(panel, "셋")
    expect(panel.get_by_text("연결을 기다리는 중")).to_have_count(2)
    counselor.say(session_id, "들리시나요?")
    shots.take(page, "cut")
    page.reload()  # and the page itself goes, too
    expect(panel.get_by_text("연결을 기다리는 중")).to_have_count(2)

    wire.is_cut = False
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(panel.get_by_text("연결을 기다리는 중")).to_have_count(0)
    expect(panel.get_by_role("log")).to_contain_text("들리시나요?")
    expect(panel.locator(".message.is-pending")).to_have_count(0)
    expect(panel.locator(".message-text")).to_have_text(["하나", "들리시나요?", "둘", "셋"])
    assert contents(session_id) == ["하나", "들리시나요?", "둘", "셋"]


def test_a_long_conversation_is_read_backwards_without_losing_ones_place(
    open_as: Callable[..., Page], customer: User, category: Category
) -> None:
    session = make_session(
        category, customer=customer, status=SessionStatus.IN_PROGRESS, counselor=make_counselor(category)
    )
    CounselMessage.objects.bulk_create(
        CounselMessage(
            session=session,
            seq=seq,
            sender=session.counselor,
            sender_role=SenderRole.COUNSELOR,
            content=f"메시지 {seq}",
            sent_at=session.requested_at,
        )
        for seq in range(1, 121)
    )
    CounselSession.objects.filter(pk=session.pk).update(last_seq=120)
    page = open_as(customer)
    page.goto("/")
    panel = open_panel(page)
    panel.locator(".help-going").get_by_role("button").click()
    messages = panel.locator(".message-text")
    expect(messages.last).to_be_in_viewport()
    expect(messages).to_have_count(50)

    log = panel.get_by_role("log")
    log.evaluate("(log) => { log.scrollTop = 0; }")
    expect(messages).to_have_count(100)
    expect(panel.get_by_text("메시지 71", exact=True)).to_be_in_viewport()
    panel.get_by_role("button", name="이전 메시지 보기").press("Enter")
    expect(messages).to_have_count(120)
    expect(panel.get_by_role("button", name="이전 메시지 보기")).to_be_hidden()
    assert messages.all_inner_texts() == [f"메시지 {seq}" for seq in range(1, 121)]


def test_enter_that_ends_a_korean_syllable_sends_nothing(
    open_as: Callable[..., Page], customer: User, counselor: Counselor
) -> None:
    counselor.be_ready()
    page = open_as(customer)
    page.goto("/")
    panel = ask(page)
    session_id = counselor.take()
    keyboard = page.context.new_cdp_session(page)
    field_of(panel).focus()
    keyboard.send("Input.imeSetComposition", {"text": "안녕", "selectionStart": 2, "selectionEnd": 2})
    # What a browser sends for the Enter that an input method takes for itself
    keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Enter", "windowsVirtualKeyCode": 229})
    keyboard.send("Input.insertText", {"text": "안녕"})
    expect(field_of(panel)).to_have_value("안녕")
    expect(panel.locator(".message")).to_have_count(0)

    field_of(panel).press("Shift+Enter")
    expect(field_of(panel)).to_have_value("안녕\n")
    field_of(panel).press("Enter")
    expect(panel.locator(".message-text")).to_have_text("안녕")
    assert counselor.hear("MESSAGE", session_id=session_id)["content"] == "안녕"


def test_on_a_phone_somebody_asks_in_writing_when_nobody_is_there(
    open_as: Callable[..., Page], customer: User, category: Category, axe: Axe, shots: Shots
) -> None:
    OpeningHours.objects.create(category=category, weekday=0, opens_at="00:00", closes_at="00:00:01")
    page = open_as(customer, viewport=PHONE, color_scheme="dark", has_touch=True)
    page.goto("/")
    panel = open_panel(page)
    expect(panel.get_by_role("button", name="환불")).to_contain_text("시작")
    box = panel.bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, PHONE["width"], PHONE["height"])
    axe.check(page)
    shots.take(page, "categories")

    panel.get_by_role("button", name="환불").click()
    expect(panel).to_contain_text("지금은 상담 시간이 아닙니다.")
    panel.get_by_label("제목").fill("환불 문의")
    panel.get_by_label("문의 내용").fill("언제 환불되나요?")
    page.reload()
    expect(panel.get_by_label("문의 내용")).to_have_value("언제 환불되나요?")
    fits(page)
    axe.check(page)
    shots.take(page, "inquiry")
    panel.get_by_role("button", name="문의 보내기").click()
    expect(panel.get_by_role("heading", name="문의가 접수되었습니다")).to_be_focused()
    inquiry = Inquiry.objects.get()
    assert (inquiry.subject, inquiry.content, inquiry.email) == ("환불 문의", "언제 환불되나요?", customer.email)

    panel.get_by_role("button", name="지난 상담과 문의").click()
    expect(panel.get_by_text("환불 문의")).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.get_by_role("button", name="도움말")).to_be_focused()


def test_a_long_wait_offers_an_inquiry_and_a_place_in_the_line_can_be_given_up(
    open_as: Callable[..., Page], customer: User, category: Category
) -> None:
    page = open_as(customer)
    page.goto("/")
    panel = ask(page)
    expect(panel).to_contain_text("다음 차례입니다.")
    offer = panel.get_by_text("평소보다 대기가 길어지고 있습니다.")
    expect(offer).to_be_hidden()
    CounselSession.objects.update(requested_at=F("requested_at") - timedelta(seconds=301))
    expect(offer).to_be_visible()
    panel.get_by_role("button", name="대기 그만두기").click()
    page.get_by_role("dialog").last.get_by_role("button", name="대기 그만두기").click()

    expect(panel.get_by_text("대기를 취소했습니다.").last).to_be_visible()
    assert CounselSession.objects.get().status == "ABANDONED"


def test_a_log_in_that_ends_elsewhere_keeps_what_was_typed(
    site: Site, open_as: Callable[..., Page], customer: User, counselor: Counselor, faults: Faults, shots: Shots
) -> None:
    counselor.be_ready()
    page = open_as(customer)
    page.goto("/")
    panel = ask(page)
    counselor.take()
    field_of(panel).fill("다 쓰지 못한 말")
    other = open_as(customer)
    other.goto("/")

    dialog = page.get_by_role("dialog", name="로그아웃되었습니다")
    expect(dialog).to_contain_text("다른 브라우저에서")
    dialog.get_by_role("button", name="여기 머무르기").click()
    expect(panel_of(page).get_by_role("status").first).to_contain_text("쓰신 내용은 이 기기에 보관했으니")
    shots.take(page, "logged-out")
    site.log_in(page, customer)
    page.reload()
    expect(field_of(panel_of(page))).to_have_value("다 쓰지 못한 말")


def test_a_stranger_finds_answers_and_the_way_to_log_in(page: Page, axe: Axe, shots: Shots) -> None:
    page.goto("/")
    panel = open_panel(page)
    panel.get_by_text("예매는 어떻게 하나요?").click()
    expect(panel.get_by_text("대기실에서 순서를 지켜 드립니다")).to_be_visible()
    axe.check(page)
    shots.take(page, "hints")
    expect(panel.get_by_role("link", name="로그인")).to_have_attribute("href", "/accounts/log-in/?next=%2F")
