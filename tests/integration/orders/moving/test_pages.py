"""A show that was moved says so wherever it is shown: what was, what is, and until when tickets come back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.common.clock import database_now
from apps.common.templatetags.ticketlive import in_words
from apps.concerts.models import PerformanceMove
from apps.orders.models import Order
from tests.integration.payments.pages.visitor import owner_of, text_of
from tests.moving import move_show, twin_of
from tests.pages import in_english, parts
from tests.paid_orders import PaidOrders

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(paid_orders: PaidOrders) -> Order:
    """An order of a show that got another date and another hall since."""
    order = paid_orders.sell(0)
    move_show(paid_orders.performance, venue_id=twin_of(paid_orders.performance).pk)
    order.refresh_from_db()
    return order


def both(order: Order) -> list[str]:
    """The old and the new date in English, and the old and the new hall."""
    move = PerformanceMove.objects.select_related("from_venue", "to_venue").get(performance=order.performance_id)
    return [move.from_venue.name, move.to_venue.name, f"{move.started_there:%Y}", f"{move.starts_there:%Y}"]


@pytest.mark.parametrize("page", ["order-page", "order-print"])
def test_an_orders_pages_have_both_side_by_side(order: Order, page: str) -> None:
    moved = parts(owner_of(order).get(page, order).content.decode(), ".moved")

    assert moved
    assert all(part in box for box in moved for part in both(order))


def test_the_show_its_line_its_seats_and_my_page_have_both(order: Order) -> None:
    client = owner_of(order).client
    show = order.performance
    pages = [
        reverse("concert-page", args=[show.concert.slug]),
        f"/performances/{show.pk}/seats/",
        "/my/",
        f"/orders/{order.pk}/",
    ]
    for page in pages:
        (box, *_more) = parts(in_english(client, page), ".moved")
        assert all(part in box for part in both(order)), page


def test_a_show_that_was_never_moved_has_no_such_box(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)

    assert not parts(owner_of(order).get("order-page", order).content.decode(), ".moved")


def test_the_order_and_its_cancelling_say_until_when_nothing_is_kept(order: Order) -> None:
    owner = owner_of(order)

    assert "return the tickets free of charge until" in text_of(owner.get("order-page", order))
    cancelling = text_of(owner.get("order-cancel-page", order))
    assert "nothing is kept" in cancelling
    assert "Refund ₩100,000" in cancelling

    PerformanceMove.objects.update(free_return_until=database_now() - timedelta(seconds=1))
    assert "free of charge until" not in text_of(owner.get("order-page", order))


def test_search_engines_read_what_was(order: Order, client: Client) -> None:
    page = in_english(client, reverse("concert-page", args=[order.performance.concert.slug]))
    move = PerformanceMove.objects.get()

    assert "https://schema.org/EventRescheduled" in page
    assert f'"previousStartDate": "{move.started_there.isoformat()}"' in page


def test_the_mail_of_tickets_has_the_new_date(order: Order) -> None:
    move = PerformanceMove.objects.get()
    assert in_words(move.to_starts_at, "day") != in_words(move.from_starts_at, "day")
    assert order.performance.starts_at == move.to_starts_at
