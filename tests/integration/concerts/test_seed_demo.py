"""The demo: repeatable, quick, and never by accident."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from apps.accounts.models import User
from apps.concerts.demo.programme import PROGRAMME, SOLD_OUT_SLUG
from apps.concerts.models import Performance, Seat, Venue
from apps.orders.models import Order, Ticket
from apps.payments.models import Payment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _debug(settings: Settings) -> None:
    settings.DEBUG = True


def seed(*arguments: str) -> str:
    out = io.StringIO()
    call_command("seed_demo", *arguments, stdout=out)
    return out.getvalue()


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (User, Venue, Seat, Performance, Order, Ticket, Payment))


def test_the_demo_has_every_kind_of_sale(client: Client) -> None:
    seed()
    shown = {
        (one["venue"]["seat_count"], one["sale_status"])
        for concert in client.get("/api/concerts").json()["results"]
        for one in concert["performances"]
    }
    assert shown == {(10_000, "on_sale"), (500, "on_sale"), (500, "upcoming"), (120, "on_sale")}
    arena = Performance.objects.get(venue__seat_count=10_000)
    assert arena.waiting_room_mode == "QUEUE"
    assert list(arena.grades.values_list("name", flat=True)) == ["VIP", "R", "S", "A"]


def test_the_sold_out_evening_is_sold_to_the_last_seat_within_the_limit() -> None:
    seed()
    performance = Performance.objects.get(concert__slug=SOLD_OUT_SLUG)
    tickets = Ticket.objects.filter(performance=performance, live=True)
    assert tickets.values("seat").distinct().count() == performance.venue.seat_count
    most = max(row["count"] for row in tickets.values("user").annotate(count=Count("pk")))
    assert most <= performance.limit_per_person
    for order in performance.orders.select_related("payment").prefetch_related("lines", "events"):
        assert order.amount_krw == order.payment.amount_krw == sum(line.price_krw for line in order.lines.all())
        assert [event.to_status for event in order.events.all()] == ["RESERVED", "CONFIRMING", "PAID"]


def test_seeding_again_changes_nothing() -> None:
    first = seed()
    before = counts()
    assert seed() == first
    assert counts() == before


def test_a_sale_that_is_over_gets_a_successor() -> None:
    seed()
    past = timezone.now() - timedelta(days=1)
    Performance.objects.update(sale_opens_at=past - timedelta(days=1), sale_closes_at=past, starts_at=past)
    seed()
    assert Performance.objects.filter(sale_closes_at__gt=timezone.now()).count() == len(PROGRAMME)
    assert Venue.objects.count() == 3


def test_without_debug_the_demo_has_to_be_meant(settings: Settings) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="--force"):
        seed()
    assert counts() == (0,) * 7
    seed("--force")
    assert Venue.objects.count() == 3
