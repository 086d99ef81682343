"""Clients of the API read what was, what is, since when, and until when tickets come back free of charge."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.concerts.models import PerformanceMove
from apps.orders.api.serializers import OrderSerializer
from apps.orders.bodies import read_bodies
from apps.orders.models import Order
from apps.orders.selectors import list_orders
from tests.factories import make_performance, make_venue
from tests.moving import move_show, twin_of
from tests.paid_orders import PaidOrders, access_token

pytestmark = pytest.mark.django_db(transaction=True)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def show_of(client: Client, performance_id: int) -> Any:
    return client.get(f"/api/performances/{performance_id}").json()


def own(client: Client, order: Order, path: str = "") -> Any:
    bearer = {"Authorization": f"Bearer {access_token(order.user_id)}"}
    return client.get(f"/api/orders{path}", headers=bearer).json()


def test_a_performance_tells_its_moves(client: Client) -> None:
    show = make_performance()
    assert (show_of(client, show.pk)["moved_at"], show_of(client, show.pk)["moves"]) == (None, [])
    first = move_show(show, venue_id=make_venue().pk)
    second = move_show(show)

    body = show_of(client, show.pk)

    assert moment(body["moved_at"]) == second.moved_at
    newest, oldest = body["moves"]
    assert moment(newest["from_starts_at"]) == first.to_starts_at
    assert (oldest["from_venue"]["name"], oldest["to_venue"]["name"]) == (first.from_venue.name, first.to_venue.name)
    assert oldest["from_venue"]["time_zone"] == "Asia/Seoul"
    assert moment(newest["free_return_until"]) == second.free_return_until
    assert newest["reason"] == second.reason
    assert body["moves"] == client.get(f"/api/concerts/{show.concert_id}").json()["performances"][0]["moves"]
    assert body["moves"] == client.get("/api/concerts").json()["results"][0]["performances"][0]["moves"]


def test_a_list_asks_one_query_more_for_any_number_of_moves(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    shows = [make_performance(in_redis=False) for _ in range(3)]
    with django_assert_num_queries(3):
        client.get("/api/concerts")
    for show in shows:
        move_show(show)

    with django_assert_num_queries(4):
        client.get("/api/concerts")


def test_an_order_and_its_valid_tickets_tell_until_when_they_come_back(paid_orders: PaidOrders, client: Client) -> None:
    order = paid_orders.sell(0, 1)
    assert own(client, order, f"/{order.pk}")["free_return_until"] is None
    paid_orders.cancel(order, line_ids=[1])
    move = move_show(paid_orders.performance, venue_id=twin_of(paid_orders.performance).pk)

    body = own(client, order, f"/{order.pk}")

    assert moment(body["free_return_until"]) == move.free_return_until
    assert moment(body["moved_at"]) == move.moved_at
    assert (body["moves"][0]["from_venue"]["name"], body["venue_name"]) == (move.from_venue.name, move.to_venue.name)
    dead, valid = body["tickets"]
    assert (dead["free_return_until"], moment(valid["free_return_until"])) == (None, move.free_return_until)
    assert own(client, order)["results"][0]["moves"] == body["moves"]


def test_whoever_ordered_after_the_move_reads_of_it_and_is_promised_nothing(
    paid_orders: PaidOrders, client: Client
) -> None:
    move_show(paid_orders.performance)
    order = paid_orders.sell(0)

    body = own(client, order, f"/{order.pk}")

    assert (len(body["moves"]), body["free_return_until"], body["tickets"][0]["free_return_until"]) == (1, None, None)


def test_both_lanes_tell_the_same(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)
    move_show(paid_orders.performance, venue_id=twin_of(paid_orders.performance).pk)
    move_show(paid_orders.performance)

    _owner, fast = read_bodies([order.pk])[order.pk]
    with timezone.override(UTC):
        slow = OrderSerializer(list_orders(order.user_id).get(pk=order.pk)).data

    assert [move.reason for move in fast.moves] == [move["reason"] for move in slow["moves"]]
    assert [move.moved_at for move in fast.moves] == [moment(move["moved_at"]) for move in slow["moves"]]
    assert fast.free_return_until == moment(slow["free_return_until"])
    assert [one.free_return_until for one in fast.tickets] == [
        moment(one["free_return_until"]) for one in slow["tickets"]
    ]


def test_the_answer_to_a_payment_after_the_move_tells_of_it(paid_orders_fast_lane: PaidOrders) -> None:
    sale = paid_orders_fast_lane
    order = sale.reserve(0)
    move_show(sale.performance)

    answer = sale.confirm(order, sale.agree(order)).json()

    move = PerformanceMove.objects.get()
    assert moment(answer["order"]["free_return_until"]) == move.free_return_until
    assert moment(answer["tickets"][0]["free_return_until"]) == move.free_return_until
