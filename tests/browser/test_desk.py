"""The counselor's desk: counselors talk, note, transfer and wrap up; supervisors watch, whisper and take over."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from playwright.sync_api import Locator, Page, expect
from pytest_django import Settings

from apps.accounts.models import Role, User
from apps.counseling.models import (
    CannedReply,
    Category,
    CounselLog,
    CounselMessage,
    CounselorAct,
    CounselSession,
    CounselSessionEvent,
    WrapUpCode,
)
from apps.counseling.services.counselor_states import change_counselor_state
from apps.counseling.services.end_session import end_session
from apps.counseling.services.request_session import request_session
from apps.counseling.services.sweep_routing import sweep_routing
from apps.counseling.states import CounselorState, EndReason
from tests.browser.counselor import Counselor
from tests.browser.paid_orders import paid_orders
from tests.browser.site import PHONE, Axe, Faults, Shifts, Shots, Site, fits
from tests.browser.test_help_panel import Wire, ask, say
from tests.counseling_factories import make_category, make_counselor
from tests.factories import make_user
from tests.paid_orders import PaidOrders

__all__ = ["paid_orders"]

pytestmark = pytest.mark.django_db(transaction=True)

OpenAs = Callable[..., Page]
WIDE = {"width": 1440, "height": 900}


@pytest.fixture
def category() -> Category:
    return make_category(name="환불")


def named(user: User, nickname: str) -> User:
    User.objects.filter(pk=user.pk).update(nickname=nickname)
    user.refresh_from_db()
    return user


def supervisor() -> User:
    user = named(make_user(role=Role.STAFF), "팀장 박하늘")
    user.user_permissions.add(Permission.objects.get(codename="supervise"))
    return user


def at_work(user: User) -> None:
    for state in (CounselorState.ONLINE, CounselorState.READY):
        change_counselor_state(user.pk, state)


def asks(category: Category, name: str, *, subject: str = "") -> CounselSession:
    """Somebody's request; it is a conversation as soon as a counselor is free."""
    return request_session(named(make_user(), name).pk, category_id=category.pk, subject=subject).session


def be_ready(desk: Page) -> None:
    desk.get_by_role("button", name="대기", exact=True).click()
    expect(desk.get_by_role("group", name="내 상태").get_by_role("button", pressed=True)).to_have_text(
        re.compile("대기|응대 중")
    )


def pane_of(desk: Page, name: str) -> Locator:
    return desk.get_by_role("region", name=f"{name} 고객과의 상담", exact=True)


def field_of(pane: Locator) -> Locator:
    return pane.locator(".composer-text")


def write(pane: Locator, text: str) -> None:
    field_of(pane).fill(text)
    field_of(pane).press("Enter")


