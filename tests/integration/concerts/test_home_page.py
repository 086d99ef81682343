"""The page that says what is on sale and what will be."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Role
from apps.concerts.demo.programme import PROGRAMME
from apps.concerts.models import Concert
from apps.concerts.pages.home import CARDS_A_PAGE
from apps.concerts.pages.showing import FIRST_COUNTS_A_PAGE
from apps.concerts.services.block_seats import block_seats
from tests.factories import make_performance, make_user, make_venue, seat_ids
from tests.pages import in_english, parts
from tests.servers import PrivateRedis

pytestmark = pytest.mark.django_db

TO_COME = {"opens_in": timedelta(hours=1)}
OVER = {"opens_in": timedelta(days=-2), "closes_in": timedelta(days=-1)}


def make_concert(title: str, *, genre: str = "concert", **performance: Any) -> Concert:
    concert = make_performance(in_redis=False, **performance).concert
    Concert.objects.filter(pk=concert.pk).update(title=title, genre=genre)
    return concert


def titles(client: Client, **query: Any) -> list[str]:
    """The titles on the page, in its order."""
    page = client.get("/", query).content.decode()
    return list(re.findall(r'<h3>\s*<a [^>]*href="/concerts/[^>]*>\s*([^<]*?)\s*</a>', page))


def test_what_opens_soon_comes_before_what_is_on_sale(client: Client) -> None:
    make_concert("지금 <b>공연</b>")
    make_concert("곧 <b>공연</b>", **TO_COME)
    page = client.get("/").content.decode()
    opening, on_sale = page.split('id="found"')
    assert "곧 &lt;b&gt;공연" in opening
    assert "지금 &lt;b&gt;공연" in on_sale
    assert "60,000원" in on_sale


def test_the_next_sale_to_open_comes_first_with_what_is_left_until_then(client: Client) -> None:
    make_concert("later", opens_in=timedelta(days=3))
    make_concert("sooner", opens_in=timedelta(days=1, hours=2, seconds=-1))
    assert titles(client) == ["sooner", "later"]
    countdown = parts(client.get("/"), ".countdown")[0]
    assert re.sub(r"\D+", " ", countdown).split()[:2] == ["1", "01"]


def test_a_concert_on_sale_whose_next_dates_are_still_to_open_is_in_both_lists(client: Client) -> None:
    concert = make_concert("both")
    later = make_performance(in_redis=False, venue=concert.performances.get().venue, **TO_COME)
    alone = later.concert
    later.concert = concert
    later.save()
    alone.delete()
    assert titles(client) == ["both", "both"]


def test_an_empty_house_says_so(client: Client) -> None:
    assert "Nothing is on sale" in in_english(client, "/")


def test_a_search_and_a_genre_narrow_both_lists(client: Client) -> None:
    make_concert("달의 노래", genre="musical")
    make_concert("달의 춤", genre="dance", **TO_COME)
    make_concert("해의 노래", genre="musical")
    assert titles(client, q="달의") == ["달의 춤", "달의 노래"]
    assert titles(client, genre="musical", sort="title") == ["달의 노래", "해의 노래"]
    assert titles(client, q="달의", genre="musical") == ["달의 노래"]


def test_a_search_in_vain_leads_on_to_past_shows(client: Client) -> None:
    make_concert("어제의 공연", **OVER)
    page = in_english(client, "/", q="어제의")
    assert "We found nothing that fits." in page
    assert "status=closed" in page
    assert titles(client, q="어제의", status="closed") == ["어제의 공연"]


def test_a_concert_of_which_nothing_is_left_is_marked(client: Client) -> None:
    full, free = (make_performance(venue=make_venue(rows=1, seats=1)) for _ in range(2))
    both = [*seat_ids(full, 1, section="A"), *seat_ids(full, 1, section="B")]
    block_seats(full, both, actor_id=make_user(role=Role.STAFF).pk)
    page = in_english(client, "/")
    cards = re.findall(r"<article.*?</article>", page, re.DOTALL)
    marked = {one.concert.slug: [card for card in cards if one.concert.slug in card] for one in (full, free)}
    assert ["Sold out for now" in card for (card,) in marked.values()] == [True, False]


def test_without_redis_the_catalogue_is_there(client: Client, redis_server: PrivateRedis) -> None:
    make_performance()
    make_performance()
    redis_server.kill()
    assert len(titles(client)) == 2


def test_the_words_searched_for_are_text(client: Client) -> None:
    page = client.get("/", {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_sorting_and_pages_keep_what_was_asked_for(client: Client) -> None:
    for number in range(CARDS_A_PAGE + 1):
        make_concert(f"공연 {number:02d}", genre="play")
    first = client.get("/", {"genre": "play", "sort": "title"})
    assert titles(client, genre="play", sort="title") == [f"공연 {number:02d}" for number in range(CARDS_A_PAGE)]
    assert "?genre=play&amp;sort=title&amp;page=2" in first.content.decode()
    assert titles(client, genre="play", sort="title", page=2) == [f"공연 {CARDS_A_PAGE}"]


@pytest.mark.parametrize(
    "query",
    [{"page": "none"}, {"page": "99"}, {"sort": "password"}, {"genre": "circus"}, {"status": "sold"}, {"q": "\0"}],
)
def test_an_address_that_makes_no_sense_shows_the_catalogue_all_the_same(client: Client, query: dict[str, str]) -> None:
    make_concert("여전히")
    assert titles(client, **query) == ["여전히"]


@pytest.mark.parametrize("status", ["", "upcoming", "closed"])
def test_more_concerts_take_no_more_queries(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, status: str
) -> None:
    kinds: list[dict[str, Any]] = [{}, TO_COME, OVER]

    def stock() -> None:
        for number, kind in enumerate(kinds):
            make_concert(f"공연 {number}", **kind)

    stock()
    with django_assert_num_queries(5 if status == "" else 3):
        client.get("/", {"status": status})
    for _ in range(3):
        stock()
    with django_assert_num_queries(5 if status == "" else 3):
        client.get("/", {"status": status})


def test_seats_are_counted_for_the_first_time_a_few_a_page(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(FIRST_COUNTS_A_PAGE + 1):
        make_performance()
    for first_counts in (FIRST_COUNTS_A_PAGE, 1, 0):
        with django_assert_num_queries(4 + first_counts):
            client.get("/")


def test_the_page_needs_no_inline_script_or_style(client: Client) -> None:
    make_concert("지금")
    make_concert("곧", **TO_COME)
    page = client.get("/").content.decode()
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", page)


def test_every_poster_of_the_demo_is_there() -> None:
    assert all(finders.find(billing.poster) for billing in PROGRAMME)
