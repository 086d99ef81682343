"""The page on which seats are chosen: who sees it, what it has without a script, and what it lets the browser fetch."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.common.errors import ServiceUnavailable
from apps.common.pages.modules import modules_of
from apps.common.redis import sync_redis
from apps.concerts.models import Grade, Performance, WaitingRoomMode
from apps.concerts.seat_map import pages
from apps.concerts.waiting_room.keys import pass_keys
from apps.concerts.waiting_room.services.open_line import open_line
from tests.factories import make_performance, make_user


@pytest.fixture
def buyer(db: None) -> User:
    return make_user()


@pytest.fixture
def visitor(client: Client, buyer: User) -> Client:
    client.force_login(buyer)
    return client


def address(performance: Performance) -> str:
    return f"/performances/{performance.pk}/seats/"


def give_pass(performance: Performance, user: User) -> None:
    passes, _entered = pass_keys(performance.pk)
    sync_redis().zadd(passes, {str(user.pk): 2**33})


@pytest.mark.django_db
def test_a_stranger_logs_in_first_and_comes_back(client: Client) -> None:
    performance = make_performance()

    answer = client.get(address(performance))

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/accounts/log-in/?next=%2Fperformances%2F{performance.pk}%2Fseats%2F"


def test_the_page_names_the_evening_the_grades_and_the_limit(visitor: Client) -> None:
    performance = make_performance(limit=3)

    page = visitor.get(address(performance), headers={"Accept-Language": "en"})

    assert page.status_code == 200
    for text in ("달빛 콘서트", performance.venue.name, "₩100,000", "₩60,000", "at most 3 seats for each person"):
        assert text in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    assert "<noscript>" in page.content.decode()


def test_text_of_the_catalogue_is_text(visitor: Client) -> None:
    performance = make_performance()
    performance.concert.title = "<script>alert(1)</script>"
    performance.concert.save()
    Grade.objects.filter(performance=performance, name="VIP").update(name='"><b>V')

    content = visitor.get(address(performance)).content.decode()

    assert "<script>alert" not in content
    assert '"><b>V' not in content


@pytest.mark.parametrize("grades", [2, 9])
def test_the_page_takes_as_many_queries_for_many_grades_as_for_few(
    visitor: Client, django_assert_num_queries: DjangoAssertNumQueries, grades: int
) -> None:
    performance = make_performance()
    for number in range(grades):
        Grade.objects.create(performance=performance, name=f"G{number}", price_krw=1000)
    visitor.get(address(performance))

    with django_assert_num_queries(3):  # the account, the performance, its grades
        visitor.get(address(performance))


def test_a_grade_that_no_section_has_is_not_offered(visitor: Client) -> None:
    performance = make_performance()
    Grade.objects.create(performance=performance, name="NOWHERE", price_krw=1)

    assert "NOWHERE" not in visitor.get(address(performance)).content.decode()


def test_who_has_no_turn_is_sent_to_the_waiting_room(visitor: Client, buyer: User) -> None:
    performance = make_performance(mode=WaitingRoomMode.QUEUE)
    open_line(performance.pk)

    answer = visitor.get(address(performance))

    assert answer.headers["Location"] == f"/performances/{performance.pk}/waiting-room/"
    give_pass(performance, buyer)
    assert visitor.get(address(performance)).status_code == 200


def test_before_the_sale_the_waiting_room_says_when_it_opens(visitor: Client) -> None:
    performance = make_performance(opens_in=timedelta(days=1))

    assert visitor.get(address(performance)).headers["Location"].endswith("/waiting-room/")


def test_while_nobody_can_tell_whose_turn_it_is_the_page_is_there(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise ServiceUnavailable

    monkeypatch.setattr(pages, "require_access_pass", away)

    assert visitor.get(address(make_performance(mode=WaitingRoomMode.QUEUE))).status_code == 200


@pytest.mark.parametrize("how", ["over", "cancelled"])
def test_a_sale_that_has_ended_says_so_and_fetches_nothing(visitor: Client, how: str) -> None:
    performance = make_performance(opens_in=timedelta(days=-3), closes_in=timedelta(hours=-1 if how == "over" else 9))
    if how == "cancelled":
        Performance.objects.filter(pk=performance.pk).update(status=Performance.Status.CANCELLED)

    content = visitor.get(address(performance), headers={"Accept-Language": "en"}).content.decode()

    assert ("The sale of this performance has ended." if how == "over" else "is called off") in content
    assert f'href="/concerts/{performance.concert.slug}/"' in content
    assert "preload" not in content


def test_a_performance_that_nobody_knows_is_not_there(visitor: Client) -> None:
    assert visitor.get("/performances/987654/seats/").status_code == 404


def test_hall_and_statuses_are_fetched_with_the_page(visitor: Client) -> None:
    performance = make_performance()

    content = visitor.get(address(performance)).content.decode()

    for part in ("layout", "seats"):
        link = f'<link rel="preload" as="fetch" crossorigin="anonymous" href="/api/performances/{performance.pk}/{part}'
        assert link in content
    assert " style=" not in content
    match = re.search(r'<script id="seat-map-data" type="application/json">(.*?)</script>', content)
    assert match
    assert json.loads(match[1])["limit"] == 4


def test_the_scripts_of_the_head_are_preloaded_with_all_that_they_import(visitor: Client) -> None:
    head, _body = visitor.get(address(make_performance())).content.decode().split("</head>")

    scripts = re.findall(r'<script type="module" src="/static/([^"]+)"', head)
    preloaded = re.findall(r'<link rel="modulepreload" href="/static/([^"]+)"', head)
    assert "concerts/seat-map/seat-map.js" in scripts
    assert preloaded == list(modules_of(*scripts))
