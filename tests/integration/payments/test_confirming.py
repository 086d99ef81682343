from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from apps.common.clock import database_now
from apps.concerts.models import Performance
from apps.orders.models import Order, OrderEvent, Ticket
from apps.payments.gateway.port import ProviderPayment
from apps.payments.gateway.provider import get_gateway
from apps.payments.models import Payment, PaymentAttempt
from apps.payments.services import confirm_payment
from apps.payments.services.attempts import MOST_ATTEMPTS
from apps.payments.services.confirm_payment import send_confirm
from apps.payments.services.settle_payments import settle_unknown_payments
from tests.factories import make_user
from tests.paid_orders import PRICE_KRW, PaidOrders, assert_books_balance, attempts_of, status_of_order


@pytest.fixture
def paid_orders(paid_orders_either_lane: PaidOrders) -> PaidOrders:
    """By both lanes: what one answers the other answers, too."""
    return paid_orders_either_lane


def test_a_confirmed_payment_makes_the_order_paid_and_gives_its_tickets(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0, 1)

    answer = paid_orders.confirm(order, paid_orders.agree(order))

    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["order"]["status"]) == ("PAID", "PAID")
    assert body["payment"]["amount"] == body["payment"]["balance"] == 2 * PRICE_KRW
    assert len({ticket["code"] for ticket in body["tickets"]}) == 2
    assert {ticket["seat_id"] for ticket in body["tickets"]} == set(paid_orders.seats[:2])
    assert [paid_orders.seat_status(seat) for seat in (0, 1, 2)] == ["SOLD", "SOLD", "AVAILABLE"]
    assert attempts_of(order) == ["CONFIRMED"]
    moves = OrderEvent.objects.filter(subject=order).values_list("from_status", "to_status")
    assert list(moves)[1:] == [("RESERVED", "CONFIRMING"), ("CONFIRMING", "PAID")]
    assert_books_balance(paid_orders.sandbox)


