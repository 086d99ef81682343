"""Whoever holds seats of a show that is moved sees the new date, and agrees to it, before anything is charged."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.concerts.models import Performance
from apps.concerts.move_stamp import move_stamp
from apps.orders.models import Order
from apps.payments.models import PaymentAttempt
from tests.factories import make_user
from tests.integration.payments.pages.visitor import Visitor, data_of, owner_of, text_of
from tests.moving import move_show, not_carried_out, twin_of
from tests.pages import parts
from tests.paid_orders import PaidOrders, status_of_order

pytestmark = pytest.mark.django_db(transaction=True)

CHOICES = {
    "booker": "new", "name": "김하늘", "phone": "010-1234-5678", "email": "sky@example.com", "delivery": "MOBILE",
    "method": "CARD", "agree_fees": "on", "agree_data": "on",
}  # fmt: skip


def stamp(paid_orders: PaidOrders) -> str:
    return move_stamp(Performance.objects.get(pk=paid_orders.performance.pk))


def asks(answer: Any) -> bool:
    return "Pay for the new date" in text_of(answer)


@pytest.fixture
def held(paid_orders: PaidOrders) -> Order:
    """An order whose seats were held before the show got another date and hall."""
    order = paid_orders.reserve(0, 1)
    move_show(paid_orders.performance, venue_id=twin_of(paid_orders.performance).pk)
    order.refresh_from_db()
    return order


def test_the_checkout_shows_both_dates_first_and_goes_on_when_one_agrees(paid_orders: PaidOrders, held: Order) -> None:
    visitor = owner_of(held)

    first = visitor.get("checkout", held)
    assert asks(first)
    assert "Let the seats go" in text_of(first)
    (box,) = parts(first, ".moved")
    assert held.performance.venue.name in box
    assert not asks(visitor.get("checkout", held, moved=stamp(paid_orders)))
    assert asks(visitor.get("checkout", held, moved="")), "what was agreed to was the old date"


def test_an_order_that_was_placed_after_the_move_goes_on_at_once(paid_orders: PaidOrders) -> None:
    move_show(paid_orders.performance)
    order = paid_orders.reserve(0)

    assert not asks(owner_of(order).get("checkout", order))


def test_seats_chosen_on_a_page_from_before_the_move_are_asked_about_as_well(paid_orders: PaidOrders) -> None:
    move_show(paid_orders.performance)
    order = paid_orders.reserve(0)

    assert asks(owner_of(order).get("checkout", order, moved=""))


def test_a_checkout_from_before_the_move_stores_nothing_and_opens_no_window(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    visitor = owner_of(order)
    assert 'name="moved" value=""' in visitor.get("checkout", order).content.decode()
    move_show(paid_orders.performance)

    answer = visitor.post("checkout", order, **CHOICES, moved="")

    assert (answer.status_code, answer.json()["code"]) == (409, "show_moved")
    order.refresh_from_db()
    assert order.booker_name == ""


def test_what_was_agreed_to_goes_along_through_the_payment_window(paid_orders: PaidOrders, held: Order) -> None:
    visitor = owner_of(held)

    answer = visitor.post("checkout", held, **CHOICES, moved=stamp(paid_orders))

    request = answer.json()["request"]
    for address in (request["successUrl"], request["failUrl"]):
        assert parse_qs(urlsplit(address).query) == {"moved": [stamp(paid_orders)]}
    failed = visitor.get("payment-fail", held, code="USER_CANCEL", moved=stamp(paid_orders))
    assert f"checkout/?moved={stamp(paid_orders)}" in failed.content.decode()


def back(visitor: Visitor, order: Order, key: str, **more: str) -> Any:
    return visitor.get("payment-success", order, paymentKey=key, orderId=order.pk, amount=str(order.amount_krw), **more)


def test_moved_while_the_window_was_open_nothing_is_confirmed_before_one_agrees(
    paid_orders: PaidOrders, held: Order
) -> None:
    visitor, key = owner_of(held), paid_orders.agree(held)

    answer = back(visitor, held, key)

    assert asks(answer)
    assert not PaymentAttempt.objects.exists()
    agreed = data_of(back(visitor, held, key, moved=stamp(paid_orders)))["confirm"]
    paid = paid_orders.post("/api/payments/confirm", agreed, user_id=held.user_id)
    assert (paid.status_code, paid.json()["status"]) == (200, "PAID")


def test_moved_once_more_after_that_it_is_asked_again(paid_orders: PaidOrders, held: Order) -> None:
    old = stamp(paid_orders)
    move_show(paid_orders.performance)

    assert asks(owner_of(held).get("checkout", held, moved=old))


@pytest.mark.parametrize("lane", ["paid_orders", "paid_orders_fast_lane"])
def test_a_confirmation_that_names_an_older_move_charges_nothing(request: pytest.FixtureRequest, lane: str) -> None:
    sale: PaidOrders = request.getfixturevalue(lane)
    order = sale.reserve(0)
    move_show(sale.performance)
    key = sale.agree(order)
    body = {"paymentKey": key, "orderId": order.pk, "amount": order.amount_krw}

    refused = sale.post("/api/payments/confirm", {**body, "movedAt": None}, user_id=order.user_id)

    moved_at = Performance.objects.get(pk=order.performance_id).moved_at
    assert moved_at is not None
    assert (refused.status_code, refused.json()["code"]) == (409, "show_moved")
    assert refused.json()["moved_at"] == moved_at.isoformat()
    assert status_of_order(order) == "RESERVED"
    assert sale.sandbox.calls("/confirm", mentioning=key) == []
    agreed = sale.post("/api/payments/confirm", {**body, "movedAt": moved_at.isoformat()}, user_id=order.user_id)
    assert (agreed.status_code, agreed.json()["status"]) == (200, "PAID")


@pytest.mark.parametrize("lane", ["paid_orders", "paid_orders_fast_lane"])
def test_a_client_that_does_not_say_what_it_has_seen_pays_as_before(request: pytest.FixtureRequest, lane: str) -> None:
    sale: PaidOrders = request.getfixturevalue(lane)
    order = sale.reserve(0)
    move_show(sale.performance)

    assert sale.confirm(order, sale.agree(order)).status_code == 200


@pytest.mark.parametrize("lane", ["paid_orders", "paid_orders_fast_lane"])
@pytest.mark.parametrize("moved_at", ["yesterday", 17])
def test_what_is_no_moment_is_refused(request: pytest.FixtureRequest, lane: str, moved_at: object) -> None:
    sale: PaidOrders = request.getfixturevalue(lane)
    order = sale.reserve(0)
    body = {"paymentKey": "k", "orderId": order.pk, "amount": order.amount_krw, "movedAt": moved_at}

    answer = sale.post("/api/payments/confirm", body, user_id=order.user_id)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")


def test_while_the_show_moves_the_pages_say_so_and_nothing_is_stored(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    visitor = owner_of(order)
    with not_carried_out():
        move_show(paid_orders.performance)

    checkout = visitor.get("checkout", order)
    assert "nothing can be paid meanwhile" in text_of(checkout)
    assert not asks(checkout)
    assert visitor.post("checkout", order, **CHOICES).json()["code"] == "show_moved"
    seats = visitor.client.get(f"/performances/{order.performance_id}/seats/")
    assert "nothing of it is sold meanwhile" in text_of(seats)
    concert = visitor.client.get(f"/concerts/{order.performance.concert.slug}/")
    assert "its sale goes on in a moment" in text_of(concert)


def test_an_order_that_waits_for_its_deposit_says_to_transfer_only_if_the_new_date_suits(
    paid_orders: PaidOrders,
) -> None:
    order = paid_orders.reserve(0)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    move_show(paid_orders.performance)

    page = text_of(owner_of(order).get("order-page", order))

    assert "Transfer the money only if the new date suits you" in page


def test_the_seat_page_leads_on_with_what_it_has_shown(paid_orders: PaidOrders) -> None:
    visitor = Visitor(make_user())
    address = f"/performances/{paid_orders.performance.pk}/seats/"
    assert '"moved": ""' in visitor.client.get(address).content.decode()
    move_show(paid_orders.performance)

    assert f'"moved": "{stamp(paid_orders)}"' in visitor.client.get(address).content.decode()
