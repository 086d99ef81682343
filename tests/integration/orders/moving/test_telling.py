"""Whoever has tickets of a show that was moved, or seats held, gets one mail: what was, what is, and why."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from icalendar import Calendar

from apps.accounts.models import Booker
from apps.common.database import outbox
from apps.common.database.transactions import retried_transaction
from apps.common.models import OutboxMessage
from apps.concerts.models import PerformanceMove
from apps.concerts.services.close_performance import close_performance
from apps.orders.calendar import order_calendar
from apps.orders.models import Order
from apps.orders.services.moving import tell_moved as telling
from apps.orders.services.moving.tell_moved import tell_moved
from apps.orders.services.send_tickets import mail_tickets
from tests.factories import make_user
from tests.moving import move_show, twin_of
from tests.paid_orders import PaidOrders

pytestmark = pytest.mark.django_db(transaction=True)


def entry_of(order: Order) -> Any:
    tickets = list(order.tickets.select_related("seat__section"))
    return Calendar.from_ical(order_calendar(Order.objects.get(pk=order.pk), tickets, page="https://x/")).walk(
        "VEVENT"
    )[0]


def test_holders_are_told_once_and_nobody_else(paid_orders: PaidOrders) -> None:
    sold, held = paid_orders.sell(0, 1), paid_orders.reserve(2)
    paid_orders.place(3)
    paid_orders.cancel(paid_orders.sell(4))
    move = move_show(paid_orders.performance)

    assert tell_moved() == 2
    assert tell_moved() == 0

    assert sorted(one.to[0] for one in mail.outbox) == sorted([sold.user.email, held.user.email])
    move.refresh_from_db()
    assert (move.notified, move.notified_at is not None) == (2, True)
    assert not OutboxMessage.objects.exists()


def test_the_mail_has_what_was_what_is_and_the_calendars_entry(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    old_hall, hall = paid_orders.performance.venue, twin_of(paid_orders.performance)
    move = move_show(paid_orders.performance, venue_id=hall.pk)

    tell_moved()

    (sent,) = mail.outbox
    for part in (old_hall.name, hall.name, f"{move.started_there:%H:%M} (KST)", move.reason, "1열 1번", order.pk):
        assert part in sent.body
    name, content, kind = sent.attachments[0]
    entry = Calendar.from_ical(content).walk("VEVENT")[0]
    assert (kind, name) == ("text/calendar", f"ticket-live-{order.pk}.ics")
    assert (str(entry["uid"]), int(entry["sequence"])) == (f"{order.pk}@ticket-live", 1)
    assert entry["dtstart"].dt == move.to_starts_at.replace(microsecond=0)
    assert hall.name in str(entry["location"])


def test_a_calendar_takes_the_newer_entry(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)
    before = entry_of(order)
    move_show(paid_orders.performance)
    moved = entry_of(order)
    paid_orders.cancel(order, line_ids=[1])
    cancelled = entry_of(order)

    assert [int(entry["sequence"]) for entry in (before, moved, cancelled)] == [0, 1, 2]
    assert len({str(entry["uid"]) for entry in (before, moved, cancelled)}) == 1
    assert before["dtstamp"].dt <= moved["dtstamp"].dt <= cancelled["dtstamp"].dt
    assert moved["last-modified"].dt == moved["dtstamp"].dt
    assert moved["dtstart"].dt != before["dtstart"].dt


def test_who_tells_may_die_at_any_mail_and_everybody_is_told(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [paid_orders.sell(seat) for seat in range(5)]
    move_show(paid_orders.performance)
    monkeypatch.setattr(telling, "BATCH", 2)
    with monkeypatch.context() as dying:
        dying.setattr(outbox, "try_now", lambda _ids: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tell_moved()

    assert tell_moved() == 3
    OutboxMessage.objects.update(next_attempt_at="2020-01-01T00:00:00Z")
    outbox.relay()

    assert sorted(one.to[0] for one in mail.outbox) == sorted(order.user.email for order in orders)


def test_a_mail_server_that_is_away_is_asked_again(paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch) -> None:
    paid_orders.sell(0)
    move = move_show(paid_orders.performance)
    with monkeypatch.context() as away:
        away.setattr(telling.EmailMessage, "send", lambda _self: 1 / 0)
        assert tell_moved() == 1
    assert mail.outbox == []

    OutboxMessage.objects.update(next_attempt_at="2020-01-01T00:00:00Z")
    outbox.relay()

    assert len(mail.outbox) == 1
    assert PerformanceMove.objects.get(pk=move.pk).notified == 1


def test_an_order_that_ended_before_its_mail_is_not_written_to(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid_orders.sell(0)
    move_show(paid_orders.performance)
    monkeypatch.setattr(outbox, "try_now", lambda _ids: 0)
    tell_moved()
    paid_orders.cancel(order)

    OutboxMessage.objects.update(next_attempt_at="2020-01-01T00:00:00Z")
    outbox.relay()

    assert mail.outbox == []


def test_who_ordered_after_the_move_is_not_told_of_it(paid_orders: PaidOrders) -> None:
    move_show(paid_orders.performance)
    paid_orders.sell(0)

    assert tell_moved() == 0


def test_the_booker_is_written_to_where_there_is_one(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, user=make_user())
    assert not Booker.objects.exists()
    Order.objects.filter(pk=order.pk).update(booker_email="friend@example.com")
    move_show(paid_orders.performance)

    tell_moved()

    assert mail.outbox[0].to == ["friend@example.com"]


def test_nobody_is_told_of_a_move_of_a_show_that_was_called_off_since(paid_orders: PaidOrders) -> None:
    """That it was moved and the tickets stay valid is not true any more; its calling off tells everybody."""
    paid_orders.sell(0)
    move = move_show(paid_orders.performance)
    retried_transaction(close_performance)(paid_orders.performance.pk, reason="ill")

    assert tell_moved() == 0

    move.refresh_from_db()
    assert (mail.outbox, move.notified_at is not None) == ([], True)


def test_a_promised_mail_of_a_move_is_not_sent_once_the_show_is_called_off(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    move = move_show(paid_orders.performance)
    retried_transaction(close_performance)(paid_orders.performance.pk, reason="ill")

    telling.mail_move(move_id=move.pk, order_id=order.pk)

    assert not mail.outbox


def test_promised_tickets_are_not_sent_once_the_show_is_called_off(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    retried_transaction(close_performance)(paid_orders.performance.pk, reason="ill")

    mail_tickets(order_id=order.pk)

    assert not mail.outbox
