from __future__ import annotations

from datetime import timedelta

import pytest

from apps.common.clock import database_now
from apps.concerts.models import Performance
from apps.orders.models import OrderEvent, Ticket
from apps.payments.models import Payment, Refund
from apps.payments.services.execute_refund import retry_refund, settle_refunds
from tests.factories import make_user
from tests.paid_orders import PRICE_KRW, PaidOrders, assert_books_balance, status_of_order


@pytest.fixture
def paid_orders(paid_orders_either_lane: PaidOrders) -> PaidOrders:
    """Whoever cancels gets the same answer by each lane."""
    return paid_orders_either_lane


def starts_in(paid_orders: PaidOrders, **time: int) -> None:
    Performance.objects.filter(pk=paid_orders.performance.pk).update(starts_at=database_now() + timedelta(**time))


@pytest.fixture
def no_free_period(paid_orders: PaidOrders) -> None:
    """Eight days before the show the standard keeps 10 %, unless a ticket was bought within the last day."""
    starts_in(paid_orders, days=8)
    policy = paid_orders.performance.concert.cancellation_policy
    policy.free_period_hours = 0
    policy.save()


@pytest.mark.parametrize("reserved", [False, True])
def test_an_unpaid_order_is_cancelled_without_a_refund_and_its_seats_are_free(
    paid_orders: PaidOrders, reserved: bool
) -> None:
    order = paid_orders.reserve(0) if reserved else paid_orders.place(0)

    assert paid_orders.cancel(order, preview=True).json()["refund"] is None
    assert status_of_order(order) == ("RESERVED" if reserved else "PENDING")
    answer = paid_orders.cancel(order)

    assert (answer.status_code, answer.json()["status"], answer.json()["refund"]) == (200, "CANCELLED", None)
    assert paid_orders.seat_status(0) == "AVAILABLE"