def test_a_repeat_gets_the_first_answer_and_charges_nothing(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    first = paid_orders.confirm(order, key)

    again = paid_orders.confirm(order, key)

    assert (again.status_code, again.json()) == (200, first.json())
    assert len(paid_orders.sandbox.calls("/confirm", mentioning=order.pk)) == 1


def test_the_database_decides_the_amount_before_the_provider_is_called(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)

    for amount in (PRICE_KRW - 1, PRICE_KRW + 1, 0):
        answer = paid_orders.confirm(order, key, amount=amount)
        assert (answer.status_code, answer.json()["code"]) == (400, "amount_mismatch")

    assert status_of_order(order) == "RESERVED"
    assert attempts_of(order) == []
    assert paid_orders.sandbox.calls(mentioning=key) == []


def test_somebody_elses_order_is_not_there(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)

    answer = paid_orders.confirm(order, paid_orders.agree(order), user_id=make_user().pk)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert status_of_order(order) == "RESERVED"


def test_a_payment_key_pays_for_one_order(paid_orders: PaidOrders) -> None:
    paid, other = paid_orders.reserve(0), paid_orders.reserve(1)
    key = paid_orders.agree(paid)
    paid_orders.confirm(paid, key)

    answer = paid_orders.confirm(other, key)

    assert (answer.status_code, answer.json()["code"]) == (409, "payment_key_used")
    assert status_of_order(other) == "RESERVED"


def test_an_order_without_a_hold_cannot_be_paid(paid_orders: PaidOrders) -> None:
    order = paid_orders.place(0)

    answer = paid_orders.confirm(order, paid_orders.agree(order))

    assert (answer.status_code, answer.json()["code"]) == (409, "order_state")
    assert paid_orders.sandbox.calls("/confirm", mentioning=order.pk) == []


def test_an_order_whose_time_is_over_cannot_be_paid(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    Order.objects.filter(pk=order.pk).update(expires_at=Now())

    answer = paid_orders.confirm(order, paid_orders.agree(order))

    assert (answer.status_code, answer.json()["code"]) == (410, "order_expired")
    assert paid_orders.sandbox.calls("/confirm", mentioning=order.pk) == []


def test_a_paid_order_is_not_paid_twice_with_another_key(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)

    answer = paid_orders.confirm(order, "another-key")

    assert (answer.status_code, answer.json()["code"]) == (409, "order_state")
    assert answer.json()["order_status"] == "PAID"


@pytest.mark.parametrize("code", ["REJECT_CARD_PAYMENT", "INVALID_STOPPED_CARD", "NOT_FOUND_PAYMENT_SESSION"])
def test_a_declined_payment_leaves_the_seats_held_for_another_card(paid_orders: PaidOrders, code: str) -> None:
    order = paid_orders.reserve(0)
    declined = paid_orders.agree(order)
    paid_orders.sandbox.faults(fail_next=[403, code])

    answer = paid_orders.confirm(order, declined)

    assert (answer.status_code, answer.json()["code"]) == (402, "payment_declined")
    assert answer.json()["provider_code"] == code
    assert status_of_order(order) == "RESERVED"
    assert paid_orders.seat_status(0) == "HELD"
    assert paid_orders.confirm(order, declined).json()["code"] == "payment_declined"
    assert paid_orders.confirm(order, paid_orders.agree(order)).status_code == 200
    assert attempts_of(order) == ["REFUSED", "CONFIRMED"]


def test_a_lost_hold_is_taken_again_if_the_seats_are_free(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    paid_orders.lose_hold(order)

    assert paid_orders.confirm(order, paid_orders.agree(order)).status_code == 200
    assert paid_orders.seat_status(0) == "SOLD"
    order.refresh_from_db()
    assert order.status == "PAID"


def test_a_hold_lost_to_somebody_else_ends_the_order_before_anything_is_charged(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0, 1)
    key = paid_orders.agree(order)
    paid_orders.lose_hold(order)
    paid_orders.reserve(1)

    answer = paid_orders.confirm(order, key)

    assert (answer.status_code, answer.json()["code"]) == (409, "seats_unavailable")
    assert answer.json()["seat_ids"] == [paid_orders.seats[1]]
    assert "refund" not in answer.json()
    assert status_of_order(order) == "CANCELLED"
    assert paid_orders.sandbox.calls(mentioning=key) == []


def test_a_paid_order_whose_seat_is_gone_gets_its_money_back_at_once_and_is_told_so(paid_orders: PaidOrders) -> None:
    order, rival = paid_orders.reserve(0, 1), paid_orders.sell(2)
    line = rival.lines.get()
    Ticket.objects.filter(order=rival).update(seat=paid_orders.seats[1])  # the database has sold the seat meanwhile
    key = paid_orders.agree(order)

    answer = paid_orders.confirm(order, key)

    assert (answer.status_code, answer.json()["code"]) == (409, "seats_unavailable")
    assert answer.json()["refund"] == {"id": 1, "amount": 2 * PRICE_KRW, "status": "DONE"}
    assert paid_orders.confirm(order, key).json() == answer.json()
    assert status_of_order(order) == "CANCELLED"
    assert paid_orders.sandbox.payment(key)["status"] == "CANCELED"
    assert not Ticket.objects.filter(order=order).exists()
    assert paid_orders.seat_status(0) == "AVAILABLE"
    assert Ticket.objects.filter(line=line, live=True).count() == 1


def test_an_answer_with_another_amount_is_refunded(
    paid_orders_django: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid_orders = paid_orders_django
    order = paid_orders.reserve(0)
    key = paid_orders.sandbox.authenticate(order.pk, 1_000)

    def ask_for_less(attempt: PaymentAttempt) -> ProviderPayment:
        attempt.amount_krw = 1_000
        return send_confirm(attempt)

    monkeypatch.setattr(confirm_payment, "send_confirm", ask_for_less)

    answer = paid_orders.confirm(order, key)

    assert (answer.status_code, answer.json()["code"]) == (400, "amount_mismatch")
    assert answer.json()["refund"]["status"] == "DONE"
    assert status_of_order(order) == "CANCELLED"
    assert paid_orders.sandbox.payment(key)["balanceAmount"] == 0
    assert_books_balance(paid_orders.sandbox)


def test_an_answer_about_another_payment_pays_for_nothing(paid_orders: PaidOrders) -> None:
    order, other = paid_orders.reserve(0), paid_orders.reserve(1)
    foreign, key = paid_orders.agree(other), paid_orders.agree(order)
    get_gateway("toss").confirm(  # the order's idempotency key was used for somebody else's payment
        foreign, order_id=other.pk, amount_krw=PRICE_KRW, idempotency_key=f"confirm:{order.pk}:1"
    )

    answer = paid_orders.confirm(order, key)

    assert (answer.status_code, answer.json()["code"]) == (202, "payment_unknown")
    assert not Payment.objects.exists()
    paid_orders.sandbox.set_clock(ahead_seconds=601)
    settle_unknown_payments()
    assert status_of_order(order) == "RESERVED"
    assert paid_orders.sandbox.payment(key)["status"] == "EXPIRED"


@pytest.mark.parametrize(
    "fault",
    [
        {"hang_next": True},
        {"approve_then_hang_next": True},
        {"fail_next": [500, "FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING"]},
        {"fail_next": [400, "PROVIDER_ERROR"]},
        {"fail_next": [409, "IDEMPOTENT_REQUEST_PROCESSING"]},
        {"fail_next": [429, "TOO_MANY_REQUESTS"]},
    ],
    ids=lambda fault: "-".join(map(str, fault.get("fail_next", list(fault)))),
)
def test_an_unknown_outcome_keeps_the_seats_until_the_provider_has_been_asked(
    paid_orders: PaidOrders, fault: dict[str, object]
) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(**fault)

    answer = paid_orders.confirm(order, key)

    assert (answer.status_code, answer.json()["code"]) == (202, "payment_unknown")
    assert status_of_order(order) == "CONFIRMING"
    assert paid_orders.seat_status(0) == "HELD"
    assert paid_orders.confirm(order, key).json()["code"] == "payment_unknown"

    settle_unknown_payments()

    if fault == {"fail_next": [400, "PROVIDER_ERROR"]}:  # the provider would answer so for ever under this key
        assert status_of_order(order) == "RESERVED"
        assert paid_orders.confirm(order, key).json()["provider_code"] == "PROVIDER_ERROR"
        assert paid_orders.confirm(order, paid_orders.agree(order)).status_code == 200
        assert paid_orders.sandbox.payment(key)["status"] == "IN_PROGRESS"
    else:
        assert status_of_order(order) == "PAID"
        assert paid_orders.confirm(order, key).status_code == 200
        assert paid_orders.sandbox.payment(key)["balanceAmount"] == PRICE_KRW
    assert_books_balance(paid_orders.sandbox)


def test_an_order_that_is_declined_again_and_again_is_not_held_for_ever(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    for _ in range(MOST_ATTEMPTS):
        paid_orders.sandbox.faults(fail_next=[403, "REJECT_CARD_COMPANY"])
        assert paid_orders.confirm(order, paid_orders.agree(order)).json()["code"] == "payment_declined"
    key = paid_orders.agree(order)

    answer = paid_orders.confirm(order, key)

    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_attempts")
    assert status_of_order(order) == "RESERVED"
    assert paid_orders.sandbox.calls("/confirm", mentioning=key) == []


def test_a_virtual_account_lets_the_order_wait_for_the_deposit(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)

    answer = paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))

    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["payment"]["status"]) == ("WAITING_FOR_DEPOSIT", "AWAITING_DEPOSIT")
    assert body["payment"]["virtual_account"]["number"]
    assert body["tickets"] == []
    order.refresh_from_db()
    assert paid_orders.seat_status(0) == "HELD"
    assert order.expires_at > database_now() + timedelta(days=1)
    assert paid_orders.seat_expiry(0) == order.expires_at.timestamp()


def test_seats_do_not_wait_for_a_deposit_past_the_end_of_the_sale(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    soon = database_now().replace(microsecond=0) + timedelta(hours=3)
    Performance.objects.filter(pk=order.performance_id).update(sale_closes_at=soon)

    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))

    order.refresh_from_db()
    assert order.expires_at == soon


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "paymentKey"),
        ({"paymentKey": "", "orderId": "X", "amount": 1}, "paymentKey"),
        ({"paymentKey": "k" * 201, "orderId": "X", "amount": 1}, "paymentKey"),
        ({"paymentKey": "k", "orderId": "X", "amount": -1}, "amount"),
        ({"paymentKey": "k", "orderId": "X", "amount": 10**30}, "amount"),
        ({"paymentKey": "k", "orderId": "X", "amount": True}, "amount"),
        ({"paymentKey": "k", "orderId": "X", "amount": "1.5"}, "amount"),
        ({"paymentKey": "k", "orderId": "Y" * 65, "amount": 1}, "orderId"),
    ],
)
def test_nonsense_is_a_422_that_names_the_field(paid_orders: PaidOrders, body: object, field: str) -> None:
    answer = paid_orders.post("/api/payments/confirm", body, user_id=1)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")
    assert field in answer.json()["errors"]


@pytest.mark.parametrize(
    ("body", "status"), [([], 422), ("{", 400), ({"paymentKey": "\ud800", "orderId": "X", "amount": 1}, 400)]
)
def test_what_is_no_object_or_no_text_is_refused(paid_orders: PaidOrders, body: object, status: int) -> None:
    answer = paid_orders.post("/api/payments/confirm", body, user_id=1)

    assert answer.status_code == status
    assert not PaymentAttempt.objects.exists()


@pytest.mark.parametrize("order_id", ["nothing-like-it", "1-0123456789ABCDEF", "ZZZZZZZZZZZZZ-0123456789ABCDEF"])
def test_an_unknown_order_is_a_404(paid_orders: PaidOrders, order_id: str) -> None:
    body = {"paymentKey": "k", "orderId": order_id, "amount": 1}

    assert paid_orders.post("/api/payments/confirm", body, user_id=1).status_code == 404
    assert paid_orders.post(f"/api/orders/{order_id}/cancel", {}, user_id=1).status_code == 404
    assert not Payment.objects.exists()
