"""My page and my orders: what one has, and nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.common.clock import database_now
from apps.concerts.models import Concert, Performance
from apps.orders.models import Order
from apps.orders.pages.my import NEXT_SHOWS, ORDERS_A_PAGE
from apps.orders.states import OrderStatus
from tests.factories import make_performance, make_user
from tests.order_factories import make_order
from tests.pages import in_english, parts

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer() -> User:
    return make_user()


@pytest.fixture
def mine(client: Client, buyer: User) -> Client:
    """The buyer's browser."""
    client.force_login(buyer)
    return client


def make_show(title: str = "달빛 콘서트", *, starts_in: timedelta = timedelta(days=30)) -> Performance:
    performance = make_performance(
        in_redis=False, starts_in=starts_in, opens_in=timedelta(days=-9), closes_in=starts_in - timedelta(hours=1)
    )
    Concert.objects.filter(pk=performance.concert_id).update(title=title)
    return performance


@pytest.mark.parametrize("path", ["/my/", "/my/orders/"])
def test_a_stranger_is_sent_to_the_log_in_and_back(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/log-in/?next={path.replace('/', '%2F')}")


def test_my_page_has_the_next_shows_with_seats_and_a_way_to_the_tickets(mine: Client, buyer: User) -> None:
    later = make_order(buyer, make_show("나중 <공연>", starts_in=timedelta(days=9)))
    sooner = make_order(buyer, make_show("먼저 <공연>", starts_in=timedelta(days=2)), seats=1)
    page = in_english(mine, "/my/")
    stubs = parts(page, ".stub")
    assert ["먼저" in stubs[0], "나중" in stubs[1]] == [True, True]
    assert "row 1, seat 1" in stubs[0]
    assert "1 ticket Open tickets" in stubs[0]
    assert "2 tickets Open tickets" in stubs[1]
    assert "먼저 &lt;공연&gt;" in page
    for order in (sooner, later):
        assert f'href="/orders/{order.pk}/"' in page


def test_a_show_that_is_over_or_was_given_back_is_none_to_come(mine: Client, buyer: User) -> None:
    make_order(buyer, make_show(starts_in=timedelta(hours=-7)))
    make_order(buyer, make_show(), cancelled=2, status=OrderStatus.PAID)
    make_order(buyer, make_show(), status=OrderStatus.CANCELLED)
    assert "You have no ticket for a show to come." in in_english(mine, "/my/")


def test_a_ticket_stays_at_hand_while_its_show_goes_on(mine: Client, buyer: User) -> None:
    make_order(buyer, make_show(starts_in=timedelta(hours=-1)))
    assert len(parts(mine.get("/my/"), ".stub")) == 1


def test_a_show_that_the_organiser_cancelled_is_marked(mine: Client, buyer: User) -> None:
    performance = make_show()
    make_order(buyer, performance)
    Performance.objects.update(status=Performance.Status.CANCELLED)
    assert "The show is called off" in in_english(mine, "/my/")


def test_what_waits_for_payment_is_to_be_finished_until_its_time_is_over(mine: Client, buyer: User) -> None:
    waiting = make_order(buyer, make_show(), status=OrderStatus.RESERVED)
    page = in_english(mine, "/my/")
    assert "To be finished" in page
    assert f'href="/orders/{waiting.pk}/checkout/"' in page
    Order.objects.update(expires_at=database_now() - timedelta(seconds=1))
    page = in_english(mine, "/my/")
    assert "To be finished" not in page
    assert "checkout" not in page


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (OrderStatus.PENDING, "Not reserved"),
        (OrderStatus.RESERVED, "Waiting for payment"),
        (OrderStatus.CONFIRMING, "Payment being checked"),
        (OrderStatus.WAITING_FOR_DEPOSIT, "Waiting for deposit"),
        (OrderStatus.PAID, "Booked"),
        (OrderStatus.CANCELLED, "Cancelled"),
        (OrderStatus.EXPIRED, "Not paid in time"),
    ],
)
def test_every_state_is_told_in_plain_words(mine: Client, buyer: User, status: OrderStatus, words: str) -> None:
    make_order(buyer, make_show(), status=status)
    (order,) = parts(in_english(mine, "/my/orders/"), ".order")
    assert words in order
    assert "₩200,000" in order


def test_an_order_of_which_some_tickets_were_given_back_says_so(mine: Client, buyer: User) -> None:
    make_order(buyer, make_show(), seats=3, cancelled=1)
    (order,) = parts(in_english(mine, "/my/orders/"), ".order")
    assert "Partly cancelled" in order
    (stub,) = parts(in_english(mine, "/my/"), ".stub")
    assert "2 tickets" in stub


def test_orders_come_in_pages_and_by_kind_and_only_mine(mine: Client, buyer: User) -> None:
    performance = make_show()
    now = database_now()
    for number in range(ORDERS_A_PAGE + 1):
        make_order(buyer, performance, seats=1, skip=number, created_at=now - timedelta(minutes=number))
    make_order(buyer, performance, status=OrderStatus.EXPIRED)
    make_order(make_user(), performance, seats=1, skip=20)
    page = in_english(mine, "/my/orders/", kind="booked")
    assert len(parts(page, ".order")) == ORDERS_A_PAGE
    assert "?kind=booked&amp;page=2" in page
    assert len(parts(in_english(mine, "/my/orders/", kind="booked", page="2"), ".order")) == 1
    assert len(parts(in_english(mine, "/my/orders/", kind="ended"), ".order")) == 1
    assert len(parts(in_english(mine, "/my/orders/", kind="nonsense", page="2"), ".order")) == 2


def test_nobody_has_ordered_anything_yet(mine: Client) -> None:
    assert "You have not ordered anything yet." in in_english(mine, "/my/orders/")


@pytest.mark.parametrize(("path", "queries"), [("/my/", 11), ("/my/orders/", 6)])
def test_more_orders_take_no_more_queries(
    mine: Client, buyer: User, django_assert_num_queries: DjangoAssertNumQueries, path: str, queries: int
) -> None:
    def order() -> None:
        make_order(buyer, make_show())
        make_order(buyer, make_show(), status=OrderStatus.RESERVED)

    order()
    mine.get(path)  # the session
    with django_assert_num_queries(queries):
        mine.get(path)
    for _ in range(NEXT_SHOWS):
        order()
    with django_assert_num_queries(queries):
        mine.get(path)
