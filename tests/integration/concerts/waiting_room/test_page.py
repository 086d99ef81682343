"""The page of the waiting room as the server sends it: who gets it, who is sent on, what it says without a script."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from redis import Redis

from apps.accounts.models import User
from apps.concerts.models import Concert, Performance, WaitingRoomMode
from apps.concerts.waiting_room import store
from apps.concerts.waiting_room.keys import line_key, tick_keys
from apps.concerts.waiting_room.services.open_line import open_line
from tests.factories import make_performance, make_user
from tests.servers import PrivateRedis

pytestmark = pytest.mark.django_db(transaction=True)

SIGNED_IN = 1  # query: the user; the session is cached


@pytest.fixture
def customer() -> User:
    return make_user()


@pytest.fixture
def visitor(client: Client, customer: User) -> Client:
    client.force_login(customer)
    return client


def page_of(performance: Performance) -> str:
    return reverse("waiting-room-page", args=[performance.pk])


def waiting(**options: Any) -> Performance:
    return make_performance(mode=WaitingRoomMode.QUEUE, in_redis=False, **options)


def test_strangers_log_in_first_and_come_back(client: Client) -> None:
    performance = waiting()

    answer = client.get(page_of(performance))

    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('log-in')}?{urlencode({'next': page_of(performance)})}"


def test_opening_the_page_takes_no_number(visitor: Client, redis: Redis) -> None:
    performance = waiting()

    answer = visitor.get(page_of(performance))

    assert answer.status_code == 200
    assert redis.hget(line_key(performance.pk), "next") in (None, b"0")


def test_the_script_gets_the_times_of_the_sale_and_the_ways_on(visitor: Client) -> None:
    performance = waiting()

    page = visitor.get(page_of(performance)).content.decode()

    found = re.search(r'<script id="waiting-room" type="application/json">(.*?)</script>', page)
    assert found
    assert json.loads(found[1]) == {
        "performance": performance.pk,
        "title": performance.concert.title,
        "joinsFrom": round(performance.waiting_room_opens_at.timestamp() * 1000),
        "opensAt": round(performance.sale_opens_at.timestamp() * 1000),
        "closesAt": round(performance.sale_closes_at.timestamp() * 1000),
        "seats": f"/performances/{performance.pk}/seats/",
        "concert": f"/concerts/{performance.concert.slug}/",
    }


def test_who_needs_no_turn_is_sent_to_the_seats(visitor: Client) -> None:
    performance = make_performance(mode=WaitingRoomMode.OPEN, in_redis=False)

    answer = visitor.get(page_of(performance))

    assert (answer.status_code, answer["Location"]) == (302, f"/performances/{performance.pk}/seats/")
    assert "no-store" in answer["Cache-Control"]


def test_who_has_had_the_turn_is_sent_to_the_seats(visitor: Client, customer: User, redis: Redis) -> None:
    performance = waiting()
    open_line(performance.pk)
    assert visitor.get(page_of(performance)).status_code == 200

    store.restore_passes(performance.pk, {customer.pk: redis.time()[0] + 600})

    assert visitor.get(page_of(performance)).status_code == 302


def test_an_open_room_before_the_sale_shows_the_countdown(visitor: Client) -> None:
    performance = make_performance(mode=WaitingRoomMode.OPEN, opens_in=timedelta(minutes=5), in_redis=False)

    assert visitor.get(page_of(performance)).status_code == 200


@pytest.mark.parametrize(("minutes", "panel"), [(45, "early"), (15, "line"), (-15, "line")])
def test_the_first_view_is_that_of_the_moment(visitor: Client, minutes: int, panel: str) -> None:
    performance = waiting(opens_in=timedelta(minutes=minutes))

    assert f'id="room" data-panel="{panel}"' in visitor.get(page_of(performance)).content.decode()


def test_after_the_sale_there_is_nothing_to_wait_for(visitor: Client) -> None:
    performance = waiting(opens_in=timedelta(days=-3), closes_in=timedelta(minutes=-1))

    page = visitor.get(page_of(performance)).content.decode()

    assert 'id="room"' not in page
    assert "waiting-room/room.js" not in page
    assert f"/concerts/{performance.concert.slug}/" in page


def test_a_cancelled_performance_says_so(visitor: Client) -> None:
    performance = waiting()
    Performance.objects.filter(pk=performance.pk).update(status=Performance.Status.CANCELLED)
    visitor.cookies["django_language"] = "en"

    assert "This performance is called off" in visitor.get(page_of(performance)).content.decode()


def test_a_line_of_no_performance_is_not_found(visitor: Client) -> None:
    assert visitor.get(reverse("waiting-room-page", args=[4_711])).status_code == 404


def test_without_a_script_the_page_says_what_the_waiting_room_is(visitor: Client) -> None:
    visitor.cookies["django_language"] = "en"

    page = visitor.get(page_of(waiting())).content.decode()

    assert "<noscript>" in page
    assert "How the waiting room works" in page
    assert "From your turn you have 10 minutes to choose seats" in page


def test_titles_are_text(visitor: Client) -> None:
    performance = waiting()
    Concert.objects.filter(pk=performance.concert_id).update(title="</script><b>공연</b>")

    page = visitor.get(page_of(performance)).content.decode()

    assert "<b>공연" not in page
    assert "&lt;b&gt;공연" in page
    assert not re.search(r"<script(?![^>]*(\bsrc=|application/json))|<style|\sstyle=|\son\w+=", page)


def test_the_page_costs_one_query_beside_those_of_the_log_in(
    visitor: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    performance = waiting()
    visitor.get(page_of(performance))

    with django_assert_num_queries(SIGNED_IN + 1):
        visitor.get(page_of(performance))


def test_the_page_stays_up_while_redis_is_away(redis_server: PrivateRedis, customer: User) -> None:
    performance = waiting()
    visitor = Client()
    visitor.force_login(customer)
    redis_server.kill()

    assert visitor.get(page_of(performance)).status_code == 200


def test_the_line_itself_is_untouched_by_a_look_at_the_page(visitor: Client, redis: Redis) -> None:
    performance = waiting()
    open_line(performance.pk)
    before = {key: redis.dump(key) for key in tick_keys(performance.pk)}

    visitor.get(page_of(performance))

    assert {key: redis.dump(key) for key in tick_keys(performance.pk)} == before
