"""Logging in, and what is said when a log-in ends."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.site import PHONE, Axe, Shots, Site, fits
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a long enough passphrase"


def test_somebody_signs_up_logs_out_and_logs_in_again(page: Page, axe: Axe, shots: Shots) -> None:
    page.goto("/accounts/sign-up/")
    axe.check(page)
    page.get_by_label("이메일 주소").fill("new@example.com")
    page.get_by_label("닉네임").fill("새 손님")
    page.get_by_label("비밀번호").fill("short")
    page.get_by_role("button", name="가입하기").click()
    expect(page.locator(".field.wrong .error").first).to_be_visible()
    shots.take(page, "a-weak-password")
    axe.check(page)

    page.get_by_label("비밀번호").fill(PASSWORD)
    page.get_by_role("button", name="가입하기").click()
    expect(page.get_by_text("새 손님님, 환영합니다!")).to_be_visible()

    page.get_by_role("button", name="로그아웃").click()
    expect(page.get_by_text("로그아웃되었습니다.")).to_be_visible()
    page.get_by_role("link", name="로그인", exact=True).click()
    page.get_by_label("이메일 주소").fill("new@example.com")
    page.get_by_label("비밀번호").fill("not the passphrase")
    page.get_by_role("button", name="로그인", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("비밀번호가 맞지 않습니다")
    shots.take(page, "a-wrong-password")
    page.get_by_label("비밀번호").fill(PASSWORD)
    page.get_by_role("button", name="로그인", exact=True).click()
    expect(page.get_by_role("button", name="로그아웃")).to_be_visible()


def test_a_second_log_in_elsewhere_is_told_to_the_first_browser(
    site: Site, open_as: Callable[..., Page], shots: Shots, axe: Axe
) -> None:
    user = make_user()
    first = open_as(user)
    first.goto("/")
    second = open_as(user)
    second.goto("/")
    expect(second.get_by_role("button", name="로그아웃")).to_be_visible()

    first.evaluate("import('/static/common/api.js').then((api) => api.accessToken().catch(() => null))")
    dialog = first.get_by_role("dialog")
    expect(dialog).to_contain_text("다른 브라우저에서 로그인하여")
    axe.check(first)
    shots.take(first, "logged-in-elsewhere")
    dialog.get_by_role("button", name="다시 로그인").click()
    expect(first).to_have_url(re.compile("/accounts/log-in/"))


def test_the_language_is_switched_and_stays(page: Page) -> None:
    page.goto("/accounts/log-in/")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto("/accounts/sign-up/")
    expect(page.get_by_role("heading", name="Sign up")).to_be_visible()


def test_the_forms_fit_a_phone(new_context: Callable[..., BrowserContext], axe: Axe, shots: Shots) -> None:
    page = new_context(viewport=PHONE, color_scheme="dark").new_page()
    for address in ("/accounts/log-in/", "/accounts/sign-up/"):
        page.goto(address)
        fits(page)
        axe.check(page)
        shots.take(page, "dark-phone")
