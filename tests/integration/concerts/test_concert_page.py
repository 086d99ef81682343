"""The page of one concert."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Role
from apps.concerts.models import CancellationPolicy, Concert, Performance, WaitingRoomMode
from apps.concerts.pages.concert import ROWS_AT_ONCE
from apps.concerts.services.block_seats import block_seats
from tests.factories import make_performance, make_user, make_venue, seat_ids
from tests.pages import in_english, parts
from tests.servers import PrivateRedis

pytestmark = pytest.mark.django_db


def make_concert(count: int = 1, **performance: Any) -> Concert:
    """A concert with so many performances, a day apart."""
    first = make_performance(in_redis=False, **performance)
    for day in range(1, count):
        other = Performance.objects.get(pk=first.pk)
        other.pk = None
        other.starts_at += timedelta(days=day)
        other.save()
    return first.concert


def address(concert: Concert) -> str:
    return f"/concerts/{concert.slug}/"


def phases(client: Client, concert: Concert) -> list[str]:
    page = client.get(address(concert)).content.decode()
    return re.findall(r'data-phase-now="(\w+)"', page)


def test_the_page_says_what_one_wants_to_know_before_booking(client: Client) -> None:
    concert = make_concert()
    Concert.objects.update(description="첫째 줄\n둘째 <줄>", notice="지각하면 <못> 들어갑니다", age_limit=8)
    venue = concert.performances.get().venue
    venue.address = "서울시 <달빛로> 1"
    venue.save()
    page = in_english(client, address(concert))
    for text in ("달빛 콘서트", "100 minutes", "8 and over", "VIP", "₩100,000", "₩60,000", "4 tickets a person"):
        assert text in page
    for escaped in ("둘째 &lt;줄&gt;", "지각하면 &lt;못&gt;", "서울시 &lt;달빛로&gt; 1"):
        assert escaped in page


def test_an_unknown_address_is_not_found(client: Client) -> None:
    assert client.get("/concerts/no-such-concert/").status_code == 404


@pytest.mark.parametrize(
    ("times", "mode", "phase"),
    [
        ({"opens_in": timedelta(hours=2)}, WaitingRoomMode.QUEUE, "upcoming"),
        ({"opens_in": timedelta(minutes=20)}, WaitingRoomMode.QUEUE, "line"),
        ({"opens_in": timedelta(minutes=20)}, WaitingRoomMode.OPEN, "upcoming"),
        ({}, WaitingRoomMode.OPEN, "open"),
        ({"opens_in": timedelta(days=-2), "closes_in": timedelta(days=-1)}, WaitingRoomMode.OPEN, "closed"),
    ],
)
def test_the_button_follows_the_sale(client: Client, times: dict[str, Any], mode: WaitingRoomMode, phase: str) -> None:
    assert phases(client, make_concert(mode=mode, **times)) == [phase]


def test_only_the_phase_s_own_button_is_shown(client: Client) -> None:
    page = client.get(address(make_concert())).content.decode()
    shown = re.findall(r'<p data-phase="(\w+)">', page)
    hidden = re.findall(r'<p data-phase="(\w+)" hidden>', page)
    assert (shown, sorted(hidden)) == (["open"], ["closed", "line", "upcoming"])


def test_a_cancelled_performance_is_shown_as_cancelled_and_cannot_be_booked(client: Client) -> None:
    concert = make_concert()
    concert.performances.update(status=Performance.Status.CANCELLED, cancelled_reason="The singer is ill.")
    page = in_english(client, address(concert))
    assert phases(client, concert) == ["cancelled"]
    assert "Called off" in page
    assert "The singer is ill." in page
    assert "/waiting-room/" not in page
    assert "This show does not take place." in page


@pytest.mark.parametrize(
    ("mode", "words"), [("PAUSED", "Entry is paused for the moment"), ("CLOSED", "Nobody is let in for the moment")]
)
def test_a_line_that_stands_still_is_said(client: Client, mode: str, words: str) -> None:
    assert words in in_english(client, address(make_concert(mode=WaitingRoomMode(mode))))


def test_a_concert_without_dates_says_that_they_will_come(client: Client) -> None:
    concert = make_concert()
    concert.performances.all().delete()
    assert "Dates will be announced." in in_english(client, address(concert))


def test_many_dates_are_a_click_away(client: Client) -> None:
    page = in_english(client, address(make_concert(ROWS_AT_ONCE + 2)))
    shown, more = page.split("2 more dates")
    assert (shown.count("data-phase-now"), more.count("data-phase-now")) == (ROWS_AT_ONCE, 2)


def test_rows_are_short_only_where_hall_and_limit_are_the_same(client: Client) -> None:
    alike, on_tour = make_concert(5), make_concert(5)
    Performance.objects.filter(pk=on_tour.performances.all()[0].pk).update(venue=make_venue())
    rows = [parts(client.get(address(concert)), ".performance") for concert in (alike, on_tour)]
    hall = alike.performances.all()[0].venue.name
    assert not any(hall in row for row in rows[0])
    assert all("hall" in row for row in rows[1])


def test_performances_of_the_same_prices_share_a_table(client: Client) -> None:
    concert = make_concert()
    alike = make_performance(in_redis=False)
    dearer = make_performance(in_redis=False)
    dearer.grades.filter(name="VIP").update(price_krw=120_000)
    for number, one in enumerate((alike, dearer), start=1):
        Performance.objects.filter(pk=one.pk).update(concert=concert, starts_at=one.starts_at + timedelta(days=number))
    tables = parts(client.get(address(concert)), ".prices")
    assert len(tables) == 2
    assert "100,000" in tables[0]
    assert "120,000" in tables[1]


def test_the_cancellation_policy_stands_there_with_the_last_days(client: Client) -> None:
    concert = make_concert(starts_in=timedelta(days=30))
    page = in_english(client, address(concert))
    (table,) = parts(client.get(address(concert), headers={"Accept-Language": "en"}), ".policy")
    starts_at = timezone.localdate(concert.performances.get().starts_at)
    last_free = starts_at - timedelta(days=10)
    assert "Until 10 days before the show" in table
    assert f"{last_free:%B} {last_free.day}" in table
    assert "90% of the ticket price" in table
    assert "Free of charge within 1 day of booking, up to 3 days before the show." in page


def test_search_engines_and_messengers_are_told_in_data_that_cannot_run(client: Client) -> None:
    concert = make_concert()
    Concert.objects.update(description="</script><script>alert(1)</script>", poster="https://posters.example/1.jpg")
    page = client.get(address(concert)).content.decode()
    assert "<script>alert" not in page
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    (event,) = json.loads(block)["@graph"]
    assert event["@type"] == "MusicEvent"
    assert event["offers"] | {"validFrom": ""} == {
        "@type": "AggregateOffer",
        "priceCurrency": "KRW",
        "lowPrice": 60_000,
        "highPrice": 100_000,
        "validFrom": "",
        "availability": "https://schema.org/InStock",
        "url": f"http://testserver{address(concert)}",
    }
    assert '<meta property="og:image" content="https://posters.example/1.jpg">' in page
    assert f'<link rel="canonical" href="http://testserver{address(concert)}">' in page


def test_more_dates_and_prices_take_no_more_queries(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    one, many = make_concert(), make_concert(ROWS_AT_ONCE + 5)
    for number, performance in enumerate(many.performances.all()):
        performance.grades.create(name="S", price_krw=number)
    for concert in (one, many):
        with django_assert_num_queries(4):
            client.get(address(concert))


def test_a_policy_of_staff_s_own_is_told_in_words(client: Client) -> None:
    concert = make_concert()
    policy = CancellationPolicy.objects.create(name="none but the fee", booking_fee_krw=1_000)
    policy.tiers.create(days_before_min=2, percent=5, per_ticket_krw=2_000, cap_percent=20)
    Concert.objects.update(cancellation_policy=policy)
    page = in_english(client, address(concert))
    assert "5% of the ticket price + ₩2,000 a ticket (at most 20% of the ticket price)" in page
    assert "No refund" in page
    assert "The booking fee of ₩1,000 a ticket is refunded only on the day of booking." in page


def test_what_is_on_sale_says_how_many_seats_are_left(client: Client) -> None:
    performance = make_performance()
    assert "<b>80</b> seats left" in in_english(client, address(performance.concert))


def test_a_house_that_is_full_for_now_says_so_and_still_lets_people_look(client: Client) -> None:
    performance = make_performance(venue=make_venue(rows=1, seats=1))
    both = [*seat_ids(performance, 1, section="A"), *seat_ids(performance, 1, section="B")]
    block_seats(performance, both, actor_id=make_user(role=Role.STAFF).pk)
    page = in_english(client, address(performance.concert))
    assert "Sold out for now" in page
    assert "Look for returned seats" in page


def test_without_redis_the_page_is_there_and_says_nothing_of_seats(client: Client, redis_server: PrivateRedis) -> None:
    performance = make_performance()
    redis_server.kill()
    page = in_english(client, address(performance.concert))
    assert re.search(r">\s*Book\s*</a>", page)
    assert not parts(page, ".left")


def test_a_sale_to_come_can_be_put_into_a_calendar(client: Client) -> None:
    performance = make_performance(in_redis=False, opens_in=timedelta(days=2))
    reminder = f"/performances/{performance.pk}/sale.ics"
    assert f'href="{reminder}"' in client.get(address(performance.concert)).content.decode()
    answer = client.get(reminder, headers={"Accept-Language": "en"})
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = Calendar.from_ical(answer.content).events
    assert event.start == performance.sale_opens_at.replace(microsecond=0)
    assert event["summary"] == "Tickets for 달빛 콘서트 go on sale"
    assert event["url"] == f"http://testserver{address(performance.concert)}"
    assert event.alarms.times[0].trigger == event.start - timedelta(minutes=10)


@pytest.mark.parametrize("change", [{"status": "CANCELLED"}, {"sale_opens_at": timezone.now() - timedelta(hours=1)}])
def test_nobody_is_reminded_of_a_sale_that_has_opened_or_never_will(client: Client, change: dict[str, Any]) -> None:
    performance = make_performance(in_redis=False, opens_in=timedelta(days=2))
    Performance.objects.update(**change)
    assert "sale.ics" not in client.get(address(performance.concert)).content.decode()
    assert client.get(f"/performances/{performance.pk}/sale.ics").status_code == 404