def test_a_customer_and_a_counselor_talk_and_neither_loses_a_word_by_reloading(
    site: Site, open_as: OpenAs, category: Category, axe: Axe, shots: Shots, shifts: Shifts
) -> None:
    counselor, customer = named(make_counselor(category), "상담사 윤지우"), named(make_user(), "이서연")
    WrapUpCode.objects.create(code="solved", name="해결됨")
    CannedReply.objects.create(shortcut="hello", title="인사", content="{customer}님, 안녕하세요.")
    desk, page = open_as(counselor, viewport=WIDE), open_as(customer)
    desk.goto("/desk/")
    expect(desk.locator(".desk-why")).to_contain_text("아직 업무를 시작하지 않았습니다")
    be_ready(desk)
    shots.take(desk, "ready")

    page.goto("/")
    panel = ask(page, subject="두 번 결제")
    pane = pane_of(desk, "이서연")
    expect(pane).to_contain_text("환불 · 두 번 결제")
    say(panel, "안녕하세요, 두 번 결제됐어요")
    expect(pane).to_contain_text("두 번 결제됐어요")
    field_of(pane).press_sequentially("/hel")
    expect(pane.get_by_role("option", name="/hello")).to_be_visible()
    shots.take(desk, "a-canned-reply-by-its-shortcut")
    field_of(pane).press("Enter")
    expect(field_of(pane)).to_have_value("이서연님, 안녕하세요.")
    field_of(pane).press("Enter")
    expect(panel).to_contain_text("이서연님, 안녕하세요.")
    axe.check(desk)

    page.reload()
    write(pane, "확인하고 있어요")
    expect(panel).to_contain_text("확인하고 있어요")
    expect(panel).to_contain_text("두 번 결제됐어요")
    say(panel, "감사합니다")
    desk.get_by_label("고객에게 보이지 않는 메모").fill("카드사 확인 필요")
    desk.get_by_role("button", name="메모 저장").click()
    field_of(pane).fill("아직 보내지 않은 말")
    shifts.none_in(desk)

    desk.reload()
    expect(field_of(pane)).to_have_value("아직 보내지 않은 말")
    expect(pane).to_contain_text("감사합니다")
    expect(desk.locator(".desk-note-list")).to_contain_text("카드사 확인 필요")
    shots.take(desk, "after-a-reload")

    pane.get_by_role("button", name="상담 종료").click()
    desk.get_by_role("dialog").get_by_role("button", name="종료하기").click()
    form = desk.get_by_role("form", name="후처리")
    form.get_by_label("메모").fill("이중 승인 취소")
    form.get_by_role("button", name="저장하고 대기하기").click()
    expect(form).to_contain_text("결과도 선택해 주세요")
    form.get_by_label("결과").select_option("solved")
    axe.check(desk)
    shots.take(desk, "wrapping-up")
    form.get_by_role("button", name="저장하고 대기하기").click()

    expect(form).to_be_hidden()
    expect(desk.locator(".desk-why")).to_contain_text("3자리 중 0자리 사용 중")
    log = CounselLog.objects.get()
    assert (log.wrap_up and log.wrap_up.code, log.wrap_up_note) == ("solved", "이중 승인 취소")
    expect(panel).to_contain_text("상담사가 상담을 종료했습니다")


def test_a_wrap_up_that_was_chosen_counts_though_the_limit_comes_first(
    open_as: OpenAs, category: Category, settings: Settings
) -> None:
    settings.COUNSEL_AFTER_CALL_SECONDS = 2  # the end and the sweep are this process's
    WrapUpCode.objects.create(code="solved", name="해결됨")
    counselor = make_counselor(category)
    desk = open_as(counselor, viewport=WIDE)
    desk.goto("/desk/")
    be_ready(desk)
    session = asks(category, "이서연")
    expect(pane_of(desk, "이서연")).to_be_visible()
    end_session(session.pk, reason=EndReason.CUSTOMER)
    form = desk.get_by_role("form", name="후처리")
    form.get_by_label("결과").select_option("solved")
    expect(desk.locator(".desk-left")).to_have_text("0:00")

    sweep_routing()

    expect(desk.locator(".desk-why")).to_contain_text("후처리 시간이 끝나 다시 대기 상태가 되었습니다")
    expect(desk.get_by_text("선택한 결과를 저장했습니다")).to_be_visible()
    assert CounselLog.objects.get().wrap_up == WrapUpCode.objects.get(code="solved")


