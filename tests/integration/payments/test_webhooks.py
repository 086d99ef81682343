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
from apps.payments.services.settle_payments import settle_unknown_payments
from tests.box_office import PRICE_KRW, SECRET_FIELD, BoxOffice, assert_books_balance, status_of_order
from tests.waiting import LONGEST_SECONDS


@pytest.fixture
def office(either_office: BoxOffice) -> BoxOffice:
    """By both lanes: what one answers the other answers, too."""
    return either_office


ACCOUNT = {"bank": "20", "account_number": "1002123456789", "holder_name": "홍길동"}


def send(office: BoxOffice, body: Any, *, transmission: str | None = None) -> Any:
    headers = {"tosspayments-webhook-transmission-id": transmission} if transmission else {}
    answer = office.post("/api/payments/webhooks/toss", body, **headers)
    handle_waiting_webhooks()
    return answer


def changed(office: BoxOffice, key: str) -> dict[str, Any]:
    return {
        "eventType": "PAYMENT_STATUS_CHANGED",
        "createdAt": "2026-01-01T00:00:00.000000",
        "data": office.sandbox.payment(key),
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
def waiting(office: BoxOffice) -> Order:
    """An order that waits for its deposit."""
    order = office.reserve(0)
    assert office.confirm(order, office.agree(order, method="가상계좌")).status_code == 200
    order.refresh_from_db()
    assert order.status == "WAITING_FOR_DEPOSIT"
    return order


def deposit(office: BoxOffice, order: Order, **more: Any) -> None:
    office.sandbox.post("/sandbox/deposit", orderId=order.pk, **more)


def test_a_lost_answer_is_settled_by_the_webhook(office: BoxOffice) -> None:
    order = office.reserve(0)
    key = office.agree(order)
    office.sandbox.faults(approve_then_hang_next=True)
    office.confirm(order, key)

    assert send(office, changed(office, key)).status_code == 200

    assert status_of_order(order) == "PAID"
    assert WebhookDelivery.objects.get().outcome == "fulfilled"
    assert_books_balance(office.sandbox)


def test_a_webhook_that_comes_twice_or_late_has_one_effect(office: BoxOffice) -> None:
    order = office.sell(0)
    message = changed(office, Payment.objects.get().payment_key)

    for transmission in ("a", "a", "b"):
        assert send(office, message, transmission=transmission).status_code == 200

    assert WebhookDelivery.objects.count() == 2
    assert Ticket.objects.filter(order=order).count() == 1
    assert Payment.objects.get().events.count() == 1


def test_a_webhook_that_is_quicker_than_the_answer_settles_it(
    django_office: BoxOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = django_office
    order = office.reserve(0)
    key = office.agree(order)
    ask = confirm_payment.send_confirm

    def ask_and_lose_the_answer(attempt: PaymentAttempt) -> ProviderPayment:
        ask(attempt)
        send(office, changed(office, key))
        raise OutcomeUnknown("NO_ANSWER")

    monkeypatch.setattr(confirm_payment, "send_confirm", ask_and_lose_the_answer)

    answer = office.confirm(order, key)

    assert (answer.status_code, answer.json()["status"]) == (200, "PAID")
    assert Payment.objects.get().events.count() == 1


def test_money_of_a_payment_that_was_thought_refused_goes_back(office: BoxOffice) -> None:
    order = office.reserve(0)
    key = office.agree(order)
    office.sandbox.faults(fail_next=[403, "REJECT_CARD_PAYMENT"])
    office.confirm(order, key)
    by_hand = {"paymentKey": key, "orderId": order.pk, "amount": order.amount_krw}
    httpx.post(
        f"{office.sandbox.url}/v1/payments/confirm",
        json=by_hand,
        auth=("test_sk_other_shop", ""),
        timeout=LONGEST_SECONDS,
    )

    send(office, changed(office, key))

    assert (status_of_order(order), office.seat_status(0)) == ("RESERVED", "HELD")
    assert office.sandbox.payment(key)["balanceAmount"] == 0
    assert_books_balance(office.sandbox)


def test_a_window_that_was_declined_does_not_end_the_payment_that_is_under_way(office: BoxOffice) -> None:
    order = office.reserve(0)
    key = office.agree(order)
    office.sandbox.faults(hang_next=True)
    office.confirm(order, key)
    query = {"orderId": order.pk, "amount": order.amount_krw, "successUrl": "http://x/", "failUrl": "http://x/"}
    window = httpx.get(f"{office.sandbox.url}/sandbox/window", params=query, timeout=LONGEST_SECONDS).headers[
        "location"
    ]
    httpx.post(f"{office.sandbox.url}{window}", data={"choice": "decline"}, timeout=LONGEST_SECONDS)

    send(office, changed(office, window.rsplit("/", 1)[1]))

    assert status_of_order(order) == "CONFIRMING"


def test_a_forged_done_changes_nothing(office: BoxOffice) -> None:
    order = office.reserve(0)
    key = office.agree(order)
    office.sandbox.faults(hang_next=True)
    office.confirm(order, key)
    forged = changed(office, key)
    forged["data"] |= {"status": "DONE", "balanceAmount": PRICE_KRW}

    assert send(office, forged).status_code == 200

    assert status_of_order(order) == "CONFIRMING"
    assert not Payment.objects.exists()


def test_a_message_about_nobodys_order_is_not_kept(office: BoxOffice) -> None:
    for body in (
        {"eventType": "PAYMENT_STATUS_CHANGED", "data": {"orderId": "1-0123456789ABCDEF"}},
        {"eventType": "X" * 500, "data": {"orderId": "\0"}},
        {"orderId": 7},
        {},
    ):
        assert send(office, body).status_code == 200
    assert not WebhookDelivery.objects.exists()


def test_what_is_no_message_is_refused(office: BoxOffice) -> None:
    assert office.post("/api/payments/webhooks/toss", []).status_code == 422
    for malformed in ("{", '{"data":' + "[" * 30_000, '{"amount": NaN}'):
        answer = office.client.post("/api/payments/webhooks/toss", malformed, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_body")


def test_the_secret_is_not_kept_a_second_time(office: BoxOffice, waiting: Order) -> None:
    send(office, deposited(waiting))

    assert SECRET_FIELD not in WebhookDelivery.objects.get().body


def test_a_deposit_makes_the_tickets(office: BoxOffice, waiting: Order) -> None:
    deposit(office, waiting)

    assert send(office, deposited(waiting)).status_code == 200

    assert status_of_order(waiting) == "PAID"
    assert office.seat_status(0) == "SOLD"
    assert Ticket.objects.filter(order=waiting, live=True).count() == 1
    assert_books_balance(office.sandbox)


@pytest.mark.parametrize("secret", ["", "ps_guessed", "비밀"])
def test_a_deposit_callback_without_the_secret_is_forged(office: BoxOffice, waiting: Order, secret: str) -> None:
    deposit(office, waiting)

    assert send(office, deposited(waiting, secret=secret)).status_code == 200

    assert status_of_order(waiting) == "WAITING_FOR_DEPOSIT"
    assert not WebhookDelivery.objects.exists()


def test_a_callback_that_says_done_is_not_believed_before_the_provider_has_the_money(
    office: BoxOffice, waiting: Order
) -> None:
    send(office, deposited(waiting))

    assert status_of_order(waiting) == "WAITING_FOR_DEPOSIT"
    assert not Ticket.objects.exists()


def test_a_deposit_that_the_bank_takes_back_kills_the_tickets_and_the_order_waits_again(
    office: BoxOffice, waiting: Order
) -> None:
    deposit(office, waiting)
    send(office, deposited(waiting))
    deposit(office, waiting, fails=True)

    send(office, deposited(waiting, status="WAITING_FOR_DEPOSIT"))

    assert status_of_order(waiting) == "WAITING_FOR_DEPOSIT"
    assert not Ticket.objects.filter(live=True).exists()
    assert office.seat_status(0) == "SOLD"
    deposit(office, waiting)
    send(office, deposited(waiting))
    assert status_of_order(waiting) == "PAID"
    assert Ticket.objects.filter(live=True).count() == 1


def test_an_old_word_of_waiting_does_not_kill_the_tickets_of_a_deposit(office: BoxOffice, waiting: Order) -> None:
    payment = Payment.objects.get()
    known = payment.events.count()
    old = get_gateway("toss").find_by_key(payment.payment_key)
    assert old is not None
    deposit(office, waiting)
    send(office, deposited(waiting))

    with pytest.raises(OutcomeUnknown):  # asked before the deposit, told after it
        fulfil_payment(old, known=known)

    assert status_of_order(waiting) == "PAID"
    assert Ticket.objects.filter(live=True).count() == 1
    fulfil_payment(old, known=payment.events.count())  # without the guard the word counts as the newest
    assert status_of_order(waiting) == "WAITING_FOR_DEPOSIT"


def test_a_missed_deadline_ends_the_order_frees_the_seat_and_closes_the_account(
    office: BoxOffice, waiting: Order
) -> None:
    Order.objects.update(expires_at=Now())

    settle_unknown_payments()

    assert status_of_order(waiting) == "EXPIRED"
    assert office.seat_status(0) == "AVAILABLE"
    payment = Payment.objects.get()
    assert (payment.status, payment.balance_krw) == ("CLOSED", 0)
    assert office.sandbox.payment(payment.payment_key)["status"] == "CANCELED"


def test_a_deposit_that_came_before_the_deadline_without_a_word_counts(office: BoxOffice, waiting: Order) -> None:
    deposit(office, waiting)
    Order.objects.update(expires_at=Now())

    settle_unknown_payments()

    assert status_of_order(waiting) == "PAID"


def test_a_cancelled_order_has_its_account_closed(office: BoxOffice, waiting: Order) -> None:
    answer = office.cancel(waiting)

    assert (answer.status_code, answer.json()["status"]) == (200, "CANCELLED")
    assert Payment.objects.get().status == "CLOSED"
    assert office.seat_status(0) == "AVAILABLE"


def test_a_deposit_after_the_order_was_cancelled_is_refunded_to_the_customers_account(
    office: BoxOffice, waiting: Order
) -> None:
    deposit(office, waiting)  # the bank was quicker than the customer's change of mind
    office.cancel(waiting)

    assert status_of_order(waiting) == "CANCELLED"
    refund = Refund.objects.get()
    assert (refund.cause, refund.status, refund.amount_krw) == ("ORDER_ENDED", "REQUESTED", PRICE_KRW)
    assert settle_refunds() == 0  # nobody knows where to yet
    asked = office.cancel(waiting)
    assert (asked.status_code, asked.json()["code"]) == (422, "refund_account_required")
    answer = office.cancel(waiting, refund_account=ACCOUNT)

    assert (answer.status_code, answer.json()["refund"]["status"]) == (200, "DONE")
    assert office.sandbox.payment(Payment.objects.get().payment_key)["balanceAmount"] == 0
    assert Refund.objects.get().account is None
    assert office.seat_status(0) == "AVAILABLE"
    assert_books_balance(office.sandbox)


@pytest.mark.parametrize("seat_is_free", [True, False])
def test_a_deposit_after_the_order_has_expired_buys_the_seats_again_if_they_are_free(
    office: BoxOffice, waiting: Order, seat_is_free: bool
) -> None:
    office.lose_hold(waiting)
    Order.objects.update(status="EXPIRED", expires_at=Now())
    deposit(office, waiting)
    if not seat_is_free:
        office.reserve(0)

    send(office, deposited(waiting))

    assert status_of_order(waiting) == ("PAID" if seat_is_free else "EXPIRED")
    assert office.seat_status(0) == ("SOLD" if seat_is_free else "HELD")
    assert Refund.objects.filter(cause="ORDER_ENDED", amount_krw=PRICE_KRW).exists() is not seat_is_free
    assert_books_balance(office.sandbox)


def test_a_refund_of_a_deposit_asks_for_the_account_it_goes_to(office: BoxOffice, waiting: Order) -> None:
    deposit(office, waiting)
    send(office, deposited(waiting))

    refused = office.cancel(waiting)
    done = office.cancel(waiting, refund_account=ACCOUNT)

    assert (refused.status_code, refused.json()["code"]) == (422, "refund_account_required")
    assert (done.status_code, done.json()["status"]) == (200, "CANCELLED")
    assert_books_balance(office.sandbox)


def test_a_refund_made_at_the_provider_itself_is_taken_over(office: BoxOffice) -> None:
    order = office.sell(0, 1)
    key = Payment.objects.get().payment_key
    by_staff = httpx.post(
        f"{office.sandbox.url}/v1/payments/{key}/cancel",
        json={"cancelReason": "by telephone"},
        auth=("test_sk_ticketlive_sandbox", ""),
        timeout=LONGEST_SECONDS,
    )
    assert by_staff.status_code == 200

    for _ in range(2):
        send(office, changed(office, key))

    refund = Refund.objects.get()
    assert (refund.cause, refund.amount_krw, refund.reason) == ("PROVIDER", 2 * PRICE_KRW, "by telephone")
    assert status_of_order(order) == "CANCELLED"
    assert not Ticket.objects.filter(live=True).exists()
    assert office.seat_status(0) == "AVAILABLE"
    assert_books_balance(office.sandbox)


def test_messages_about_no_order_of_ours_are_looked_up_so_often_and_no_more(
    office: BoxOffice, settings: Settings
) -> None:
    settings.REQUEST_RATES = settings.REQUEST_RATES | {"webhooks": {"account": "20/minute", "address": "3/minute"}}
    settings.TRUSTED_PROXIES = 1
    order = office.sell(0)
    true = changed(office, Payment.objects.get().payment_key)

    def send_from(address: str, body: Any) -> Any:
        return office.post("/api/payments/webhooks/toss", body, **{"X-Forwarded-For": address})

    def foreign() -> dict[str, Any]:
        return {"eventType": "PAYMENT_STATUS_CHANGED", "data": {"orderId": new_order_id(office.performance.pk)}}

    assert [send_from("203.0.113.1", foreign()).status_code for _ in range(3)] == [200] * 3
    refused = send_from("203.0.113.1", foreign())

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert int(refused.headers["Retry-After"]) <= 20
    assert [send_from("203.0.113.2", true).status_code for _ in range(10)] == [200] * 10, "true ones count for nothing"
    assert WebhookDelivery.objects.filter(order=order).count() == 10


def test_one_order_cannot_be_told_about_without_end(office: BoxOffice, settings: Settings) -> None:
    settings.REQUEST_RATES = settings.REQUEST_RATES | {"webhooks": {"account": "3/minute", "address": ""}}
    office.sell(0)
    message = changed(office, Payment.objects.get().payment_key)
    assert [send(office, message).status_code for _ in range(3)] == [200] * 3

    refused = send(office, message)

    assert (refused.status_code, int(refused.headers["Retry-After"]) <= 20) == (429, True)
    assert WebhookDelivery.objects.count() == 3
    office.sell(1)
    other = Payment.objects.exclude(payment_key=message["data"]["paymentKey"]).get()
    assert send(office, changed(office, other.payment_key)).status_code == 200


def test_what_is_no_order_id_at_all_costs_the_database_nothing(
    office: BoxOffice, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        answer = office.post("/api/payments/webhooks/toss", {"eventType": "X", "data": {"orderId": "nonsense"}})

    assert answer.status_code == 200


def test_paying_too_often_is_refused_before_the_provider_is_asked(office: BoxOffice, settings: Settings) -> None:
    settings.REQUEST_RATES = settings.REQUEST_RATES | {"payments": {"account": "2/minute", "address": ""}}
    order = office.reserve(0)
    for key in ("no-such-key", "nor-this"):
        assert office.confirm(order, key).status_code == 402

    refused = office.confirm(order, office.agree(order))

    assert (refused.status_code, int(refused.headers["Retry-After"]) <= 30) == (429, True)
    assert status_of_order(order) == "RESERVED"
    assert PaymentAttempt.objects.filter(order=order).count() == 2
