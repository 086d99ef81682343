"""The page of an order: every state in plain words, its tickets, its money; to its owner only, and without a script."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import segno
from django.urls import reverse
from icalendar import Calendar
from pytest_django import DjangoAssertNumQueries, Settings

from apps.concerts.models import Concert, Performance
from apps.orders.models import ORDER_MOVES, Order, Ticket
from apps.orders.services.change_details import change_details
from apps.orders.services.release_order import expire_orders
from apps.payments.services.execute_refund import settle_refunds
from apps.payments.services.settle_payments import settle_unknown_payments
from tests.factories import make_user
from tests.integration.payments.pages.visitor import Visitor, data_of, owner_of, run_out, text_of
from tests.paid_orders import PaidOrders, status_of_order


def said_of(order: Order) -> str:
    return text_of(owner_of(order).get("order-page", order))


def test_an_order_that_is_not_held_leads_back_to_the_seats(paid_orders: PaidOrders) -> None:
    order = paid_orders.place(0)

    page = owner_of(order).get("order-page", order)

    assert "Your seats are not held yet" in text_of(page)
    assert f"/performances/{order.performance_id}/waiting-room/" in page.content.decode()


def test_a_held_order_leads_on_to_the_payment(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)

    page = owner_of(order).get("order-page", order)

    assert "Your seats are held for you" in text_of(page)
    assert f'href="/orders/{order.pk}/checkout/"' in page.content.decode()
    assert "Seats held for" in text_of(page)


@pytest.mark.parametrize("is_noticed", [False, True])
def test_an_order_whose_time_is_over_says_that_nothing_was_charged(paid_orders: PaidOrders, is_noticed: bool) -> None:
    order = paid_orders.reserve(0)
    run_out(order)
    if is_noticed:
        assert expire_orders() == 1

    page = owner_of(order).get("order-page", order)

    assert "The time for these seats has run out" in text_of(page)
    assert "Choose seats again" in text_of(page)
    assert f"/orders/{order.pk}/checkout/" not in page.content.decode()
    assert f"/orders/{order.pk}/cancel/" not in page.content.decode()


def test_a_payment_that_is_being_checked_asks_for_patience_and_looks_again(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(hang_next=True)
    paid_orders.confirm(order, key)

    page = owner_of(order).get("order-page", order)

    assert "Please do not pay again" in text_of(page)
    assert data_of(page)["status"] == "CONFIRMING"
    assert '<noscript><meta http-equiv="refresh"' in page.content.decode()


def test_a_paid_order_has_a_code_for_every_ticket(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)

    page = owner_of(order).get("order-page", order)

    assert "Your booking is complete" in text_of(page)
    codes = Ticket.objects.filter(order=order).values_list("code", flat=True)
    for code in codes:
        assert f'src="/tickets/{code}/qr.svg"' in page.content.decode()
    assert page.content.decode().count('class="qr"') == 2
    assert "Card" in text_of(page)
    assert "page-data" not in page.content.decode()


def test_a_cancelled_ticket_shows_the_word_in_the_place_of_its_code(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)
    paid_orders.cancel(order, line_ids=[1])
    gone, kept = Ticket.objects.filter(order=order).order_by("line__number")

    page = owner_of(order).get("order-page", order)

    assert gone.code not in page.content.decode()
    assert kept.code in page.content.decode()
    assert page.content.decode().count('class="qr void"') == 1
    assert "some tickets are cancelled" in text_of(page)
    assert "Refunded" in text_of(page)


def test_an_order_that_was_cancelled_whole_keeps_its_history(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    paid_orders.cancel(order)

    said = said_of(order)

    assert "This order is cancelled" in said
    assert "−₩100,000" in said


def test_an_order_that_was_given_up_cost_nothing(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    paid_orders.cancel(order)

    assert "Nothing was charged, and the seats are free again" in said_of(order)


def test_a_refund_whose_outcome_is_open_is_on_its_way(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    paid_orders.sandbox.faults(hang_next=True)
    paid_orders.cancel(order)

    page = owner_of(order).get("order-page", order)

    assert "A cancellation is on its way" in text_of(page)
    assert "Being cancelled" in text_of(page)
    assert data_of(page)["valid_tickets"] == 1
    assert f"/orders/{order.pk}/cancel/" not in page.content.decode()
    settle_refunds()
    assert "This order is cancelled" in said_of(order)


def test_a_refused_refund_says_why(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    paid_orders.sandbox.faults(fail_next=[403, "EXCEED_MAX_REFUND_DUE"])
    paid_orders.cancel(order)

    said = said_of(order)

    assert "Refund refused" in said
    assert "can be refunded automatically is over" in said
    assert "Your cancellation did not go through" in said
    assert "your tickets stay valid" in said


def test_seats_that_were_lost_before_the_payment_cost_nothing(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.lose_hold(order)
    paid_orders.reserve(0)
    assert paid_orders.confirm(order, key).json()["code"] == "seats_unavailable"

    assert "The seats were taken before the payment" in said_of(order)


def test_seats_that_were_lost_during_the_payment_come_back_as_money(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(approve_then_hang_next=True)
    paid_orders.confirm(order, key)
    paid_orders.lose_hold(order)
    paid_orders.sell(0)

    settle_unknown_payments()

    said = said_of(order)
    assert "The seats were gone; your money comes back" in said
    assert "Refunded" in said


def test_a_virtual_account_is_shown_with_bank_number_amount_and_date(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    assert status_of_order(order) == "WAITING_FOR_DEPOSIT"

    page = owner_of(order).get("order-page", order)

    account = order.payment.account
    said = text_of(page)
    assert "Woori Bank" in said
    assert account["number"] in said
    assert "₩100,000" in said
    assert "Cancel without paying" in said
    assert data_of(page)["status"] == "WAITING_FOR_DEPOSIT"


def test_a_deposit_that_did_not_come_is_not_to_be_made_any_more(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    ORDER_MOVES.move(order.pk, {"WAITING_FOR_DEPOSIT"}, "EXPIRED", reason="no deposit came")

    said = said_of(order)

    assert "No deposit came in time" in said
    assert order.payment.account["number"] not in said


def test_pick_up_at_the_venue_is_explained_with_the_tickets(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    change_details(order.pk, user_id=order.user_id, delivery="ON_SITE")
    paid_orders.confirm(order, paid_orders.agree(order))

    assert "at the box office" in said_of(order)


def test_a_code_is_drawn_for_its_owner_and_nobody_else(paid_orders: PaidOrders) -> None:
    ticket = Ticket.objects.get(order=paid_orders.sell(0))
    address = reverse("ticket-qr", args=[ticket.code])

    mine = owner_of(ticket.order).client.get(address)

    assert mine.headers["Content-Type"] == "image/svg+xml"
    assert "private" in mine.headers["Cache-Control"]
    assert drawn(mine.content) == drawn(as_svg(ticket.code))
    assert Visitor(make_user()).client.get(address).status_code == 404
    assert Visitor(None).client.get(address).status_code == 302


def as_svg(code: str) -> bytes:
    return segno.make_qr(code, error="m").svg_inline(scale=8, border=4).encode()


def drawn(svg: bytes) -> bytes:
    """The path of the dark modules."""
    return svg[svg.rindex(b'd="M') :].partition(b'"/>')[0]


def test_a_dead_ticket_has_no_code(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    ticket = Ticket.objects.get(order=order)
    paid_orders.cancel(order)

    answer = owner_of(order).client.get(reverse("ticket-qr", args=[ticket.code]))

    assert (answer.status_code, answer.content) == (410, b"")
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_each_valid_ticket_is_a_sheet_of_the_print(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1, 2)
    paid_orders.cancel(order, line_ids=[2])
    visitor = owner_of(order)

    page = visitor.get("order-print", order).content.decode()

    assert page.count('<article class="sheet"') == 2
    assert page.count("/qr.svg") == 2
    paid_orders.sandbox.set_clock(ahead_seconds=5)
    paid_orders.cancel(order)
    assert visitor.get("order-print", order).url == f"/orders/{order.pk}/"
    assert Visitor(make_user()).get("order-print", order).status_code == 404


def test_the_calendar_has_the_show_in_its_zone(paid_orders: PaidOrders, settings: Settings) -> None:
    order = paid_orders.sell(0, 1)

    answer = owner_of(order).get("order-calendar", order)

    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    event = event_of(answer.content)
    assert event["UID"] == f"{order.pk}@ticket-live"
    assert event["DTSTART"].params["TZID"] == settings.TIME_ZONE
    assert event["DTSTART"].dt == order.performance.starts_at.astimezone(ZoneInfo(settings.TIME_ZONE)).replace(
        microsecond=0
    )
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=100)
    assert event["SUMMARY"] == "달빛 콘서트"
    assert str(event["LOCATION"]).startswith(order.performance.venue.name)
    assert f"/orders/{order.pk}/" in event["DESCRIPTION"]
    assert (event["STATUS"], event["SEQUENCE"]) == ("CONFIRMED", 0)
    assert b"BEGIN:VTIMEZONE" in answer.content
    assert Visitor(make_user()).get("order-calendar", order).status_code == 404


def test_after_a_cancellation_the_same_entry_is_taken_back(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    visitor = owner_of(order)
    before = event_of(visitor.get("order-calendar", order).content)
    paid_orders.cancel(order)

    after = event_of(visitor.get("order-calendar", order).content)

    assert after["UID"] == before["UID"]
    assert after["STATUS"] == "CANCELLED"
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    assert moment(after) >= moment(before)


def test_a_show_that_is_called_off_is_cancelled_in_the_calendar_too(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    Performance.objects.update(status="CANCELLED")

    assert event_of(owner_of(order).get("order-calendar", order).content)["STATUS"] == "CANCELLED"


def test_without_tickets_there_is_no_calendar(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)

    assert owner_of(order).get("order-calendar", order).status_code == 404


def event_of(content: bytes) -> dict[str, object]:
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    return event


def moment(event: dict[str, object]) -> datetime:
    stamp: datetime = event["DTSTAMP"].dt  # type: ignore[attr-defined]
    return stamp


def test_what_people_have_entered_is_text(paid_orders: PaidOrders) -> None:
    Concert.objects.update(title="<script>alert(1)</script>")
    order = paid_orders.sell(0)
    Order.objects.filter(pk=order.pk).update(booker_name="<b>x</b>")

    for name in ("order-page", "order-print"):
        page = owner_of(order).get(name, order).content.decode()
        assert "<script>alert" not in page
        assert "<b>x" not in page


def test_more_tickets_take_no_more_queries(
    paid_orders: PaidOrders, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    orders = [paid_orders.sell(0), paid_orders.sell(*range(1, 9))]
    for name in ("order-page", "order-print", "order-calendar", "order-cancel-page"):
        counts = []
        for order in orders:
            visitor = owner_of(order)
            with django_assert_max_num_queries(26) as queries:
                assert visitor.get(name, order).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1], name


def test_more_refunds_take_no_more_queries(
    paid_orders: PaidOrders, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    order = paid_orders.sell(0, 1, 2)
    counts = []
    for number in (1, 2):
        paid_orders.sandbox.set_clock(ahead_seconds=5 * number)
        paid_orders.cancel(order, line_ids=[number])
        visitor = owner_of(order)
        with django_assert_max_num_queries(16) as queries:
            visitor.get("order-page", order)
        counts.append(len(queries))
    assert counts[0] == counts[1]
