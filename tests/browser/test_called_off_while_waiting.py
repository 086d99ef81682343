"""A show is called off while people wait in its line: their pages tell them so, and why, by themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apps.concerts.models import Performance
from apps.concerts.waiting_room.services.tick_waiting_rooms import tick_waiting_rooms
from apps.payments.calling_off.call_off import call_off_performance, confirmation_of
from tests.browser.site import PHONE, Axe, Shots, Site, fits
from tests.browser.test_waiting_room import enter, has_place, line_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

REASON = "태풍으로 공연을 열 수 없게 되었습니다."


def test_those_in_line_read_that_the_show_is_called_off(
    site: Site, open_as: Callable[..., Page], axe: Axe, shots: Shots
) -> None:
    performance = Performance.objects.get(pk=line_of(site, people=1).pk)
    page = open_as(make_user(), viewport=PHONE)
    enter(page, performance)
    has_place(page, 2)

    call_off_performance(
        performance.pk, actor_id=None, reason=REASON, typed=confirmation_of(performance), extra_percent=0
    )
    tick_waiting_rooms()

    expect(page.get_by_role("heading", name="취소된 회차입니다")).to_be_visible()
    expect(page.get_by_text(REASON)).to_be_visible()
    fits(page)
    axe.check(page)
    shots.take(page, "told", full_page=True)
