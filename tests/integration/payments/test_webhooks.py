from __future__ import annotations

from typing import Any

import httpx
import pytest
from django.db.models.functions import Now
from pytest_django import DjangoAssertNumQueries, Settings

from apps.orders.models import Order, Ticket
from apps.orders.order_ids import new_order_id
from apps.payments.gateway.port import OutcomeUnknown, ProviderPayment
from apps.payments.gateway.provider import get_gateway
from apps.payments.models import Payment, PaymentAttempt, Refund, WebhookDelivery
from apps.payments.services import confirm_payment
from apps.payments.services.execute_refund import settle_refunds
from apps.payments.services.fulfil_payment import fulfil_payment
from apps.payments.services.receive_webhook import handle_waiting_webhooks
from apps.payments.services.settle_payments import settle_order, settle_unknown_payments
from tests.paid_orders import PRICE_KRW, SECRET_FIELD, PaidOrders, assert_books_balance, status_of_order
from tests.waiting import LONGEST_SECONDS


@pytest.fixture
def paid_orders(paid_orders_either_lane: PaidOrders) -> PaidOrders:
    """By both lanes: what one answers the other answers, too."""
    return paid_orders_either_lane


ACCOUNT = {"bank": "20", "account_number": "1002123456789", "holder_name": "홍길동"}


def send(paid_orders: PaidOrders, body: Any, *, transmission: str | None = None) -> Any:
    headers = {"tosspayments-webhook-transmission-id": transmission} if transmission else {}
    answer = paid_orders.post("/api/payments/webhooks/toss", body, **headers)
    handle_waiting_webhooks()
    return answer


def changed(paid_orders: PaidOrders, key: str) -> dict[str, Any]:
    return {
        "eventType": "PAYMENT_STATUS_CHANGED",
        "createdAt": "2026-01-01T00:00:00.000000",
        "data": paid_orders.sandbox.payment(key),
    }


def deposited(order: Order, *, secret: str | None = None, status: str = "DONE") -> dict[str, Any]:
    known = Payment.objects.get(order=order).secret
    return {
        "createdAt": "2026-01-01T00:00:00.000000",
        "secret": known if secret is None else secret,
        "status": status,
        "transactionKey": "t",
        "orderId": order.pk,
    }


@pytest.fixture
def waiting(paid_orders: PaidOrders) -> Order:
    """An order that waits for its deposit."""
    order = paid_orders.reserve(0)
    assert paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌")).status_code == 200
    order.refresh_from_db()
    assert order.status == "WAITING_FOR_DEPOSIT"
    return order


def deposit(paid_orders: PaidOrders, order: Order, **more: Any) -> None:
    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk, **more)


