"""The platform with two payment providers: a new payment goes to the first one, an old one to whoever took it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from apps.common.clock import database_now
from apps.orders.models import Order, Ticket
from apps.payments.gateway import provider
from apps.payments.gateway.port import OutcomeUnknown
from apps.payments.models import Payment, PaymentAttempt, Refund, WebhookDelivery
from apps.payments.services.execute_refund import settle_refunds
from apps.payments.services.receive_webhook import handle_waiting_webhooks
from apps.payments.services.reconcile_journal import reconcile_journal
from apps.payments.services.settle_payments import settle_order, settle_unknown_payments
from tests import bank_transfer
from tests.bank_transfer.ledger import Ledger
from tests.integration.payments.pages.visitor import data_of, owner_of, text_of
from tests.paid_orders import PRICE_KRW, PaidOrders, attempts_of, status_of_order

TOSS = "apps.payments.gateway.toss"
BY_TRANSFER = "tests.bank_transfer"
ACCOUNT = {"bank": "088", "account_number": "1002123456789", "holder_name": "홍길동"}
CHOICES = {
    "booker": "new", "name": "김하늘", "phone": "010-1234-5678", "email": "sky@example.com", "delivery": "MOBILE",
    "method": "TRANSFER", "agree_fees": "on", "agree_data": "on",
}  # fmt: skip


@pytest.fixture
def paid_orders(paid_orders_either_lane: PaidOrders) -> PaidOrders:
    """By both lanes: what one answers the other answers, too."""
    return paid_orders_either_lane


@pytest.fixture(autouse=True)
def ledger() -> Iterator[Ledger]:
    bank_transfer.PROVIDER.ledger = Ledger()
    yield bank_transfer.PROVIDER.ledger
    provider.get_gateway.cache_clear()


def switch(settings: Settings) -> None:
    """From now on people transfer the money; what Toss has taken stays Toss's."""
    settings.PAYMENT_PROVIDERS = {"bank_transfer": BY_TRANSFER, "toss": TOSS}


def transfer(paid_orders: PaidOrders, ledger: Ledger, *seats: int) -> Order:
    """An order that waits for the transfer of its money."""
    order = paid_orders.reserve(*seats)
    answer = paid_orders.confirm(order, ledger.agree(order.pk, order.amount_krw))
    assert (answer.status_code, answer.json()["status"]) == (200, "WAITING_FOR_DEPOSIT"), answer.content
    return order


def calls_of(paid_orders: PaidOrders, order: Order) -> int:
    return len(paid_orders.sandbox.calls(mentioning=order.pk))


def providers() -> list[str]:
    return list(Payment.objects.order_by("pk").values_list("provider", flat=True))


def test_a_sale_by_the_second_provider_from_the_checkout_to_the_refund(
    paid_orders: PaidOrders, settings: Settings, ledger: Ledger
) -> None:
    switch(settings)
    order = paid_orders.reserve(0)
    visitor = owner_of(order)
    page = visitor.get("checkout", order)
    assert data_of(page)["window"]["module"].endswith("payments/bank_transfer/window.js")
    assert "Transfer to our account" in text_of(page)
    assert "Card" not in text_of(page)
    opened = visitor.post("checkout", order, **CHOICES).json()["request"]

    answer = paid_orders.confirm(order, opened["back"]["paymentKey"])
    assert answer.json()["payment"]["virtual_account"]["number"] == "123401-04-567890"
    assert "Bank of the house" in text_of(visitor.get("order-page", order))
    ledger.note_deposit(order.pk)
    assert settle_order(order.pk) == "fulfilled"
    assert (status_of_order(order), paid_orders.seat_status(0)) == ("PAID", "SOLD")
    done = paid_orders.cancel(order, refund_account=ACCOUNT)

    assert (done.status_code, done.json()["status"]) == (200, "CANCELLED")
    assert [account.account_number for account in ledger.sent_to] == ["1002123456789"]
    assert providers() == ["bank_transfer"]
    assert calls_of(paid_orders, order) == 0


