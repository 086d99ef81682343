"""After a part of an order was cancelled every box, list, file and mail tells what is left of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from icalendar import Calendar

from apps.counseling.services.customer_context import get_customer_context
from apps.orders.models import Order
from apps.orders.services.send_tickets import mail_tickets
from tests.integration.payments.pages.visitor import owner_of, text_of
from tests.pages import parts
from tests.paid_orders import PaidOrders
from tests.staff import staff_client

GONE, LEFT = "row 1, seat 2", ("row 1, seat 1", "row 1, seat 3")


@pytest.fixture
def order(paid_orders: PaidOrders) -> Order:
    """Three seats were bought, and the second of them given back."""
    order = paid_orders.sell(0, 1, 2)
    assert paid_orders.cancel(order, line_ids=[2]).status_code == 200
    return order


def box(order: Order, page: str, selector: str) -> str:
    """The text of the only part of a page that a selector finds."""
    (found,) = parts(owner_of(order).client.get(page).content.decode(), selector)
    return found


def test_the_seats_on_the_orders_page_add_up_to_those_that_are_left(order: Order) -> None:
    bill = box(order, reverse("order-page", args=[order.pk]), ".bill")

    assert f"{GONE} VIP Cancelled" in bill
    assert bill.endswith("Total of what is left ₩200,000")


def test_the_money_on_the_orders_page_says_what_stays_paid(order: Order) -> None:
    history = box(order, reverse("order-page", args=[order.pk]), ".history")

    assert history.startswith("Paid")
    assert "−₩100,000" in history
    assert history.endswith("Paid, less the refunds ₩200,000")


def test_an_order_that_is_whole_has_one_total(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)

    said = text_of(owner_of(order).get("order-page", order))

    assert "Total ₩200,000" in said
    assert "left" not in said.split("Total")[1]
    assert "less the refunds" not in said


def test_the_list_of_orders_counts_and_prices_what_is_left(order: Order) -> None:
    for page in ("/my/", "/my/orders/"):
        assert "2 seats · ₩200,000" in box(order, page, ".order-text")


def test_the_next_show_names_the_seats_that_are_left(order: Order) -> None:
    stub = box(order, "/my/", ".stub")

    assert "2 tickets" in stub
    assert all(seat in stub for seat in LEFT)
    assert GONE not in stub


def test_the_tickets_on_the_page_and_on_paper_are_those_that_are_left(order: Order) -> None:
    owner = owner_of(order)

    tickets = parts(owner.get("order-page", order).content.decode(), ".ticket")
    sheets = text_of(owner.get("order-print", order))

    assert ["Cancelled" in ticket for ticket in tickets] == [False, True, False]
    assert "2 / 2" in sheets
    assert GONE not in sheets


def test_the_calendar_names_the_seats_that_are_left(order: Order) -> None:
    entry = Calendar.from_ical(owner_of(order).get("order-calendar", order).content).walk("VEVENT")[0]

    assert (str(entry["status"]), int(entry["sequence"])) == ("CONFIRMED", 1)
    assert GONE not in str(entry["description"])
    assert all(seat in str(entry["description"]) for seat in LEFT)


def test_the_cancelling_page_offers_and_prices_what_is_left(order: Order) -> None:
    said = text_of(owner_of(order).get("order-cancel-page", order))

    assert GONE not in said
    assert "Price ₩200,000" in said


def test_the_mail_of_tickets_has_those_that_are_left(order: Order) -> None:
    mail_tickets(order_id=order.pk)

    assert "1열 2번" not in mail.outbox[0].body
    assert mail.outbox[0].body.count("1열") == len(LEFT)


def test_the_desk_is_told_what_is_left(order: Order) -> None:
    context: dict[str, Any] = get_customer_context(order.user_id)["orders"][0]

    assert (context["amount"], context["amount_left"]) == (300_000, 200_000)
    assert (len(context["seats"]), len(context["seats_left"])) == (3, 2)


def test_staff_read_what_is_still_valid(order: Order) -> None:
    staff = staff_client("sales")

    page = staff.get(reverse("admin:orders_order_change", args=[order.pk]))

    assert "Still valid ₩200,000" in text_of(page)