def test_a_supervisor_watches_whispers_joins_and_takes_over(
    open_as: OpenAs, category: Category, axe: Axe, shots: Shots, shifts: Shifts
) -> None:
    counselor = named(make_counselor(category), "상담사 윤지우")
    desk, above = open_as(counselor, viewport=WIDE), open_as(supervisor(), viewport=WIDE)
    desk.goto("/desk/")
    be_ready(desk)
    above.goto("/desk/wallboard/")
    team = above.get_by_role("table", name="상담사")
    expect(team).to_contain_text("상담사 윤지우")
    session = asks(category, "이서연")
    asks(category, "최민준")
    expect(team).to_contain_text("2/3")
    axe.check(above)
    shots.take(above, "the-wallboard")
    shifts.none_in(above)

    above.get_by_role("button", name="이서연 고객과의 상담 참관").click()
    watched, pane = pane_of(above, "이서연"), pane_of(desk, "이서연")
    expect(watched).to_contain_text("참관 중입니다")
    write(pane, "무엇을 도와드릴까요?")
    expect(watched).to_contain_text("무엇을 도와드릴까요?")
    watched.get_by_label("상담사에게 귓속말").fill("환불 규정부터 안내해 주세요")
    watched.get_by_role("button", name="귓속말", exact=True).click()
    expect(pane).to_contain_text("환불 규정부터 안내해 주세요")
    expect(pane).to_contain_text("팀장 박하늘 님의 귓속말")
    shots.take(desk, "a-whisper")
    above.reload()
    expect(watched).to_contain_text("무엇을 도와드릴까요?")
    assert not CounselMessage.objects.filter(content__contains="환불 규정").exists()

    watched.get_by_role("button", name="참여").click()
    above.get_by_role("dialog").get_by_role("button", name="참여").click()
    write(watched, "제가 함께 보겠습니다")
    expect(pane).to_contain_text("제가 함께 보겠습니다")
    watched.get_by_role("button", name="넘겨받기").click()
    above.get_by_role("dialog").get_by_role("button", name="넘겨받기").click()

    expect(desk.get_by_text("관리자가 이 상담을 넘겨받았습니다")).to_be_visible()
    expect(pane).to_have_count(0)
    expect(watched.get_by_role("button", name="상담 종료")).to_be_visible()
    shots.take(above, "taken-over")
    session.refresh_from_db()
    assert session.counselor is not None
    assert session.counselor.nickname == "팀장 박하늘"


def test_a_conversation_goes_to_a_colleague_with_what_was_said(
    open_as: OpenAs, category: Category, shots: Shots
) -> None:
    other = make_category(name="좌석 선택")
    first, second = (
        named(make_counselor(category), "상담사 윤지우"),
        named(make_counselor(category, other), "상담사 한도윤"),
    )
    desk, colleague = open_as(first, viewport=WIDE), open_as(second)
    desk.goto("/desk/")
    be_ready(desk)
    asks(category, "이서연")
    pane = pane_of(desk, "이서연")
    write(pane, "담당자에게 연결해 드릴게요")
    colleague.goto("/desk/")
    be_ready(colleague)

    pane.get_by_role("button", name="연결").click()
    dialog = desk.get_by_role("dialog")
    expect(dialog).to_contain_text("좌석 선택")
    dialog.get_by_label("상담사 한도윤").check()
    shots.take(desk, "to-whom")
    dialog.get_by_role("button", name="연결").click()

    expect(pane).to_have_count(0)
    expect(pane_of(colleague, "이서연")).to_contain_text("담당자에게 연결해 드릴게요")
    pane_of(colleague, "이서연").get_by_role("button", name="연결").click()
    colleague.get_by_role("dialog").get_by_label("좌석 선택").check()
    colleague.get_by_role("dialog").get_by_role("button", name="연결").click()
    expect(pane_of(colleague, "이서연")).to_contain_text("상담을 시작했습니다", use_inner_text=True)
    assert CounselSession.objects.get().category == other


def test_an_offer_is_taken_or_declined_while_its_time_lasts(
    open_as: OpenAs, category: Category, settings: Settings, axe: Axe, shots: Shots
) -> None:
    settings.COUNSEL_ACCEPT_AUTOMATICALLY = False  # requests are made in this process
    desk = open_as(make_counselor(category, capacity=2), viewport=WIDE)
    desk.goto("/desk/")
    be_ready(desk)
    asks(category, "이서연", subject="두 번 결제")
    offer = desk.get_by_role("article", name="배정 제안: 이서연")
    expect(offer).to_contain_text("환불 · 두 번 결제")
    expect(offer.locator(".desk-offer-left")).to_have_text(re.compile(r"^0:[01]\d$|^0:20$"))
    axe.check(desk)
    shots.take(desk, "an-offer")
    desk.reload()
    expect(offer.locator(".desk-offer-left")).to_have_text(re.compile(r"^0:[01]\d$|^0:20$"))

    offer.get_by_role("button", name="수락").click()
    expect(pane_of(desk, "이서연").get_by_role("button", name="상담 종료")).to_be_enabled()
    expect(offer).to_have_count(0)
    asks(category, "최민준")
    expect(desk.get_by_role("article", name="배정 제안: 최민준")).to_be_visible()
    desk.keyboard.press("Alt+x")
    expect(desk.get_by_role("article")).to_have_count(0)
    declined = CounselSessionEvent.objects.get(reason="declined")
    assert declined.subject.customer.nickname == "최민준"


