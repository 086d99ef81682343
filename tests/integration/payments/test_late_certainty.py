"""Money that was thought refused, unheard of, or paid twice: each gets its tickets or goes back by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.db.models.functions import Now
from pytest_django import Settings

from apps.common.clock import database_now
from apps.common.database import outbox
from apps.common.models import OutboxMessage
from apps.orders.models import Order, Ticket
from apps.payments.gateway import provider
from apps.payments.gateway.toss.gateway import TossGateway
from apps.payments.models import Payment, PaymentAttempt, Refund, SurplusPayment
from apps.payments.services.reconcile_journal import reconcile_journal
from apps.payments.services.settle_payments import settle_attempt, settle_order, settle_unknown_payments
from tests import bank_transfer
from tests.bank_transfer.ledger import Ledger
from tests.paid_orders import PRICE_KRW, PaidOrders, assert_books_balance, attempts_of, status_of_order
from tests.staff import staff_client

BOTH = {"toss": "apps.payments.gateway.toss", "bank_transfer": "tests.bank_transfer"}


@pytest.fixture
def paid_orders(paid_orders_either_lane: PaidOrders) -> PaidOrders:
    """By both lanes: what one answers the other answers, too."""
    return paid_orders_either_lane


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    bank_transfer.PROVIDER.ledger = Ledger()
    yield bank_transfer.PROVIDER.ledger
    provider.get_gateway.cache_clear()


def refused_yet_taken(paid_orders: PaidOrders, order: Order) -> str:
    """A payment that was refused, as everybody was told, and that took the money all the same."""
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(fail_next=[403, "REJECT_CARD_PAYMENT"])
    assert paid_orders.confirm(order, key).status_code == 402
    provider.get_gateway("toss").confirm(
        key, order_id=order.pk, amount_krw=order.amount_krw, idempotency_key=f"late:{order.pk}"
    )
    return key


def test_money_that_was_thought_refused_buys_the_seats_that_are_still_held(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    refused_yet_taken(paid_orders, order)

    assert settle_order(order.pk) == "fulfilled"

    assert (status_of_order(order), paid_orders.seat_status(0)) == ("PAID", "SOLD")
    assert not Refund.objects.exists()
    assert_books_balance(paid_orders.sandbox)


def test_it_goes_back_and_the_order_ends_where_the_seats_are_lost(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    refused_yet_taken(paid_orders, order)
    paid_orders.lose_hold(order)
    paid_orders.reserve(0)

    settle_order(order.pk)

    assert (status_of_order(order), Refund.objects.get().cause) == ("CANCELLED", "SEATS_UNAVAILABLE")
    again = paid_orders.confirm(order, "another-key")
    assert (again.status_code, again.json()["order_status"]) == (409, "CANCELLED"), "it says so at once"
    assert_books_balance(paid_orders.sandbox)


def test_it_ends_the_order_also_where_the_providers_desk_has_given_it_back(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    key = refused_yet_taken(paid_orders, order)
    provider.get_gateway("toss").refund(key, amount_krw=None, reason="by telephone", idempotency_key=f"desk:{key}")

    settle_order(order.pk)

    assert (status_of_order(order), paid_orders.seat_status(0)) == ("CANCELLED", "AVAILABLE")
    assert [(refund.cause, refund.status) for refund in Refund.objects.all()] == [("PROVIDER", "DONE")]
    assert_books_balance(paid_orders.sandbox)


@pytest.mark.parametrize("is_known_later", [True, False])
def test_one_reading_that_does_not_find_a_payment_does_not_refuse_it(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch, is_known_later: bool
) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order) if is_known_later else "never-heard-of"
    paid_orders.sandbox.faults(approve_then_hang_next=True)
    assert paid_orders.confirm(order, key).status_code == 202
    monkeypatch.setattr(TossGateway, "find_by_key", lambda *_: None)
    paid_orders.sandbox.faults()

    settle_unknown_payments()

    if is_known_later:
        assert (status_of_order(order), attempts_of(order)) == ("PAID", ["CONFIRMED"])
        assert len(paid_orders.sandbox.calls("/confirm", mentioning=key)) == 2
    else:
        assert (status_of_order(order), attempts_of(order)) == ("RESERVED", ["REFUSED"]), "its own answer is certain"


def test_without_its_seats_it_stays_unknown_until_it_can_take_no_money(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(hang_next=True)
    paid_orders.confirm(order, key)
    paid_orders.lose_hold(order)
    paid_orders.reserve(0)
    monkeypatch.setattr(TossGateway, "find_by_key", lambda *_: None)

    settle_unknown_payments()

    assert (status_of_order(order), attempts_of(order)) == ("CONFIRMING", ["UNKNOWN"])
    assert len(paid_orders.sandbox.calls("/confirm", mentioning=key)) == 1, "nothing is taken for seats that are gone"
    PaymentAttempt.objects.update(started_at=F("started_at") - timedelta(hours=2))
    settle_attempt(PaymentAttempt.objects.get(order=order))
    assert attempts_of(order) == ["REFUSED"]


def pay_twice(paid_orders: PaidOrders, settings: Settings, ledger: Ledger, order: Order) -> str:
    """Pay an order by card that waits for a transfer already, as a second tab does; return the card's payment."""
    settings.PAYMENT_PROVIDERS = BOTH
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(approve_then_hang_next=True)
    assert paid_orders.confirm(order, key).status_code == 202
    paid_orders.sandbox.faults()
    transfer = ledger.agree(order.pk, order.amount_krw)
    provider.get_gateway("bank_transfer").confirm(
        transfer, order_id=order.pk, amount_krw=order.amount_krw, idempotency_key="second tab"
    )
    ledger.note_deposit(order.pk)
    attempt = PaymentAttempt.objects.get(order=order)
    PaymentAttempt.objects.create(
        order=order, number=2, provider="bank_transfer", payment_key=transfer, amount_krw=order.amount_krw,
        idempotency_key=f"confirm:{order.pk}:2", status="UNKNOWN", started_at=database_now(),
    )  # fmt: skip
    settle_attempt(PaymentAttempt.objects.get(order=order, number=2))
    assert (status_of_order(order), Payment.objects.get().provider) == ("PAID", "bank_transfer")
    settle_attempt(attempt)
    return key


