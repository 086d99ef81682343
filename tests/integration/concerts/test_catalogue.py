"""What anybody can read of the concerts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.concerts.models import Concert, Performance
from tests.factories import make_performance
from tests.servers import PrivateRedis

pytestmark = pytest.mark.django_db


def make_concert(title: str = "달빛 콘서트", *, genre: str = "concert", **performance: Any) -> Concert:
    concert = make_performance(in_redis=False, **performance).concert
    Concert.objects.filter(pk=concert.pk).update(title=title, genre=genre)
    return concert


def titles(client: Client, **query: Any) -> list[str]:
    response = client.get("/api/concerts", query)
    assert response.status_code == 200, response.content
    return [concert["title"] for concert in response.json()["results"]]


def refusal(client: Client, path: str, **query: Any) -> tuple[int, str]:
    response = client.get(path, query)
    assert response["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


def test_the_list_shows_performances_with_sale_times_and_the_cheapest_price(client: Client) -> None:
    performance = make_performance(in_redis=False)
    (concert,) = client.get("/api/concerts").json()["results"]
    assert concert["cheapest_price"] == 60_000
    assert concert["sale_status"] == "on_sale"
    (shown,) = concert["performances"]
    assert shown["id"] == performance.pk
    assert shown["cheapest_price"] == 60_000
    assert shown["venue"]["name"] == performance.venue.name
    for field in ("starts_at", "sale_opens_at", "sale_closes_at"):
        assert timezone.datetime.fromisoformat(shown[field]) == getattr(performance, field)


def test_a_grade_that_no_section_has_is_not_the_cheapest(client: Client) -> None:
    performance = make_performance(in_redis=False)
    performance.grades.create(name="S", price_krw=1)
    (concert,) = client.get("/api/concerts").json()["results"]
    assert concert["cheapest_price"] == 60_000
    shown = client.get(f"/api/performances/{performance.pk}").json()
    assert [(grade["name"], grade["price"]) for grade in shown["grades"]] == [("VIP", 100_000), ("R", 60_000)]


def test_a_cancelled_performance_is_shown_but_not_priced(client: Client) -> None:
    performance = make_performance(in_redis=False)
    Performance.objects.update(status=Performance.Status.CANCELLED)
    (concert,) = client.get("/api/concerts").json()["results"]
    assert (concert["sale_status"], concert["cheapest_price"]) == ("closed", None)
    assert concert["performances"][0]["status"] == "CANCELLED"
    assert client.get(f"/api/performances/{performance.pk}").json()["sale_status"] == "closed"


@pytest.mark.parametrize("status", ["upcoming", "on_sale", "closed"])
def test_concerts_are_found_by_the_status_that_they_show(client: Client, status: str) -> None:
    make_concert("upcoming", opens_in=timedelta(hours=1))
    make_concert("on_sale")
    make_concert("closed", opens_in=timedelta(days=-2), closes_in=timedelta(days=-1))
    assert titles(client, status=status) == [status]
    assert client.get("/api/concerts", {"status": status}).json()["results"][0]["sale_status"] == status


def test_a_concert_with_a_running_and_a_coming_sale_is_on_sale(client: Client) -> None:
    concert = make_concert("both")
    later = make_performance(in_redis=False, opens_in=timedelta(hours=1), venue=concert.performances.get().venue)
    Performance.objects.filter(pk=later.pk).update(concert=concert)
    later.concert.delete()
    assert titles(client, status="on_sale") == ["both"]
    assert titles(client, status="upcoming") == []


def test_concerts_are_found_by_genre(client: Client) -> None:
    make_concert("play", genre="play")
    make_concert("musical", genre="musical")
    assert titles(client, category="play") == ["play"]


def test_every_word_of_a_search_has_to_occur(client: Client) -> None:
    make_concert("파도가 밤이 될 때")
    found = make_concert("밤의 우체국")
    venue = found.performances.get().venue
    venue.name, venue.city = "달빛극장", "부산"
    venue.save()
    assert titles(client, search="밤") == ["파도가 밤이 될 때", "밤의 우체국"]
    assert titles(client, search="우체국 달빛극장") == ["밤의 우체국"]
    assert titles(client, search="파도 부산") == []
    assert titles(client, search="100%") == []


def test_concerts_are_sorted_as_asked(client: Client) -> None:
    make_concert("late", starts_in=timedelta(days=40))
    cheap = make_concert("early", starts_in=timedelta(days=25), opens_in=timedelta(hours=-2))
    cheap.performances.get().grades.filter(name="R").update(price_krw=10_000)
    assert titles(client) == titles(client, ordering="starts_at") == ["early", "late"]
    assert titles(client, ordering="-starts_at") == ["late", "early"]
    assert titles(client, ordering="price") == titles(client, ordering="title") == ["early", "late"]
    assert titles(client, ordering="-sale_opens_at") == ["late", "early"]


def test_concerts_without_a_date_come_last_however_they_are_sorted(client: Client) -> None:
    make_concert("dated")
    bare = make_concert("bare")
    bare.performances.all().delete()
    assert titles(client) == titles(client, ordering="-starts_at") == ["dated", "bare"]


def test_pages_follow_one_another(client: Client) -> None:
    for title in "abc":
        make_concert(title)
    first = client.get("/api/concerts", {"page_size": 2, "ordering": "title"}).json()
    assert (first["count"], first["previous"]) == (3, None)
    second = client.get(first["next"]).json()
    assert [concert["title"] for concert in first["results"] + second["results"]] == ["a", "b", "c"]
    assert second["next"] is None


@pytest.mark.parametrize(
    "query",
    [
        {"ordering": "password"}, {"ordering": "--price"}, {"category": "circus"}, {"status": "sold"},
        {"search": "a" * 101}, {"search": "\x00"},
    ],
)  # fmt: skip
def test_a_query_that_makes_no_sense_is_refused(client: Client, query: dict[str, str]) -> None:
    assert refusal(client, "/api/concerts", **query) == (422, "validation_error")


@pytest.mark.parametrize(
    "path",
    [
        "/api/concerts/0", "/api/concerts/99999999999999999999", "/api/concerts?page=2", "/api/concerts?page=x",
        "/api/performances/0", "/api/performances/99999999999999999999",
    ],
)  # fmt: skip
def test_what_does_not_exist_is_not_found(client: Client, path: str) -> None:
    assert refusal(client, path) == (404, "not_found")


def test_the_catalogue_cannot_be_written_to(client: Client) -> None:
    response = client.post("/api/concerts", {"title": "mine"}, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert not Concert.objects.exists()


def test_a_concert_tells_its_policy_and_the_prices_of_its_performances(client: Client) -> None:
    concert = make_concert()
    shown = client.get(f"/api/concerts/{concert.pk}").json()
    assert shown["cancellation_policy"]["tiers"][0]["days_before_min"] == 10
    (performance,) = shown["performances"]
    assert [grade["price"] for grade in performance["grades"]] == [100_000, 60_000]
    assert performance["waiting_room"]["mode"] == "OPEN"


def test_a_stale_token_does_not_close_the_catalogue(client: Client) -> None:
    assert client.get("/api/concerts", headers={"authorization": "Bearer stale"}).status_code == 200


def test_a_poster_that_is_missing_does_not_close_the_catalogue(client: Client, settings: Any) -> None:
    concert = make_concert()
    Concert.objects.filter(pk=concert.pk).update(poster="posters/gone.svg")
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }
    settings.DEBUG = False
    assert client.get(f"/api/concerts/{concert.pk}").json()["poster"] == ""


def test_the_catalogue_stays_up_while_redis_is_away(client: Client, redis_server: PrivateRedis) -> None:
    concert = make_concert()
    redis_server.kill()
    for path in ("/", "/api/concerts", f"/api/concerts/{concert.pk}"):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize(("path", "queries"), [("/api/concerts", 3), ("/", 5)])
def test_more_concerts_take_no_more_queries(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, path: str, queries: int
) -> None:
    make_concert()
    make_concert(opens_in=timedelta(hours=1))
    with django_assert_num_queries(queries):
        client.get(path)
    for _ in range(3):
        make_concert()
    with django_assert_num_queries(queries):
        client.get(path)


def test_more_performances_and_grades_take_no_more_queries(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    concert = make_concert()
    with django_assert_num_queries(4):
        client.get(f"/api/concerts/{concert.pk}")
    for _ in range(3):
        Performance.objects.filter(pk=make_performance(in_redis=False).pk).update(concert=concert)
    with django_assert_num_queries(4):
        client.get(f"/api/concerts/{concert.pk}")
    one_of_them = concert.performances.values_list("pk", flat=True)[0]
    with django_assert_num_queries(2):
        client.get(f"/api/performances/{one_of_them}")