def test_an_order_is_cancelled_for_the_customer_after_its_price_was_shown(
    open_as: OpenAs, paid_orders: PaidOrders, category: Category, axe: Axe, shots: Shots
) -> None:
    counselor, customer = make_counselor(category), named(make_user(), "이서연")
    counselor.user_permissions.add(Permission.objects.get(codename="act_on_orders"))
    held, paid = paid_orders.reserve(0, user=customer), paid_orders.sell(1, 2, user=customer)
    at_work(counselor)
    request_session(customer.pk, category_id=category.pk)
    desk = open_as(counselor, viewport=WIDE)
    desk.goto("/desk/")
    side = desk.get_by_role("complementary", name="고객")

    side.get_by_role("button", name="선점 연장").click()
    desk.get_by_role("dialog").get_by_role("button", name="연장").click()
    expect(side).to_contain_text("1회 연장됨")
    side.locator(f'details[data-key="{paid.pk}"] summary').click()
    side.get_by_role("button", name="취소하기…").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_role("checkbox").first.uncheck()
    expect(dialog.get_by_role("status")).to_contain_text("환불됩니다")
    axe.check(desk)
    shots.take(desk, "the-price-of-cancelling")
    dialog.get_by_role("button", name="선택한 티켓 취소").click()

    expect(desk.get_by_text(re.compile("고객에게 .+ 환불됩니다"))).to_be_visible()
    expect(side.locator(".is-cancelled")).to_have_count(1)
    shots.take(desk, "cancelled")
    assert set(CounselorAct.objects.values_list("kind", "order")) == {
        ("extend_hold", held.pk),
        ("cancel_order", paid.pk),
    }


def test_a_lost_connection_is_counted_down_and_nothing_written_is_lost(
    open_as: OpenAs, category: Category, faults: Faults, shots: Shots, shifts: Shifts
) -> None:
    faults.expect("WebSocket")
    counselor = make_counselor(category)
    desk = open_as(counselor, viewport=WIDE)
    wire = Wire()
    wire.route(desk.context)
    desk.goto("/desk/")
    be_ready(desk)
    asks(category, "이서연")
    pane = pane_of(desk, "이서연")
    write(pane, "잠시만요")
    expect(pane.locator(".is-pending")).to_have_count(0)

    wire.cut()
    notice = desk.locator("#desk-notice")
    expect(notice).to_contain_text("연결이 끊겼습니다")
    expect(notice.locator(".digits")).to_have_text(re.compile(r"^0:[345]\d$|^1:00$"))
    write(pane, "다시 연결되면 보여요")
    shots.take(desk, "the-connection-is-lost")
    # While it is still cut: afterwards the desk may come back by itself, and take the button away.
    desk.get_by_role("button", name="지금 다시 시도").click()
    wire.is_cut = False

    expect(notice).not_to_contain_text("연결이 끊겼습니다")
    expect(pane.locator(".is-pending")).to_have_count(0)
    shifts.none_in(desk)
    said = CounselMessage.objects.filter(type="MESSAGE").order_by("seq").values_list("content", flat=True)
    assert list(said) == ["잠시만요", "다시 연결되면 보여요"]


