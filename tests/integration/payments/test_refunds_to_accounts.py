"""A deposit's refund is followed until the bank has paid it; an account that the bank cannot pay into is corrected."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.urls import reverse

from apps.common.clock import database_now
from apps.common.errors import ValidationFailed
from apps.orders.models import Order, Ticket
from apps.payments.errors import AlreadyRefunded, NothingToCancel, RefundUnderWay
from apps.payments.models import Payment, Refund, RefundLine, StaffAct, WebhookDelivery
from apps.payments.services.execute_refund import settle_refunds
from apps.payments.services.receive_webhook import handle_waiting_webhooks
from apps.payments.services.reconcile_journal import reconcile_journal
from apps.payments.services.settle_payments import settle_order
from apps.payments.services.staff_acts import name_account_by_staff, settle_by_hand_by_staff
from tests.factories import make_user
from tests.integration.payments.pages.visitor import owner_of, text_of
from tests.paid_orders import PRICE_KRW, PaidOrders, access_token, assert_books_balance, status_of_order
from tests.staff import make_staff, staff_client

ACCOUNT = {"bank": "88", "account_number": "1102345678", "holder_name": "김서연"}
MISTYPED = {**ACCOUNT, "account_number": "9992345678"}
TWO_DAYS = 2 * 24 * 3600


@pytest.fixture
def deposited(paid_orders: PaidOrders) -> Order:
    """An order of two seats that was paid by a deposit."""
    order = paid_orders.reserve(0, 1)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk)
    settle_order(order.pk)
    order.refresh_from_db()
    assert order.status == "PAID"
    return order


def bank(paid_orders: PaidOrders, order: Order, **does: bool) -> None:
    """The bank pays what the provider has sent it, or cannot; the provider is asked again later."""
    paid_orders.sandbox.post("/sandbox/pay-back", orderId=order.pk, **does)
    Refund.objects.update(looked_at=F("looked_at") - timedelta(hours=1))
    settle_refunds()


def correct(
    paid_orders: PaidOrders, order: Order, number: int = 1, *, user_id: int | None = None, **account: Any
) -> Any:
    return paid_orders.client.put(
        reverse("order-refund-account", args=[order.pk, number]), {**ACCOUNT, **account},
        content_type="application/json",
        headers={"Authorization": f"Bearer {access_token(user_id or order.user_id)}"},
    )  # fmt: skip


def test_a_refund_is_done_when_the_bank_has_paid_and_the_account_is_kept_until_then(
    paid_orders: PaidOrders, deposited: Order
) -> None:
    answer = paid_orders.cancel(deposited, refund_account=ACCOUNT)

    assert (answer.status_code, answer.json()["status"]) == (200, "CANCELLED")
    assert answer.json()["refund"]["status"] == "SENT"
    assert not Ticket.objects.filter(live=True).exists()
    assert paid_orders.seat_status(0) == "AVAILABLE"
    assert Refund.objects.get().account == ACCOUNT
    assert "****5678" in text_of(owner_of(deposited).get("order-page", deposited))
    bank(paid_orders, deposited)
    refund = Refund.objects.get()
    assert (refund.status, refund.account) == ("DONE", None)
    assert [event.to_status for event in refund.events.all()] == ["SENT", "DONE"]
    assert_books_balance(paid_orders.sandbox)


def test_the_bank_is_not_asked_about_without_end(paid_orders: PaidOrders, deposited: Order) -> None:
    paid_orders.cancel(deposited, refund_account=ACCOUNT)
    calls = len(paid_orders.sandbox.calls())

    for _ in range(3):
        settle_refunds()

    assert len(paid_orders.sandbox.calls()) == calls
    paid_orders.sandbox.set_clock(ahead_seconds=TWO_DAYS + 1)
    Refund.objects.update(looked_at=F("looked_at") - timedelta(hours=1))
    settle_refunds()
    assert Refund.objects.get().status == "DONE", "by itself, two days after the cancel"


def test_the_providers_message_is_looked_into_though_the_balance_is_known(
    paid_orders: PaidOrders, deposited: Order
) -> None:
    paid_orders.cancel(deposited, refund_account=ACCOUNT)
    paid_orders.sandbox.post("/sandbox/pay-back", orderId=deposited.pk)
    document = paid_orders.sandbox.payment(Payment.objects.get().payment_key)

    paid_orders.post("/api/payments/webhooks/toss", {"eventType": "PAYMENT_STATUS_CHANGED", "data": document})
    handle_waiting_webhooks()

    assert WebhookDelivery.objects.get().outcome == "fulfilled"
    assert Refund.objects.get().status == "DONE"


def test_a_mistyped_account_is_corrected_by_the_customer_and_the_money_goes_out_once_more(
    paid_orders: PaidOrders, deposited: Order
) -> None:
    paid_orders.cancel(deposited, refund_account=MISTYPED)
    bank(paid_orders, deposited, fails=True)
    refund = Refund.objects.get()
    assert (refund.status, refund.account) == ("RETURNED", MISTYPED)
    assert status_of_order(deposited) == "CANCELLED"
    payment = Payment.objects.get()
    assert (payment.status, payment.balance_krw, payment.refundable_krw) == ("CAPTURED", 2 * PRICE_KRW, 0)
    page = text_of(owner_of(deposited).get("order-cancel-page", deposited))
    assert "could not be paid into the account ****5678" in page
    paid_orders.sandbox.set_clock(ahead_seconds=5)

    answer = correct(paid_orders, deposited)

    assert (answer.status_code, answer.json()["status"]) == (200, "SENT")
    refund.refresh_from_db()
    assert (refund.sendings, refund.reference) == (1, f"[{deposited.pk}/1/2]")
    bank(paid_orders, deposited)
    refund.refresh_from_db()
    assert (refund.status, refund.account) == ("DONE", None)
    cancels = paid_orders.sandbox.payment(payment.payment_key)["cancels"]
    assert [cancel["cancelStatus"] for cancel in cancels] == ["ABORTED", "DONE"]
    assert Payment.objects.get().status == "REFUNDED"
    assert_books_balance(paid_orders.sandbox)
    now = database_now()
    stay = reconcile_journal(start=now - timedelta(minutes=5), end=now + timedelta(minutes=5))
    assert [line for line in stay if line.order_id == deposited.pk] == []


def test_it_is_corrected_on_the_page_and_in_the_admin_too(paid_orders: PaidOrders, deposited: Order) -> None:
    paid_orders.cancel(deposited, line_ids=[1], refund_account=MISTYPED)
    bank(paid_orders, deposited, fails=True)
    paid_orders.sandbox.set_clock(ahead_seconds=5)

    done = owner_of(deposited).post("order-cancel-page", deposited, **MISTYPED)

    assert done.status_code == 302
    bank(paid_orders, deposited, fails=True)
    paid_orders.sandbox.set_clock(ahead_seconds=10)
    desk, refund = staff_client("sales"), Refund.objects.get()
    assert refund.status == "RETURNED"
    asked = reverse("admin:refund-account", args=[refund.pk])
    assert asked in desk.get(reverse("admin:orders_order_change", args=[deposited.pk])).content.decode()
    desk.post(asked, ACCOUNT)
    bank(paid_orders, deposited)
    refund.refresh_from_db()
    assert (refund.status, refund.sendings, status_of_order(deposited)) == ("DONE", 2, "PAID")
    settle_order(deposited.pk)
    assert Refund.objects.count() == 1, "what the bank did not pay is no refund that somebody else has made"
    assert_books_balance(paid_orders.sandbox)


def test_other_seats_of_the_order_are_cancelled_while_an_account_waits_to_be_corrected(
    paid_orders: PaidOrders, deposited: Order
) -> None:
    paid_orders.cancel(deposited, line_ids=[1], refund_account=MISTYPED)
    bank(paid_orders, deposited, fails=True)
    paid_orders.sandbox.set_clock(ahead_seconds=5)

    answer = paid_orders.cancel(deposited, line_ids=[2], refund_account=ACCOUNT)

    assert [line["line_id"] for line in answer.json()["refund"]["lines"]] == [2]
    assert Refund.objects.get(number=1).status == "RETURNED", "what is said of the second is not about the first"
    bank(paid_orders, deposited)
    assert list(Refund.objects.order_by("number").values_list("status", flat=True)) == ["RETURNED", "DONE"]


def test_an_account_that_the_provider_refuses_at_once_changes_nothing(
    paid_orders: PaidOrders, deposited: Order
) -> None:
    answer = paid_orders.cancel(deposited, refund_account={**ACCOUNT, "account_number": "0001"})

    assert (answer.status_code, answer.json()["code"]) == (409, "refund_declined")
    assert answer.json()["provider_code"] == "INVALID_REFUND_ACCOUNT_NUMBER"
    assert (status_of_order(deposited), Payment.objects.get().refundable_krw) == ("PAID", 2 * PRICE_KRW)
    assert paid_orders.cancel(deposited, refund_account=ACCOUNT).json()["refund"]["status"] == "SENT"


def test_a_refused_account_of_an_order_that_has_no_seats_left_is_corrected(
    paid_orders: PaidOrders, deposited: Order
) -> None:
    refund = Refund.objects.create(
        payment=Payment.objects.get(), order=deposited, number=1, amount_krw=2 * PRICE_KRW, cause="ORDER_ENDED",
        reason="late", status="FAILED", idempotency_key="cancel:late:1", account=MISTYPED, requested_at=database_now(),
    )  # fmt: skip
    Ticket.objects.update(live=None, status="CANCELLED")
    Order.objects.update(status="CANCELLED")

    answer = correct(paid_orders, deposited)

    assert answer.json()["status"] == "SENT"
    refund.refresh_from_db()
    assert (refund.account, Payment.objects.get().refundable_krw) == (ACCOUNT, 0)


@pytest.mark.parametrize("state", ["SENT", "DONE"])
def test_nobody_names_an_account_for_money_that_is_on_its_way_or_has_come(
    paid_orders: PaidOrders, deposited: Order, state: str
) -> None:
    paid_orders.cancel(deposited, refund_account=ACCOUNT)
    if state == "DONE":
        bank(paid_orders, deposited)
    before = Refund.objects.values().get()

    answer = correct(paid_orders, deposited, account_number="1112223334")
    clerk = make_staff("sales")
    with pytest.raises(NothingToCancel):
        name_account_by_staff(Refund.objects.get().pk, staff_id=clerk.pk, account=None)  # type: ignore[arg-type]
    with pytest.raises(RefundUnderWay):
        settle_by_hand_by_staff(Refund.objects.get().pk, staff_id=clerk.pk, reference="B-1", reason="cash")

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_cancel")
    assert Refund.objects.values().get() == before


def test_an_account_is_named_for_ones_own_refund_only(paid_orders: PaidOrders, deposited: Order) -> None:
    paid_orders.cancel(deposited, refund_account=MISTYPED)
    bank(paid_orders, deposited, fails=True)

    assert correct(paid_orders, deposited, user_id=make_user().pk).status_code == 404
    assert correct(paid_orders, deposited, 7).status_code == 404
    assert correct(paid_orders, deposited, account_number="not digits").status_code == 422
    assert Refund.objects.get().account == MISTYPED


def test_where_the_provider_cannot_send_it_again_staff_settle_it_by_hand(
    paid_orders: PaidOrders, deposited: Order
) -> None:
    paid_orders.cancel(deposited, refund_account=MISTYPED)
    bank(paid_orders, deposited, fails=True, keepsBalance=True)
    paid_orders.sandbox.set_clock(ahead_seconds=5)
    assert Payment.objects.get().balance_krw == 0

    again = correct(paid_orders, deposited)
    assert again.json()["status"] == "RETURNED"
    refund = Refund.objects.get()
    assert (refund.provider_code, refund.account) == ("NOT_CANCELABLE_AMOUNT", ACCOUNT), "the account is not forgotten"
    clerk = make_staff("sales")
    desk = staff_client(user=clerk)
    by_hand = reverse("admin:refund-by-hand", args=[refund.pk])
    assert by_hand in desk.get(reverse("admin:orders_order_change", args=[deposited.pk])).content.decode()
    assert desk.post(by_hand, {"reference": "", "reason": "by our bank"}).status_code == 422

    desk.post(by_hand, {"reference": "KB-20261130-77", "reason": "by our bank"})

    refund.refresh_from_db()
    assert (refund.status, refund.hand_reference, refund.account) == ("DONE", "KB-20261130-77", None)
    act = StaffAct.objects.get(kind="settle_by_hand")
    assert (act.actor_id, act.reason, act.details["reference"]) == (clerk.pk, "by our bank", "KB-20261130-77")
    assert refund.events.last().actor == f"staff:{clerk.pk}"
    assert "KB-20261130-77" in desk.get(reverse("admin:orders_order_change", args=[deposited.pk])).content.decode()


def test_a_refused_refund_that_is_paid_in_another_way_ends_its_tickets_and_is_not_paid_again(
    paid_orders: PaidOrders,
) -> None:
    order = paid_orders.sell(0)
    paid_orders.sandbox.faults(fail_next=[403, "EXCEED_MAX_REFUND_DUE"])
    paid_orders.cancel(order)
    refund, clerk = Refund.objects.get(), make_staff("sales")

    settle_by_hand_by_staff(refund.pk, staff_id=clerk.pk, reference="R-1", reason="by transfer")

    assert (status_of_order(order), paid_orders.seat_status(0)) == ("CANCELLED", "AVAILABLE")
    payment = Payment.objects.get()
    assert (payment.balance_krw, payment.refundable_krw) == (PRICE_KRW, 0), "the provider has it, and promises nothing"
    assert RefundLine.objects.get().live is True
    assert paid_orders.cancel(order).status_code == 409
    with pytest.raises(RefundUnderWay):
        settle_by_hand_by_staff(refund.pk, staff_id=clerk.pk, reference="R-2", reason="once more")
    assert len(paid_orders.sandbox.calls("/cancel", mentioning=payment.payment_key)) == 1


def test_a_refund_of_seats_that_have_another_one_is_not_settled_by_hand(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)
    paid_orders.sandbox.faults(fail_next=[403, "EXCEED_MAX_REFUND_DUE"])
    paid_orders.cancel(order, line_ids=[1])
    paid_orders.cancel(order, line_ids=[1])

    with pytest.raises(AlreadyRefunded):
        settle_by_hand_by_staff(
            Refund.objects.get(status="FAILED").pk, staff_id=make_staff("sales").pk, reference="R-1", reason="cash"
        )

    assert Payment.objects.get().refundable_krw == PRICE_KRW


def test_who_may_try_refunds_again_may_not_settle_them_by_hand_without_the_permission(
    paid_orders: PaidOrders,
) -> None:
    order = paid_orders.sell(0)
    paid_orders.sandbox.faults(fail_next=[403, "EXCEED_MAX_REFUND_DUE"])
    paid_orders.cancel(order)
    refund = Refund.objects.get()
    by_hand = reverse("admin:refund-by-hand", args=[refund.pk])

    assert staff_client("support lead").get(by_hand).status_code == 403
    assert staff_client("support lead").post(by_hand, {"reference": "R", "reason": "r"}).status_code == 403
    with pytest.raises(ValidationFailed):
        settle_by_hand_by_staff(refund.pk, staff_id=make_staff("sales").pk, reference="R", reason=" ")

    refund.refresh_from_db()
    assert refund.status == "FAILED"
    assert not StaffAct.objects.exists()