def test_a_second_payment_goes_back_in_full_by_itself_and_staff_see_it(
    paid_orders: PaidOrders, settings: Settings, ledger: Ledger
) -> None:
    order = paid_orders.reserve(0)

    key = pay_twice(paid_orders, settings, ledger, order)

    document = paid_orders.sandbox.payment(key)
    assert (document["balanceAmount"], document["cancels"][0]["cancelAmount"]) == (0, PRICE_KRW)
    surplus = SurplusPayment.objects.get()
    assert (surplus.status, surplus.payment_key, surplus.amount_krw) == ("DONE", key, PRICE_KRW)
    assert (status_of_order(order), Ticket.objects.filter(live=True).count()) == ("PAID", 1)
    assert attempts_of(order) == ["CONFIRMED", "CONFIRMED"], "nobody asks about it for ever"
    desk = staff_client("sales")
    assert order.pk in desk.get("/admin/payments/surpluspayment/").content.decode()
    assert key in desk.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    now = database_now()
    stay = reconcile_journal(start=now - timedelta(minutes=5), end=now + timedelta(minutes=5))
    assert [line for line in stay if line.order_id == order.pk] == []


def test_a_second_payment_that_the_provider_does_not_give_back_is_asked_for_again_when_staff_say_so(
    paid_orders: PaidOrders, settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid_orders.reserve(0)
    refund = TossGateway.refund

    def refuses(self: Any, *arguments: Any, **named: Any) -> Any:
        paid_orders.sandbox.faults(fail_next=[403, "EXCEED_MAX_REFUND_DUE"])
        return refund(self, *arguments, **named)

    monkeypatch.setattr(TossGateway, "refund", refuses)
    key = pay_twice(paid_orders, settings, ledger, order)
    surplus = SurplusPayment.objects.get()
    assert (surplus.status, surplus.provider_code) == ("REFUSED", "EXCEED_MAX_REFUND_DUE")
    monkeypatch.setattr(TossGateway, "refund", refund)
    desk = staff_client("sales")

    desk.post("/admin/payments/surpluspayment/", {"action": "give_back", "_selected_action": [surplus.pk]})

    surplus.refresh_from_db()
    assert (surplus.status, paid_orders.sandbox.payment(key)["balanceAmount"]) == ("DONE", 0)


def test_a_second_payment_whose_answer_was_lost_goes_back_once(
    paid_orders: PaidOrders, settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid_orders.reserve(0)
    refund = TossGateway.refund

    def loses(self: Any, *arguments: Any, **named: Any) -> Any:
        monkeypatch.setattr(TossGateway, "refund", refund)
        paid_orders.sandbox.faults(approve_then_hang_next=True)
        return refund(self, *arguments, **named)

    monkeypatch.setattr(TossGateway, "refund", loses)
    key = pay_twice(paid_orders, settings, ledger, order)
    assert SurplusPayment.objects.get().status == "FOUND"
    paid_orders.sandbox.faults()
    OutboxMessage.objects.update(next_attempt_at=Now())

    outbox.relay()

    assert SurplusPayment.objects.get().status == "DONE"
    assert len(paid_orders.sandbox.payment(key)["cancels"]) == 1