def test_a_desk_that_is_open_elsewhere_is_told_of(open_as: OpenAs, category: Category, shots: Shots) -> None:
    counselor = make_counselor(category)
    first = open_as(counselor)
    first.goto("/desk/")
    be_ready(first)
    tab = first.context.new_page()
    tab.goto("/desk/")
    for desk in (first, tab):
        expect(desk.locator("#desk-notice")).to_contain_text("다른 탭에도 상담 데스크가 열려 있습니다")
    tab.close()
    expect(first.locator("#desk-notice")).to_be_empty()

    open_as(counselor).goto("/desk/")

    expect(first.locator("#desk-notice")).to_contain_text("상담 데스크가 닫혔습니다")
    expect(first.get_by_role("dialog")).to_contain_text("다른 브라우저에서 로그인")
    shots.take(first, "closed-by-a-log-in-elsewhere")
    first.get_by_role("dialog").get_by_role("button", name="다시 로그인").click()
    expect(first.get_by_role("heading", name="상담 데스크 로그인")).to_be_visible()


def test_the_desk_is_usable_on_a_phone_and_by_keyboard(
    site: Site, open_as: OpenAs, category: Category, axe: Axe, shots: Shots
) -> None:
    counselor = make_counselor(category)
    with Counselor(site.url, site.access(counselor), user_id=counselor.pk) as elsewhere:
        elsewhere.be_ready()
        old = asks(category, "박지민", subject="지난 상담")
        end_session(old.pk, reason=EndReason.CUSTOMER)
        change_counselor_state(counselor.pk, CounselorState.READY)
        asks(category, "이서연")
        desk = open_as(counselor, viewport=PHONE, color_scheme="dark")
        desk.goto("/desk/")
        desk.get_by_role("button", name="이서연").click()
        write(pane_of(desk, "이서연"), "안녕하세요")
        fits(desk)
        axe.check(desk)
        shots.take(desk, "a-conversation")
        desk.get_by_role("button", name="고객").click()
        expect(desk.get_by_role("complementary", name="고객")).to_contain_text("이전 상담이 없습니다")
        fits(desk)
        axe.check(desk)
        shots.take(desk, "the-customer")
        desk.keyboard.press("Escape")

        for part, shown in {"지난 상담": "박지민", "내 실적": "처리 건수", "상용구": "내 상용구 만들기"}.items():
            desk.get_by_role("link", name=part).click()
            expect(desk.locator(".desk-page:visible")).to_contain_text(shown)
            fits(desk)
            axe.check(desk)
            shots.take(desk, part)
        desk.keyboard.press("?")
        expect(desk.get_by_role("dialog", name="키보드 단축키")).to_be_visible()
        axe.check(desk)
        desk.keyboard.press("Escape")
        desk.keyboard.press("Alt+m")
        expect(field_of(pane_of(desk, "이서연"))).to_be_focused()
        assert desk.url.endswith("/desk/")


def test_what_is_seldom_opened_comes_when_it_is_wanted(open_as: OpenAs, category: Category) -> None:
    asked: list[str] = []
    desk = open_as(make_counselor(category), viewport=WIDE)
    desk.on("request", lambda request: asked.append(request.url))
    desk.goto("/desk/")
    be_ready(desk)
    asks(category, "이서연")
    pane = pane_of(desk, "이서연")
    write(pane, "안녕하세요")
    expect(pane.locator(".message.is-mine")).to_contain_text("안녕하세요")
    seldom = re.compile(r"/(emoji|alert-choices|key-list|watch)\.")
    assert [address for address in asked if seldom.search(address)] == []

    pane.get_by_role("button", name="이모지").click()
    expect(pane.get_by_role("group", name="이모지").get_by_role("button").first).to_be_focused()
    pane.get_by_role("button", name="좋아요").click()
    expect(field_of(pane)).to_have_value("👍")
    assert [found[1] for address in asked if (found := seldom.search(address))] == ["emoji"]
    desk.get_by_role("button", name="소리와 알림").click()
    sound = desk.get_by_role("checkbox", name="새 고객과 메시지를 소리로 알리기")
    sound.uncheck()
    desk.get_by_role("button", name="완료").click()
    desk.reload()
    desk.get_by_role("button", name="소리와 알림").click()
    expect(sound).not_to_be_checked()
