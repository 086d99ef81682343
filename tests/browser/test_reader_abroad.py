"""Somebody in Honolulu reads of an evening in Seoul: every page tells Seoul's evening, and says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.common.clock import database_now
from apps.common.templatetags.ticketlive import in_words
from apps.concerts.models import Performance
from tests.browser.site import Axe, Shots
from tests.factories import make_performance, make_user
from tests.order_factories import make_order

pytestmark = pytest.mark.django_db(transaction=True)

SEOUL = ZoneInfo("Asia/Seoul")


@pytest.fixture
def evening() -> Performance:
    """Six o'clock in Seoul, when it is eleven at night of the day before in Honolulu."""
    performance = make_performance()
    day = (database_now() + timedelta(days=30)).astimezone(SEOUL).date()
    Performance.objects.filter(pk=performance.pk).update(starts_at=datetime.combine(day, time(18), tzinfo=SEOUL))
    performance.refresh_from_db()
    return performance


@pytest.fixture
def abroad(open_as: Callable[..., Page]) -> Callable[[User], Page]:
    return lambda user: open_as(user, timezone_id="Pacific/Honolulu")


def test_every_page_tells_the_evening_in_seoul_and_names_the_zone(
    evening: Performance, abroad: Callable[[User], Page], axe: Axe, shots: Shots
) -> None:
    reader = make_user()
    order = make_order(reader, evening)
    page = abroad(reader)
    day, there = (in_words(evening.starts_at, style, zone=SEOUL) for style in ("day", "datetime"))
    said = {
        "home": ("/", ".when-where time", day),
        "concert": (f"/concerts/{evening.concert.slug}/", ".performance h3 time", f"{there} (KST)"),
        "seat-map": (f"/performances/{evening.pk}/seats/", ".shop-head time", f"{day} 18:00 (KST)"),
        "order": (f"/orders/{order.pk}/", ".show-when time", f"{there} (KST)"),
        "my": ("/my/", ".stub-when time", f"{there} (KST)"),
        "print": (f"/orders/{order.pk}/print/", ".sheet time", there),
    }
    for name, (where, selector, text) in said.items():
        page.goto(where)
        expect(page.locator(selector).first, name).to_contain_text(text)
        axe.check(page)
        shots.take(page, name, full_page=True)
        yesterday = in_words(evening.starts_at, "day", zone=ZoneInfo("Pacific/Honolulu"))
        assert yesterday not in page.locator("main").inner_text(), name


def test_a_ticket_and_its_order_tell_one_time(evening: Performance, abroad: Callable[[User], Page]) -> None:
    reader = make_user()
    order = make_order(reader, evening, seats=1)
    page = abroad(reader)

    page.goto(f"/orders/{order.pk}/")

    there = in_words(evening.starts_at, "datetime", zone=SEOUL)
    expect(page.locator(".show-when")).to_have_text(f"{there} (KST)")
    assert page.locator(".ticket time").all_inner_texts() == [there]
    expect(page.locator(".ticket .zone")).to_have_text("KST")
    title = page.locator(".show-when time").get_attribute("title") or ""
    assert "23:00" in title
    assert "Pacific/Honolulu" in title
