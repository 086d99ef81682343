"""Waiting in line in a browser: the place, its news, the turn, and what happens when things go wrong on the way."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, Request, WebSocketRoute, expect

from apps.accounts.models import User
from apps.common.redis import sync_redis
from apps.concerts.models import Performance, WaitingRoomMode
from apps.concerts.waiting_room.services.change_waiting_room import change_waiting_room
from apps.concerts.waiting_room.services.tick_waiting_rooms import tick_waiting_rooms
from tests.browser.site import PHONE, Axe, Faults, Shifts, Shots, Site, fits
from tests.factories import make_performance, make_user
from tests.live import LivePlatform
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)

OpenAs = Callable[..., Page]
SLOW = 0.01  # people a second: nobody comes up while a test looks
LONGEST_LOOK_MS = 70_000


def line_of(site: Site, *, people: int, rate: float = SLOW) -> Performance:
    """A performance before which so many wait; where the line is slow, the first turn, which is at once, was used."""
    performance = make_performance(mode=WaitingRoomMode.QUEUE, rate=rate)
    if rate == SLOW:
        first = make_user()
        ask(site, performance, first, "join")
        tick_waiting_rooms()
        ask(site, performance, first, "leave")
    for _ in range(people):
        ask(site, performance, make_user(), "join")
    return performance


def ask(site: Site, performance: Performance, user: User, what: str) -> None:
    headers = {"Authorization": f"Bearer {site.access(user)}"}
    address = f"{site.url}/api/waiting-room/{performance.pk}/{what}"
    httpx.post(address, headers=headers, timeout=LONGEST_SECONDS).raise_for_status()


def enter(page: Page, performance: Performance) -> None:
    page.goto(f"/performances/{performance.pk}/waiting-room/")


def has_place(page: Page, place: int) -> None:
    expect(page.locator("[data-place]")).to_have_text(f"{place:,}")


def polls_of(page: Page) -> list[str]:
    """The questions about its owner that a page asks from now on."""
    return requests_of(page, but="now")


def looks_of(page: Page) -> list[str]:
    """The looks of a page at what the line tells everybody, from now on."""
    return requests_of(page, but="join status leave")


def requests_of(page: Page, *, but: str) -> list[str]:
    asked: list[str] = []

    def note(request: Request) -> None:
        what = request.url.rsplit("/", 1)[-1]
        if "/api/waiting-room/" in request.url and what not in but.split():
            asked.append(what)

    page.on("request", note)
    return asked


# What a page does to be noticed, noted down instead of done.
NOTES_CALLS = """
    globalThis.calls = [];
    globalThis.Notification = class {
      static permission = "granted";
      constructor(title, { body }) { globalThis.calls.push(`${title}: ${body}`); }
      close() {}
    };
    const Real = globalThis.OscillatorNode;
    globalThis.OscillatorNode = class extends Real {
      constructor(...options) { super(...options); globalThis.calls.push("tone"); }
    };