def test_a_lost_answer_is_settled_by_the_webhook(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(approve_then_hang_next=True)
    paid_orders.confirm(order, key)

    assert send(paid_orders, changed(paid_orders, key)).status_code == 200

    assert status_of_order(order) == "PAID"
    assert WebhookDelivery.objects.get().outcome == "fulfilled"
    assert_books_balance(paid_orders.sandbox)


def test_a_webhook_that_comes_twice_or_late_has_one_effect(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    message = changed(paid_orders, Payment.objects.get().payment_key)

    for transmission in ("a", "a", "b"):
        assert send(paid_orders, message, transmission=transmission).status_code == 200

    assert WebhookDelivery.objects.count() == 2
    assert Ticket.objects.filter(order=order).count() == 1
    assert Payment.objects.get().events.count() == 1


def test_a_webhook_that_is_quicker_than_the_answer_settles_it(
    paid_orders_django: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid_orders = paid_orders_django
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    ask = confirm_payment.send_confirm

    def ask_and_lose_the_answer(attempt: PaymentAttempt) -> ProviderPayment:
        ask(attempt)
        send(paid_orders, changed(paid_orders, key))
        raise OutcomeUnknown("NO_ANSWER")

    monkeypatch.setattr(confirm_payment, "send_confirm", ask_and_lose_the_answer)

    answer = paid_orders.confirm(order, key)

    assert (answer.status_code, answer.json()["status"]) == (200, "PAID")
    assert Payment.objects.get().events.count() == 1


def test_money_of_a_payment_that_was_thought_refused_buys_the_seats_still_held(
    paid_orders: PaidOrders,
) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(fail_next=[403, "REJECT_CARD_PAYMENT"])
    paid_orders.confirm(order, key)
    by_hand = {"paymentKey": key, "orderId": order.pk, "amount": order.amount_krw}
    httpx.post(
        f"{paid_orders.sandbox.url}/v1/payments/confirm",
        json=by_hand,
        auth=("test_sk_other_shop", ""),
        timeout=LONGEST_SECONDS,
    )

    send(paid_orders, changed(paid_orders, key))

    assert (status_of_order(order), paid_orders.seat_status(0)) == ("PAID", "SOLD")
    assert not Refund.objects.exists()
    assert_books_balance(paid_orders.sandbox)


def test_a_window_that_was_declined_does_not_end_the_payment_that_is_under_way(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(hang_next=True)
    paid_orders.confirm(order, key)
    query = {"orderId": order.pk, "amount": order.amount_krw, "successUrl": "http://x/", "failUrl": "http://x/"}
    window = httpx.get(f"{paid_orders.sandbox.url}/sandbox/window", params=query, timeout=LONGEST_SECONDS).headers[
        "location"
    ]
    httpx.post(f"{paid_orders.sandbox.url}{window}", data={"choice": "decline"}, timeout=LONGEST_SECONDS)

    send(paid_orders, changed(paid_orders, window.rsplit("/", 1)[1]))

    assert status_of_order(order) == "CONFIRMING"


def test_a_forged_done_changes_nothing(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(hang_next=True)
    paid_orders.confirm(order, key)
    forged = changed(paid_orders, key)
    forged["data"] |= {"status": "DONE", "balanceAmount": PRICE_KRW}

    assert send(paid_orders, forged).status_code == 200

    assert status_of_order(order) == "CONFIRMING"
    assert not Payment.objects.exists()


def test_a_message_about_nobodys_order_is_not_kept(paid_orders: PaidOrders) -> None:
    for body in (
        {"eventType": "PAYMENT_STATUS_CHANGED", "data": {"orderId": "1-0123456789ABCDEF"}},
        {"eventType": "X" * 500, "data": {"orderId": "\0"}},
        {"orderId": 7},
        {},
    ):
        assert send(paid_orders, body).status_code == 200
    assert not WebhookDelivery.objects.exists()


def test_what_is_no_message_is_refused(paid_orders: PaidOrders) -> None:
    assert paid_orders.post("/api/payments/webhooks/toss", []).status_code == 422
    for malformed in ("{", '{"data":' + "[" * 30_000, '{"amount": NaN}'):
        answer = paid_orders.client.post("/api/payments/webhooks/toss", malformed, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_body")


def test_the_secret_is_not_kept_a_second_time(paid_orders: PaidOrders, waiting: Order) -> None:
    send(paid_orders, deposited(waiting))

    assert SECRET_FIELD not in WebhookDelivery.objects.get().body


def test_a_deposit_makes_the_tickets(paid_orders: PaidOrders, waiting: Order) -> None:
    deposit(paid_orders, waiting)

    assert send(paid_orders, deposited(waiting)).status_code == 200

    assert status_of_order(waiting) == "PAID"
    assert paid_orders.seat_status(0) == "SOLD"
    assert Ticket.objects.filter(order=waiting, live=True).count() == 1
    assert_books_balance(paid_orders.sandbox)


@pytest.mark.parametrize("secret", ["", "ps_guessed", "비밀"])
def test_a_deposit_callback_without_the_secret_is_forged(paid_orders: PaidOrders, waiting: Order, secret: str) -> None:
    deposit(paid_orders, waiting)

    assert send(paid_orders, deposited(waiting, secret=secret)).status_code == 200

    assert status_of_order(waiting) == "WAITING_FOR_DEPOSIT"
    assert not WebhookDelivery.objects.exists()


def test_a_callback_that_says_done_is_not_believed_before_the_provider_has_the_money(
    paid_orders: PaidOrders, waiting: Order
) -> None:
    send(paid_orders, deposited(waiting))

    assert status_of_order(waiting) == "WAITING_FOR_DEPOSIT"
    assert not Ticket.objects.exists()


def test_a_deposit_that_the_bank_takes_back_kills_the_tickets_and_the_order_waits_again(
    paid_orders: PaidOrders, waiting: Order
) -> None:
    deposit(paid_orders, waiting)
    send(paid_orders, deposited(waiting))
    deposit(paid_orders, waiting, fails=True)

    send(paid_orders, deposited(waiting, status="WAITING_FOR_DEPOSIT"))

    assert status_of_order(waiting) == "WAITING_FOR_DEPOSIT"
    assert not Ticket.objects.filter(live=True).exists()
    assert paid_orders.seat_status(0) == "SOLD"
    deposit(paid_orders, waiting)
    send(paid_orders, deposited(waiting))
    assert status_of_order(waiting) == "PAID"
    assert Ticket.objects.filter(live=True).count() == 1


def test_an_old_word_of_waiting_does_not_kill_the_tickets_of_a_deposit(paid_orders: PaidOrders, waiting: Order) -> None:
    payment = Payment.objects.get()
    known = payment.events.count()
    old = get_gateway("toss").find_by_key(payment.payment_key)
    assert old is not None
    deposit(paid_orders, waiting)
    send(paid_orders, deposited(waiting))

    with pytest.raises(OutcomeUnknown):  # asked before the deposit, told after it
        fulfil_payment(old, known=known)

    assert status_of_order(waiting) == "PAID"
    assert Ticket.objects.filter(live=True).count() == 1
    fulfil_payment(old, known=payment.events.count())  # without the guard the word counts as the newest
    assert status_of_order(waiting) == "WAITING_FOR_DEPOSIT"


def test_a_missed_deadline_ends_the_order_frees_the_seat_and_closes_the_account(
    paid_orders: PaidOrders, waiting: Order
) -> None:
    Order.objects.update(expires_at=Now())

    settle_unknown_payments()

    assert status_of_order(waiting) == "EXPIRED"
    assert paid_orders.seat_status(0) == "AVAILABLE"
    payment = Payment.objects.get()
    assert (payment.status, payment.balance_krw) == ("CLOSED", 0)
    assert paid_orders.sandbox.payment(payment.payment_key)["status"] == "CANCELED"


def test_a_deposit_that_came_before_the_deadline_without_a_word_counts(paid_orders: PaidOrders, waiting: Order) -> None:
    deposit(paid_orders, waiting)
    Order.objects.update(expires_at=Now())

    settle_unknown_payments()

    assert status_of_order(waiting) == "PAID"


def test_a_cancelled_order_has_its_account_closed(paid_orders: PaidOrders, waiting: Order) -> None:
    answer = paid_orders.cancel(waiting)

    assert (answer.status_code, answer.json()["status"]) == (200, "CANCELLED")
    assert Payment.objects.get().status == "CLOSED"
    assert paid_orders.seat_status(0) == "AVAILABLE"


def test_a_deposit_after_the_order_was_cancelled_is_refunded_to_the_customers_account(
    paid_orders: PaidOrders, waiting: Order
) -> None:
    deposit(paid_orders, waiting)  # the bank was quicker than the customer's change of mind
    paid_orders.cancel(waiting)

    assert status_of_order(waiting) == "CANCELLED"
    refund = Refund.objects.get()
    assert (refund.cause, refund.status, refund.amount_krw) == ("ORDER_ENDED", "REQUESTED", PRICE_KRW)
    assert settle_refunds() == 0  # nobody knows where to yet
    asked = paid_orders.cancel(waiting)
    assert (asked.status_code, asked.json()["code"]) == (422, "refund_account_required")
    answer = paid_orders.cancel(waiting, refund_account=ACCOUNT)

    assert (answer.status_code, answer.json()["refund"]["status"]) == (200, "SENT")
    assert paid_orders.sandbox.payment(Payment.objects.get().payment_key)["balanceAmount"] == 0
    assert Refund.objects.get().account is not None
    paid_orders.sandbox.post("/sandbox/pay-back", orderId=waiting.pk)
    settle_order(waiting.pk)
    assert (Refund.objects.get().status, Refund.objects.get().account) == ("DONE", None)
    assert paid_orders.seat_status(0) == "AVAILABLE"
    assert_books_balance(paid_orders.sandbox)


@pytest.mark.parametrize("seat_is_free", [True, False])
def test_a_deposit_after_the_order_has_expired_buys_the_seats_again_if_they_are_free(
    paid_orders: PaidOrders, waiting: Order, seat_is_free: bool
) -> None:
    paid_orders.lose_hold(waiting)
    Order.objects.update(status="EXPIRED", expires_at=Now())
    deposit(paid_orders, waiting)
    if not seat_is_free:
        paid_orders.reserve(0)

    send(paid_orders, deposited(waiting))

    assert status_of_order(waiting) == ("PAID" if seat_is_free else "EXPIRED")
    assert paid_orders.seat_status(0) == ("SOLD" if seat_is_free else "HELD")
    assert Refund.objects.filter(cause="ORDER_ENDED", amount_krw=PRICE_KRW).exists() is not seat_is_free
    assert_books_balance(paid_orders.sandbox)


def test_a_refund_of_a_deposit_asks_for_the_account_it_goes_to(paid_orders: PaidOrders, waiting: Order) -> None:
    deposit(paid_orders, waiting)
    send(paid_orders, deposited(waiting))

    refused = paid_orders.cancel(waiting)
    done = paid_orders.cancel(waiting, refund_account=ACCOUNT)

    assert (refused.status_code, refused.json()["code"]) == (422, "refund_account_required")
    assert (done.status_code, done.json()["status"]) == (200, "CANCELLED")
    assert_books_balance(paid_orders.sandbox)


def test_a_refund_made_at_the_provider_itself_is_taken_over(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)
    key = Payment.objects.get().payment_key
    by_staff = httpx.post(
        f"{paid_orders.sandbox.url}/v1/payments/{key}/cancel",
        json={"cancelReason": "by telephone"},
        auth=("test_sk_ticketlive_sandbox", ""),
        timeout=LONGEST_SECONDS,
    )
    assert by_staff.status_code == 200

    for _ in range(2):
        send(paid_orders, changed(paid_orders, key))

    refund = Refund.objects.get()
    assert (refund.cause, refund.amount_krw, refund.reason) == ("PROVIDER", 2 * PRICE_KRW, "by telephone")
    assert status_of_order(order) == "CANCELLED"
    assert not Ticket.objects.filter(live=True).exists()
    assert paid_orders.seat_status(0) == "AVAILABLE"
    assert_books_balance(paid_orders.sandbox)


def test_messages_about_no_order_of_ours_are_looked_up_so_often_and_no_more(
    paid_orders: PaidOrders, settings: Settings
) -> None:
    settings.REQUEST_RATES = settings.REQUEST_RATES | {"webhooks": {"account": "20/minute", "address": "3/minute"}}
    settings.TRUSTED_PROXIES = 1
    order = paid_orders.sell(0)
    true = changed(paid_orders, Payment.objects.get().payment_key)

    def send_from(address: str, body: Any) -> Any:
        return paid_orders.post("/api/payments/webhooks/toss", body, **{"X-Forwarded-For": address})

    def foreign() -> dict[str, Any]:
        return {"eventType": "PAYMENT_STATUS_CHANGED", "data": {"orderId": new_order_id(paid_orders.performance.pk)}}

    assert [send_from("203.0.113.1", foreign()).status_code for _ in range(3)] == [200] * 3
    refused = send_from("203.0.113.1", foreign())

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert int(refused.headers["Retry-After"]) <= 20
    assert [send_from("203.0.113.2", true).status_code for _ in range(10)] == [200] * 10, "true ones count for nothing"
    assert WebhookDelivery.objects.filter(order=order).count() == 10


def test_one_order_cannot_be_told_about_without_end(paid_orders: PaidOrders, settings: Settings) -> None:
    settings.REQUEST_RATES = settings.REQUEST_RATES | {"webhooks": {"account": "3/minute", "address": ""}}
    paid_orders.sell(0)
    message = changed(paid_orders, Payment.objects.get().payment_key)
    assert [send(paid_orders, message).status_code for _ in range(3)] == [200] * 3

    refused = send(paid_orders, message)

    assert (refused.status_code, int(refused.headers["Retry-After"]) <= 20) == (429, True)
    assert WebhookDelivery.objects.count() == 3
    paid_orders.sell(1)
    other = Payment.objects.exclude(payment_key=message["data"]["paymentKey"]).get()
    assert send(paid_orders, changed(paid_orders, other.payment_key)).status_code == 200


def test_what_is_no_order_id_at_all_costs_the_database_nothing(
    paid_orders: PaidOrders, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        answer = paid_orders.post("/api/payments/webhooks/toss", {"eventType": "X", "data": {"orderId": "nonsense"}})

    assert answer.status_code == 200


def test_paying_too_often_is_refused_before_the_provider_is_asked(paid_orders: PaidOrders, settings: Settings) -> None:
    settings.REQUEST_RATES = settings.REQUEST_RATES | {"payments": {"account": "2/minute", "address": ""}}
    order = paid_orders.reserve(0)
    for key in ("no-such-key", "nor-this"):
        assert paid_orders.confirm(order, key).status_code == 402

    refused = paid_orders.confirm(order, paid_orders.agree(order))

    assert (refused.status_code, int(refused.headers["Retry-After"]) <= 30) == (429, True)
    assert status_of_order(order) == "RESERVED"
    assert PaymentAttempt.objects.filter(order=order).count() == 2