def test_what_toss_has_taken_toss_gives_back(paid_orders: PaidOrders, settings: Settings, ledger: Ledger) -> None:
    order = paid_orders.sell(0)
    switch(settings)

    answer = paid_orders.cancel(order)

    assert (answer.status_code, answer.json()["refund"]["status"]) == (200, "DONE")
    assert paid_orders.sandbox.payment(Payment.objects.get().payment_key)["balanceAmount"] == 0
    assert (providers(), ledger.calls) == (["toss"], [])


def test_the_order_of_an_old_payment_speaks_its_providers_words(paid_orders: PaidOrders, settings: Settings) -> None:
    order = paid_orders.sell(0)
    switch(settings)

    assert "Card" in text_of(owner_of(order).get("order-page", order))


def test_an_answer_that_was_lost_is_asked_for_where_it_was_lost(
    paid_orders: PaidOrders, settings: Settings, ledger: Ledger
) -> None:
    order = paid_orders.reserve(0)
    paid_orders.sandbox.faults(approve_then_hang_next=True)
    paid_orders.confirm(order, paid_orders.agree(order))
    switch(settings)

    settle_unknown_payments()

    assert (status_of_order(order), providers(), ledger.calls) == ("PAID", ["toss"], [])


def test_a_request_that_was_lost_is_sent_again_to_whom_it_was_sent(
    paid_orders: PaidOrders, settings: Settings, ledger: Ledger
) -> None:
    order = paid_orders.reserve(0)
    paid_orders.sandbox.faults(hang_next=True)
    paid_orders.confirm(order, paid_orders.agree(order))
    switch(settings)

    settle_unknown_payments()

    assert (status_of_order(order), providers(), ledger.calls) == ("PAID", ["toss"], [])


def test_whether_a_payment_is_still_open_is_asked_of_whom_it_was_sent_to(
    paid_orders: PaidOrders, settings: Settings, ledger: Ledger
) -> None:
    order = paid_orders.reserve(0)
    paid_orders.sandbox.faults(hang_next=True)
    paid_orders.confirm(order, paid_orders.agree(order))
    switch(settings)
    paid_orders.sandbox.faults(fail_next=[400, "PROVIDER_ERROR"])

    settle_unknown_payments()

    assert (status_of_order(order), attempts_of(order), ledger.calls) == ("RESERVED", ["REFUSED"], [])


def test_an_attempt_keeps_the_name_of_whom_it_is_sent_to(
    paid_orders: PaidOrders, settings: Settings, ledger: Ledger
) -> None:
    switch(settings)
    transfer(paid_orders, ledger, 0)

    assert PaymentAttempt.objects.get().provider == "bank_transfer"


def test_money_of_either_provider_is_found_as_long_as_the_order_has_no_payment(
    paid_orders: PaidOrders, settings: Settings, ledger: Ledger
) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(fail_next=[403, "REJECT_CARD_PAYMENT"])
    assert paid_orders.confirm(order, key).status_code == 402
    provider.get_gateway("toss").confirm(
        key, order_id=order.pk, amount_krw=PRICE_KRW, idempotency_key=f"late:{order.pk}"
    )
    switch(settings)
    ledger.is_away = True
    assert paid_orders.confirm(order, ledger.agree(order.pk, PRICE_KRW)).status_code == 202
    ledger.is_away = False

    assert settle_order(order.pk) == "fulfilled"

    assert (status_of_order(order), providers()) == ("PAID", ["toss"])


def test_an_attempt_that_was_withdrawn_is_begun_again_at_its_own_provider(
    paid_orders: PaidOrders, settings: Settings, ledger: Ledger
) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    number = PaymentAttempt.objects.create(
        order=order, number=1, provider="toss", payment_key=key, amount_krw=PRICE_KRW,
        idempotency_key=f"confirm:{order.pk}:1", status="WITHDRAWN", started_at=database_now(),
    )  # fmt: skip
    switch(settings)

    assert paid_orders.confirm(order, key).json()["status"] == "PAID"

    number.refresh_from_db()
    assert (number.provider, number.status, ledger.calls) == ("toss", "CONFIRMED", [])