"""


def test_a_line_is_waited_through_with_a_reload_a_second_tab_a_pause_and_a_faster_rate(
    site: Site, background: LivePlatform, open_as: OpenAs, shots: Shots, axe: Axe, shifts: Shifts
) -> None:
    performance = line_of(site, people=5)
    page = open_as(make_user())
    page.add_init_script(NOTES_CALLS)
    enter(page, performance)
    has_place(page, 6)
    expect(page.locator("[data-seats]")).to_have_text("80")
    axe.check(page)
    shots.take(page, "in-line")

    page.reload()
    has_place(page, 6)
    second = page.context.new_page()
    polls = polls_of(second)
    enter(second, performance)
    has_place(second, 6)

    page.bring_to_front()
    page.get_by_role("switch", name="차례가 되면 소리와 알림으로 알리기").check()
    expect(page.locator("[data-alarm-help]")).to_contain_text("차임벨과 알림으로")
    page.evaluate("calls.length = 0")  # the chime that says what it will sound like

    notice = page.locator("[data-notice]")
    change_waiting_room(performance.pk, actor=None, mode="PAUSED")
    expect(notice).to_contain_text("입장이 잠시 멈췄습니다")
    expect(second.locator("[data-notice]")).to_contain_text("입장이 잠시 멈췄습니다")
    shots.take(page, "paused")
    change_waiting_room(performance.pk, actor=None, mode="QUEUE")
    expect(notice).to_contain_text("다시 시작되었습니다")

    change_waiting_room(performance.pk, actor=None, rate=2.0)
    expect(notice).to_contain_text("입장 속도가 빨라졌습니다. 1분에 최대 1명에서 120명으로")
    shots.take(page, "faster")

    seats = page.get_by_role("link", name="좌석 선택하기")
    expect(seats).to_be_focused()
    expect(page).to_have_title(re.compile("차례가 되었습니다"))
    expect(second.get_by_role("heading", name="차례가 되었습니다")).to_be_visible()
    assert polls == ["join"], "the first tab asks for both"
    assert set(page.evaluate("calls")) == {"tone", "차례가 되었습니다: 달빛 콘서트"}
    page.get_by_role("button", name="잠시 머무르기").click()
    axe.check(page)
    shots.take(page, "the-turn")
    shifts.none_in(page)

    seats.click()
    expect(page).to_have_url(re.compile(f"/performances/{performance.pk}/seats/"))


def test_without_a_websocket_the_turn_comes_all_the_same(
    site: Site, new_context: Callable[..., BrowserContext], shots: Shots, axe: Axe
) -> None:
    performance = line_of(site, people=1, rate=1.0)
    context = new_context(viewport=PHONE, color_scheme="dark", locale="en-US")
    context.route_web_socket(re.compile("/ws$"), refuse)
    site.log_in(context, make_user())
    page = context.new_page()
    page.clock.install()
    looks = looks_of(page)
    enter(page, performance)
    has_place(page, 2)
    fits(page)
    axe.check(page)
    shots.take(page, "dark-phone", full_page=True)

    tick_until(page, "[data-go]:focus")
    assert looks, "without a connection of its own the page sees what everybody can"

    expect(page.locator("[data-forward]")).to_have_text(re.compile("You are taken there in"))
    shots.take(page, "the-turn-on-a-dark-phone")
    page.clock.fast_forward(11_000)
    expect(page).to_have_url(re.compile(f"/performances/{performance.pk}/seats/"))


def refuse(socket: WebSocketRoute) -> None:
    socket.close()


def tick_until(page: Page, selector: str) -> None:
    """Move the line on each second until something is on the page."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while not page.locator(selector).count():
        assert time.monotonic() < deadline, f"{selector} did not appear"
        tick_waiting_rooms()
        page.wait_for_timeout(500)  # Playwright's loop runs meanwhile: pages and their polls go on


def test_somebody_leaves_and_may_join_again_at_the_end(
    site: Site, open_as: OpenAs, shots: Shots, axe: Axe, shifts: Shifts
) -> None:
    performance = line_of(site, people=1)
    page = open_as(make_user())
    enter(page, performance)
    has_place(page, 2)
    ask(site, performance, make_user(), "join")

    page.get_by_role("button", name="대기 그만두기").click()
    axe.check(page)
    shots.take(page, "sure")
    page.get_by_role("button", name="계속 기다리기").click()
    page.get_by_role("button", name="대기 그만두기").click()
    page.get_by_role("button", name="그만두기", exact=True).click()
    expect(page.get_by_role("heading", name="대기를 그만두셨습니다")).to_be_focused()
    axe.check(page)
    shots.take(page, "left")

    page.get_by_role("button", name="다시 대기하기").click()
    has_place(page, 4)
    shifts.none_in(page)


