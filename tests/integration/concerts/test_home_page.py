"""The page that says what is on sale."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from apps.concerts.demo.programme import PROGRAMME
from apps.concerts.models import Concert
from tests.factories import make_performance

pytestmark = pytest.mark.django_db


def test_the_page_shows_what_is_on_sale_and_what_will_be(client: Client) -> None:
    for title, opens_in in (("지금", timedelta(hours=-1)), ("곧", timedelta(hours=1))):
        performance = make_performance(in_redis=False, opens_in=opens_in)
        Concert.objects.filter(pk=performance.concert_id).update(title=f"{title} <b>공연</b>")
    page = client.get("/").content.decode()
    on_sale, upcoming = page.split('id="upcoming"')
    assert "지금 &lt;b&gt;공연" in on_sale
    assert "60,000원" in on_sale
    assert "곧 &lt;b&gt;공연" in upcoming


def test_an_empty_house_says_so(client: Client) -> None:
    assert "Nothing is on sale" in client.get("/").content.decode()


def test_the_page_needs_no_inline_script_or_style(client: Client) -> None:
    make_performance(in_redis=False)
    page = client.get("/").content.decode()
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page)


def test_every_poster_of_the_demo_is_there() -> None:
    assert all(finders.find(billing.poster) for billing in PROGRAMME)