def test_who_is_not_set_up_any_more_is_one_who_does_not_answer(
    paid_orders: PaidOrders, settings: Settings, ledger: Ledger
) -> None:
    order = paid_orders.sell(0)
    settings.PAYMENT_PROVIDERS = {"bank_transfer": BY_TRANSFER}
    provider.get_gateway.cache_clear()

    answer = paid_orders.cancel(order)
    assert "카드" in text_of(owner_of(order).get("order-page", order)), "as the provider called it"
    assert settle_refunds() == 0

    assert (answer.status_code, answer.json()["refund"]["status"]) == (202, "UNKNOWN")
    assert (Refund.objects.get().provider_code, ledger.calls) == ("PROVIDER_NOT_SET_UP", [])
    switch(settings)
    assert settle_refunds() == 1
    assert status_of_order(order) == "CANCELLED"


def test_a_message_of_one_provider_about_the_others_payment_makes_us_ask_the_other(
    paid_orders: PaidOrders, settings: Settings, ledger: Ledger
) -> None:
    switch(settings)
    order = transfer(paid_orders, ledger, 0)
    forged = {"eventType": "PAYMENT_STATUS_CHANGED", "data": {"orderId": order.pk, "status": "DONE"}}

    paid_orders.post("/api/payments/webhooks/toss", forged)
    handle_waiting_webhooks()

    assert (WebhookDelivery.objects.get().provider, status_of_order(order)) == ("toss", "WAITING_FOR_DEPOSIT")
    assert (calls_of(paid_orders, order), ledger.calls) == (0, ["confirm", "find"])


def test_a_providers_numbers_of_messages_are_its_own(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    WebhookDelivery.objects.create(
        provider="bank_transfer", transmission_id="7", event_type="OTHER", order=order, body={},
        received_at=database_now(), handled_at=database_now(),
    )  # fmt: skip
    message: dict[str, Any] = {"eventType": "X", "data": {"orderId": order.pk}}

    for _ in range(2):
        paid_orders.post("/api/payments/webhooks/toss", message, **{"tosspayments-webhook-transmission-id": "7"})

    assert sorted(WebhookDelivery.objects.values_list("provider", flat=True)) == ["bank_transfer", "toss"]


def test_who_sends_no_messages_has_no_address_for_them(paid_orders: PaidOrders, settings: Settings) -> None:
    switch(settings)

    assert paid_orders.client.post("/api/payments/webhooks/bank_transfer", {}, "application/json").status_code == 404


def test_each_journal_is_compared_also_where_another_cannot_be_read(
    paid_orders: PaidOrders, settings: Settings, ledger: Ledger
) -> None:
    switch(settings)
    order = transfer(paid_orders, ledger, 0)
    ledger.note_deposit(order.pk)
    paid_orders.sandbox.faults(fail_next=[503, "COMMON_ERROR"], methods=["GET"])
    now = database_now()

    with pytest.raises(OutcomeUnknown):
        reconcile_journal(start=now - timedelta(minutes=5), end=now + timedelta(minutes=5))

    assert status_of_order(order) == "PAID"
    assert Ticket.objects.filter(order=order, live=True).count() == 1


def test_two_providers_may_number_their_transactions_alike(
    paid_orders: PaidOrders, settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid_orders.cancel(paid_orders.sell(0))
    switch(settings)
    order = transfer(paid_orders, ledger, 1)
    ledger.note_deposit(order.pk)
    settle_order(order.pk)
    monkeypatch.setattr("tests.bank_transfer.ledger.secrets.token_hex", lambda _: Refund.objects.get().transaction_key)
    key = Payment.objects.get(order=order).payment_key
    ledger.send_back(key, PRICE_KRW, "by telephone", expected_balance_krw=None, account=ACCOUNT)
    now = database_now()

    reconcile_journal(start=now - timedelta(minutes=5), end=now + timedelta(minutes=5))

    assert list(Refund.objects.order_by("pk").values_list("cause", flat=True)) == ["CUSTOMER", "PROVIDER"]


def test_a_deposit_that_does_not_come_ends_the_order_and_the_waiting(
    paid_orders: PaidOrders, settings: Settings, ledger: Ledger
) -> None:
    switch(settings)
    order = transfer(paid_orders, ledger, 0)

    assert paid_orders.cancel(order).json()["status"] == "CANCELLED"

    assert (Payment.objects.get().status, attempts_of(order)) == ("CLOSED", ["CONFIRMED"])
    assert [payment.state for payment in ledger.payments.values()] == ["DEAD"]
    assert paid_orders.seat_status(0) == "AVAILABLE"