def test_before_the_line_opens_the_page_counts_down_and_joins_by_itself(
    site: Site, open_as: OpenAs, shots: Shots, axe: Axe, shifts: Shifts
) -> None:
    performance = make_performance(mode=WaitingRoomMode.QUEUE, opens_in=timedelta(minutes=30, seconds=4))
    page = open_as(make_user())
    enter(page, performance)
    expect(page.get_by_role("heading", name="곧 대기실이 열립니다")).to_be_visible()
    expect(page.get_by_role("timer")).to_have_text(re.compile("0:0[1-4]"))
    axe.check(page)
    shots.take(page, "soon")

    has_place(page, 1)
    expect(page.locator("[data-opening]")).to_contain_text("판매 시작까지")
    shots.take(page, "before-the-sale")
    shifts.none_in(page)


def test_the_place_outlives_a_lost_connection_and_a_lost_line(
    site: Site, open_as: OpenAs, shots: Shots, faults: Faults
) -> None:
    faults.expect("ERR_INTERNET_DISCONNECTED")
    faults.expect("/now")  # of a line that is lost: 503, until it is made anew
    performance = line_of(site, people=2, rate=1.0)
    change_waiting_room(performance.pk, actor=None, mode="PAUSED")
    page = open_as(make_user())
    enter(page, performance)
    has_place(page, 3)

    page.context.set_offline(True)
    expect(page.locator("[data-notice]")).to_contain_text("연결이 끊겼습니다")
    has_place(page, 3)
    shots.take(page, "offline")

    page.context.set_offline(False)
    expect(page.locator("[data-notice]")).to_contain_text("입장이 잠시 멈췄습니다")

    polls = polls_of(page)
    sync_redis().flushall()
    with page.expect_response(re.compile("/join$")) as back:
        page.evaluate("dispatchEvent(new Event('online'))")
    assert (back.value.json()["number"], polls) == (3, ["status", "join"])
    has_place(page, 3)


def test_a_second_log_in_elsewhere_ends_the_questions_and_keeps_the_place(
    site: Site, open_as: OpenAs, shots: Shots
) -> None:
    performance = line_of(site, people=1)
    change_waiting_room(performance.pk, actor=None, mode="PAUSED")
    user = make_user()
    page = open_as(user)
    enter(page, performance)
    has_place(page, 2)

    elsewhere = open_as(user)
    page.evaluate("import('/static/common/api.js').then((api) => api.accessToken({fresh: true}).catch(() => null))")
    expect(page.get_by_role("dialog")).to_contain_text("다른 브라우저에서 로그인하여")
    polls = polls_of(page)
    page.get_by_role("button", name="여기 머무르기").click()
    expect(page.get_by_role("heading", name="로그아웃되었습니다")).to_be_visible()
    shots.take(page, "logged-in-elsewhere")

    enter(elsewhere, performance)
    has_place(elsewhere, 2)
    assert polls == []


def test_far_from_the_turn_a_page_follows_the_line_by_what_is_told_to_everybody(site: Site, open_as: OpenAs) -> None:
    performance = line_of(site, people=1, rate=1.0)
    line = f"line:{{performance:{performance.pk}}}"
    sync_redis().hset(line, "next", 100_000)
    page = open_as(make_user())
    looks, sockets = looks_of(page), sockets_of(page)
    page.clock.install()
    enter(page, performance)
    has_place(page, 100_001)

    sync_redis().hset(line, "cursor", 40_000)
    look_until_place(page, 60_001)
    assert looks
    assert not sockets, "each second's news for everybody would cost as much as all the waiting"

    sync_redis().hset(line, "cursor", 99_950)
    look_until_place(page, 51)
    wait_on(page, lambda: sockets)


def look_until_place(page: Page, place: int) -> None:
    """Let the page's minutes go by, until what caches keep by the real clock is old and the place is shown."""

    def is_shown() -> bool:
        page.clock.fast_forward(LONGEST_LOOK_MS)
        return page.locator("[data-place]").inner_text() == f"{place:,}"

    wait_on(page, is_shown)


def wait_on(page: Page, condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        page.wait_for_timeout(500)  # Playwright's loop runs meanwhile: pages and their polls go on


def sockets_of(page: Page) -> list[str]:
    """The WebSockets that a page opens from now on."""
    opened: list[str] = []
    page.on("websocket", lambda socket: opened.append(socket.url))
    return opened