def test_an_order_that_is_being_paid_cannot_be_cancelled(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(hang_next=True)
    paid_orders.confirm(order, key)

    answer = paid_orders.cancel(order)

    assert (answer.status_code, answer.json()["code"]) == (409, "order_state")
    assert answer.json()["order_status"] == status_of_order(order) == "CONFIRMING"


def test_a_paid_order_goes_back_whole_within_the_free_period(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)

    answer = paid_orders.cancel(order)

    assert answer.status_code == 200
    refund = answer.json()["refund"]
    assert (refund["status"], refund["amount"], refund["fee"]) == ("DONE", 2 * PRICE_KRW, 0)
    assert answer.json()["status"] == status_of_order(order) == "CANCELLED"
    assert not Ticket.objects.filter(order=order, live=True).exists()
    assert {ticket["status"] for ticket in answer.json()["order"]["tickets"]} == {"CANCELLED"}
    assert [paid_orders.seat_status(seat) for seat in (0, 1)] == ["AVAILABLE", "AVAILABLE"]
    assert Payment.objects.get(order=order).status == "REFUNDED"
    assert_books_balance(paid_orders.sandbox)


def test_the_fee_is_shown_before_it_is_agreed_and_kept_after(paid_orders: PaidOrders, no_free_period: None) -> None:
    order = paid_orders.sell(0, 1)
    calls = len(paid_orders.sandbox.calls())

    preview = paid_orders.cancel(order, preview=True)

    shown = {"id": None, "status": None, "amount": 180_000, "fee": 20_000}
    assert preview.json()["refund"].items() >= shown.items()
    assert status_of_order(order) == "PAID"
    assert len(paid_orders.sandbox.calls()) == calls
    assert not Refund.objects.exists()
    done = paid_orders.cancel(order).json()
    assert (done["refund"]["amount"], done["refund"]["fee"]) == (180_000, 20_000)
    assert status_of_order(order) == "CANCELLED"
    payment = Payment.objects.get(order=order)
    assert (payment.balance_krw, payment.status) == (20_000, "PARTLY_REFUNDED")
    assert_books_balance(paid_orders.sandbox)


def test_a_fee_that_has_changed_since_it_was_agreed_cancels_nothing(
    paid_orders: PaidOrders, no_free_period: None
) -> None:
    order = paid_orders.sell(0, 1)
    shown = paid_orders.cancel(order, preview=True).json()["refund"]["amount"]
    starts_in(paid_orders, days=4)

    answer = paid_orders.cancel(order, agreed_refund=shown)

    assert (answer.status_code, answer.json()["code"]) == (409, "fee_changed")
    assert (answer.json()["fee"], answer.json()["refund"]) == (40_000, 160_000)
    assert status_of_order(order) == "PAID"
    assert not Refund.objects.exists()
    assert paid_orders.cancel(order, agreed_refund=160_000).json()["refund"]["amount"] == 160_000


def test_one_seat_of_three_goes_back_and_the_others_stay(paid_orders: PaidOrders, no_free_period: None) -> None:
    order = paid_orders.sell(0, 1, 2)

    answer = paid_orders.cancel(order, line_ids=[2])

    assert answer.json()["refund"]["lines"] == [{"line_id": 2, "price": 100_000, "fee": 10_000, "refund": 90_000}]
    assert answer.json()["status"] == "PAID"
    assert [paid_orders.seat_status(seat) for seat in range(3)] == ["SOLD", "AVAILABLE", "SOLD"]
    assert_books_balance(paid_orders.sandbox)
    paid_orders.sandbox.set_clock(ahead_seconds=5)
    rest = paid_orders.cancel(order).json()
    assert [line["line_id"] for line in rest["refund"]["lines"]] == [1, 3]
    assert rest["status"] == "CANCELLED"
    assert_books_balance(paid_orders.sandbox)


def test_a_seat_goes_back_once(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)
    paid_orders.cancel(order, line_ids=[1])
    paid_orders.sandbox.set_clock(ahead_seconds=5)

    again = paid_orders.cancel(order, line_ids=[1])
    both = paid_orders.cancel(order, line_ids=[1, 2])

    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_cancel")
    assert both.json()["code"] == "nothing_to_cancel"
    assert Refund.objects.count() == 1
    assert_books_balance(paid_orders.sandbox)


def test_a_freed_seat_can_be_sold_again(paid_orders: PaidOrders) -> None:
    paid_orders.cancel(paid_orders.sell(0))

    again = paid_orders.sell(0)

    assert Ticket.objects.filter(seat=paid_orders.seats[0], live=True).get().order_id == again.pk


@pytest.mark.parametrize("lines", [[3], [1, 99], [], ["x"], [0], "1", [1] * 101])
def test_lines_that_are_not_there_are_refused(paid_orders: PaidOrders, lines: object) -> None:
    order = paid_orders.sell(0, 1)

    answer = paid_orders.cancel(order, line_ids=lines)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")
    assert status_of_order(order) == "PAID"
    assert not Refund.objects.exists()


def test_an_order_that_is_not_paid_is_cancelled_whole(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0, 1)

    answer = paid_orders.cancel(order, line_ids=[1])

    assert (answer.status_code, answer.json()["code"]) == (409, "order_state")
    assert status_of_order(order) == "RESERVED"


def test_after_the_show_has_started_nothing_goes_back(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    starts_in(paid_orders, minutes=-1)

    for preview in (True, False):
        answer = paid_orders.cancel(order, preview=preview)
        assert (answer.status_code, answer.json()["code"]) == (409, "cancellation_closed")
    assert status_of_order(order) == "PAID"


def test_somebody_elses_order_is_not_there(paid_orders: PaidOrders) -> None:
    order, stranger = paid_orders.sell(0), make_user()

    assert paid_orders.cancel(order, user_id=stranger.pk).status_code == 404
    assert paid_orders.cancel(order, user_id=stranger.pk, preview=True).status_code == 404
    assert status_of_order(order) == "PAID"


@pytest.mark.parametrize("code", ["EXCEED_MAX_REFUND_DUE", "NOT_CANCELABLE_PAYMENT"])
def test_a_refused_refund_leaves_the_ticket_good_until_staff_try_again(paid_orders: PaidOrders, code: str) -> None:
    order = paid_orders.sell(0)
    paid_orders.sandbox.faults(fail_next=[403, code])

    answer = paid_orders.cancel(order)

    assert (answer.status_code, answer.json()["code"]) == (409, "refund_declined")
    assert answer.json()["provider_code"] == code
    assert status_of_order(order) == "PAID"
    assert paid_orders.seat_status(0) == "SOLD"
    assert_books_balance(paid_orders.sandbox)
    refund = Refund.objects.get()
    assert retry_refund(refund.pk, actor="staff:1")
    assert not retry_refund(refund.pk, actor="staff:1")
    settle_refunds()
    assert status_of_order(order) == "CANCELLED"
    assert_books_balance(paid_orders.sandbox)


@pytest.mark.parametrize(
    "fault",
    [
        {"hang_next": True},
        {"approve_then_hang_next": True},
        {"fail_next": [500, "FAILED_REFUND_PROCESS"]},
        {"fail_next": [400, "PROVIDER_ERROR"]},
        {"fail_next": [400, "ALREADY_CANCELED_PAYMENT"]},
    ],
    ids=lambda fault: "-".join(map(str, fault.get("fail_next", list(fault)))),
)
def test_the_seat_is_free_only_when_the_refund_is_certain(paid_orders: PaidOrders, fault: dict[str, object]) -> None:
    order = paid_orders.sell(0)
    paid_orders.sandbox.faults(**fault)

    answer = paid_orders.cancel(order)

    assert (answer.status_code, answer.json()["refund"]["status"]) == (202, "UNKNOWN")
    assert status_of_order(order) == "PAID"
    assert paid_orders.seat_status(0) == "SOLD"
    assert paid_orders.cancel(order).json()["code"] == "nothing_to_cancel"
    assert settle_refunds() == 1
    assert settle_refunds() == 0
    assert status_of_order(order) == "CANCELLED"
    assert paid_orders.seat_status(0) == "AVAILABLE"
    assert len(paid_orders.sandbox.payment(Payment.objects.get().payment_key)["cancels"]) == 1
    assert_books_balance(paid_orders.sandbox)


def test_a_second_refund_within_a_second_is_made_a_little_later(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)
    paid_orders.cancel(order, line_ids=[1])

    second = paid_orders.cancel(order, line_ids=[2])

    assert (second.status_code, second.json()["refund"]["status"]) == (202, "REQUESTED")
    paid_orders.sandbox.set_clock(ahead_seconds=2)
    assert settle_refunds() == 1
    assert status_of_order(order) == "CANCELLED"
    assert Refund.objects.get(number=2).provider_key.endswith(":2:1")
    assert_books_balance(paid_orders.sandbox)


def test_a_cancellation_with_nothing_left_to_refund_asks_nobody(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    policy = paid_orders.performance.concert.cancellation_policy
    policy.free_period_hours = 0
    policy.save()
    policy.tiers.update(percent=100, cap_percent=100)
    calls = len(paid_orders.sandbox.calls())

    answer = paid_orders.cancel(order)

    assert (answer.json()["refund"]["amount"], answer.json()["refund"]["fee"]) == (0, PRICE_KRW)
    assert (answer.json()["status"], paid_orders.seat_status(0)) == ("CANCELLED", "AVAILABLE")
    assert len(paid_orders.sandbox.calls()) == calls
    assert_books_balance(paid_orders.sandbox)


def test_what_happened_can_be_read_from_the_events(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    paid_orders.cancel(order)

    refund = Refund.objects.get()
    assert list(refund.events.values_list("from_status", "to_status")) == [("REQUESTED", "DONE")]
    assert list(refund.payment.events.values_list("to_status", flat=True)) == ["CAPTURED", "REFUNDED"]
    assert OrderEvent.objects.filter(subject=order).last().to_status == "CANCELLED"
    assert refund.requested_by_id == order.user_id


@pytest.mark.parametrize("preview", ["2", "maybe"])
def test_a_preview_that_is_neither_yes_nor_no_changes_nothing(paid_orders: PaidOrders, preview: str) -> None:
    order = paid_orders.sell(0)

    answer = paid_orders.post(f"/api/orders/{order.pk}/cancel?preview={preview}", {}, user_id=order.user_id)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")
    assert status_of_order(order) == "PAID"
