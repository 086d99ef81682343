"""Staff end deposits before their time, many at once: seats free, accounts closed, acts noted, buyers told."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.common.admin.audit import list_sources, read_audit
from apps.common.database import outbox
from apps.common.errors import ValidationFailed
from apps.common.models import OutboxMessage
from apps.orders.models import Order
from apps.payments.deposits.release import release_deposits
from apps.payments.models import Payment, Refund, StaffAct
from apps.payments.services.settle_payments import settle_order
from tests.factories import make_user
from tests.integration.payments.pages.visitor import owner_of, text_of
from tests.paid_orders import PaidOrders, assert_books_balance, status_of_order
from tests.staff import make_staff, staff_client

LIST = "admin:payments_waitingdeposit_changelist"


@pytest.fixture
def clerk(transactional_db: None) -> User:
    return make_staff("sales")


@pytest.fixture
def waiting(paid_orders: PaidOrders) -> list[Order]:
    """Three orders of two seats each that wait for their deposits."""
    orders = [paid_orders.reserve(seat, seat + 1) for seat in (0, 2, 4)]
    for order in orders:
        assert paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌")).status_code == 200
        order.refresh_from_db()
    return orders


def relay_all() -> None:
    OutboxMessage.objects.update(next_attempt_at=Now())
    outbox.relay()


def account_of(paid_orders: PaidOrders, order: Order) -> str:
    return str(paid_orders.sandbox.payment(Payment.objects.get(order=order).payment_key)["status"])


def test_the_seats_are_free_at_once_and_the_worker_closes_the_accounts(
    paid_orders: PaidOrders, waiting: list[Order], clerk: User
) -> None:
    done = release_deposits([order.pk for order in waiting[:2]], staff_id=clerk.pk, reason="a siege")

    assert (len(done.order_ids), done.seats, done.left) == (2, 4, 0)
    assert [status_of_order(order) for order in waiting] == ["CANCELLED", "CANCELLED", "WAITING_FOR_DEPOSIT"]
    assert [paid_orders.seat_status(seat) for seat in range(6)] == ["AVAILABLE"] * 4 + ["HELD"] * 2
    assert account_of(paid_orders, waiting[0]) == "WAITING_FOR_DEPOSIT"  # no page waits for many calls
    relay_all()
    assert [account_of(paid_orders, order) for order in waiting] == ["CANCELED", "CANCELED", "WAITING_FOR_DEPOSIT"]
    assert not OutboxMessage.objects.exists()


def test_each_release_is_noted_and_in_the_audit(paid_orders: PaidOrders, waiting: list[Order], clerk: User) -> None:
    release_deposits([waiting[0].pk], staff_id=clerk.pk, reason="a siege")

    act = StaffAct.objects.get()
    assert (act.actor_id, act.kind, act.order_id, act.reason) == (clerk.pk, "release_deposit", waiting[0].pk, "a siege")
    assert act.details == {"seats": 2, "amount_krw": 200_000, "done": True}
    sources = [source for source in list_sources() if source.name == "orders"]
    assert [entry.subject for _, entry in read_audit(sources).entries] == [waiting[0].pk]
    event = waiting[0].events.order_by("-id").first()
    assert event is not None
    assert (event.reason, event.actor) == ("deposit released by staff", f"staff:{clerk.pk}")


def test_a_deposit_that_was_quicker_keeps_its_tickets(
    paid_orders: PaidOrders, waiting: list[Order], clerk: User
) -> None:
    paid_orders.sandbox.post("/sandbox/deposit", orderId=waiting[0].pk)
    settle_order(waiting[0].pk)

    done = release_deposits([order.pk for order in waiting], staff_id=clerk.pk, reason="a siege")

    assert (len(done.order_ids), done.left) == (2, 1)
    assert status_of_order(waiting[0]) == "PAID"
    assert paid_orders.seat_status(0) == "SOLD"


def test_money_that_comes_all_the_same_goes_back(paid_orders: PaidOrders, waiting: list[Order], clerk: User) -> None:
    release_deposits([waiting[0].pk], staff_id=clerk.pk, reason="a siege")
    paid_orders.sandbox.post("/sandbox/deposit", orderId=waiting[0].pk)

    relay_all()

    refund = Refund.objects.get(order=waiting[0])
    assert (refund.amount_krw, refund.cause) == (200_000, "ORDER_ENDED")
    assert status_of_order(waiting[0]) == "CANCELLED"
    assert paid_orders.seat_status(0) == "AVAILABLE"
    assert_books_balance(paid_orders.sandbox)


def test_a_release_needs_a_reason(paid_orders: PaidOrders, waiting: list[Order], clerk: User) -> None:
    with pytest.raises(ValidationFailed):
        release_deposits([waiting[0].pk], staff_id=clerk.pk, reason="  ")

    assert status_of_order(waiting[0]) == "WAITING_FOR_DEPOSIT"
    assert not StaffAct.objects.exists()


def test_the_buyer_is_told_on_the_orders_page(paid_orders: PaidOrders, waiting: list[Order], clerk: User) -> None:
    release_deposits([waiting[0].pk], staff_id=clerk.pk, reason="a siege")

    said = text_of(owner_of(waiting[0]).get("order-page", waiting[0]))

    assert "The seats are not kept for the deposit any more" in said
    assert "a siege" not in said


def test_the_list_shows_who_how_many_seats_until_when_and_how_much(
    paid_orders: PaidOrders, waiting: list[Order], clerk: User
) -> None:
    page = text_of(staff_client(user=clerk).get(reverse(LIST)))
    found = text_of(staff_client(user=clerk).get(reverse(LIST), {"q": waiting[1].user.email}))
    of_the_show = text_of(staff_client(user=clerk).get(reverse(LIST), {"performance": paid_orders.performance.pk}))

    for order in waiting:
        assert order.pk in page
        assert order.user.email in page
    assert "₩200,000" in page
    assert waiting[1].pk in found
    assert waiting[0].pk not in found
    assert waiting[0].pk in of_the_show


def choose(client: Client, orders: list[Order], **more: Any) -> Any:
    form = {"action": "release", "_selected_action": [order.pk for order in orders], **more}
    return client.post(reverse(LIST), form, follow=True)


def test_the_list_asks_for_a_reason_and_then_ends_what_was_chosen(
    paid_orders: PaidOrders, waiting: list[Order], clerk: User
) -> None:
    client = staff_client(user=clerk)

    asked = choose(client, waiting[:2])
    refused = choose(client, waiting[:2], release="1", reason="")
    assert "2 orders with 4 seats, ₩400,000 together" in text_of(asked)
    assert refused.status_code == 422
    assert status_of_order(waiting[0]) == "WAITING_FOR_DEPOSIT"
    done = choose(client, waiting[:2], release="1", reason="a siege")

    assert "2 orders have ended; 4 seats are free again." in text_of(done)
    assert [status_of_order(order) for order in waiting] == ["CANCELLED", "CANCELLED", "WAITING_FOR_DEPOSIT"]


def test_who_may_only_look_releases_nothing(paid_orders: PaidOrders, waiting: list[Order]) -> None:
    reader = staff_client("read only")

    assert reader.get(reverse(LIST)).status_code == 200
    choose(reader, waiting, release="1", reason="a siege")

    assert {status_of_order(order) for order in waiting} == {"WAITING_FOR_DEPOSIT"}
    assert staff_client("catalogue").get(reverse(LIST)).status_code == 403
    assert Client().get(reverse(LIST)).status_code == 302
    assert make_user().is_staff is False
