"""Finding a concert, and the second in which its sale opens."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from apps.concerts.models import Concert, Genre, Performance, WaitingRoomMode
from tests.browser.site import PHONE, Axe, Shifts, Shots, fits
from tests.factories import make_performance

pytestmark = pytest.mark.django_db(transaction=True)


def make_show(title: str, **performance: object) -> Performance:
    made = make_performance(**performance)  # type: ignore[arg-type]
    poster = "posters/when-waves-turn-to-night.svg"
    Concert.objects.filter(pk=made.concert_id).update(title=title, poster=poster, description="달과 바다의 밤")
    return Performance.objects.select_related("concert").get(pk=made.pk)


def address(performance: Performance) -> str:
    return f"/concerts/{performance.concert.slug}/"


def test_a_sale_opens_before_the_eyes_of_those_who_wait_for_it(
    page: Page, axe: Axe, shifts: Shifts, shots: Shots
) -> None:
    """The page was loaded with the line open and the sale seconds away; nothing is reloaded."""
    show = make_show("파도의 밤", opens_in=timedelta(seconds=6), mode=WaitingRoomMode.QUEUE)
    page.goto(address(show))
    row = page.locator(".performance")
    enter = row.get_by_role("link", name="대기실 입장하기")
    expect(enter).to_be_visible()
    expect(row.get_by_role("timer")).to_be_visible()
    axe.check(page)
    shots.take(page, "seconds-before")
    enter.focus()

    book = row.get_by_role("link", name="예매하기")
    expect(book).to_be_visible()
    expect(book).to_be_focused()
    expect(enter).to_be_hidden()
    expect(page.locator("#announcer")).to_contain_text("예매하기")
    expect(row.locator(".countdown b")).to_have_text(["0", "00", "00", "00"])
    shifts.none_in(page)
    axe.check(page)
    shots.take(page, "open")


def test_the_countdown_goes_by_the_server_s_clock_and_not_by_the_viewer_s(
    new_context: Callable[..., BrowserContext],
) -> None:
    """Somebody's computer is a day ahead; for them nothing opens early."""
    show = make_show("내일의 밤", opens_in=timedelta(hours=3))
    page = new_context().new_page()
    page.add_init_script("{const now = Date.now; Date.now = () => now() + 86_400_000;}")
    page.goto(address(show))
    expect(page.locator(".performance [data-unit=hours]")).to_have_text(re.compile("0[23]"))
    expect(page.locator(".performance")).to_have_attribute("data-phase-now", "upcoming")


def test_a_concert_is_found_by_its_title_and_genre(page: Page, axe: Axe, shifts: Shifts, shots: Shots) -> None:
    make_show("달의 뮤지컬")
    Concert.objects.update(genre=Genre.MUSICAL)
    make_show("곧 열리는 밤", opens_in=timedelta(seconds=5))
    page.goto("/")
    spotlight = page.locator(".spotlight")
    expect(spotlight.get_by_role("timer")).to_be_visible()
    axe.check(page)
    shots.take(page, "home")
    expect(spotlight.get_by_text("지금 예매 중")).to_be_visible()
    shifts.none_in(page)
    axe.check(page)

    page.get_by_role("link", name="뮤지컬", exact=True).click()
    search = page.get_by_role("searchbox")
    search.fill("달의")
    search.press("Enter")
    expect(page).to_have_url(re.compile("genre=musical"))
    expect(page.get_by_role("heading", level=3)).to_have_text(["달의 뮤지컬"])
    page.get_by_role("link", name="달의 뮤지컬").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("달의 뮤지컬")


def test_the_catalogue_fits_a_phone_abroad_in_the_dark_and_in_english(
    new_context: Callable[..., BrowserContext], axe: Axe, shifts: Shifts, shots: Shots
) -> None:
    show = make_show("바다의 밤")
    make_show("산의 밤", opens_in=timedelta(days=2))
    abroad = {"locale": "en-US", "timezone_id": "America/New_York"}
    page = new_context(viewport=PHONE, color_scheme="dark", **abroad).new_page()
    for where in ("/", address(show)):
        page.goto(where)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        fits(page)
        axe.check(page)
        shifts.none_in(page)
        shots.take(page, "dark-phone", full_page=True)


def test_without_javascript_the_catalogue_is_whole(new_context: Callable[..., BrowserContext], shots: Shots) -> None:
    show = make_show("바다의 밤")
    make_show("산의 밤", opens_in=timedelta(days=2))
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/")
    expect(page.get_by_role("timer")).to_be_hidden()
    page.get_by_role("link", name="바다의 밤").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("바다의 밤")
    expect(page.get_by_role("link", name="예매하기")).to_have_attribute(
        "href", f"/performances/{show.pk}/waiting-room/"
    )
    expect(page.locator(".policy")).to_contain_text("티켓 금액의 90%")
    shots.take(page, "without-javascript", full_page=True)
