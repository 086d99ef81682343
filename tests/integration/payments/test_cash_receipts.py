"""Cash receipts: asked for at the checkout, issued for money that has come, cancelled as far as it goes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import translation
from pytest_django import Settings

from apps.common.clock import database_now
from apps.common.database import outbox
from apps.common.models import OutboxMessage
from apps.concerts.models import Performance
from apps.orders.models import Order
from apps.payments.calling_off import report
from apps.payments.calling_off.call_off import call_off_performance, confirmation_of, try_again
from apps.payments.calling_off.carry_on import carry_on
from apps.payments.gateway.port import OutcomeUnknown, ReceiptKind, Refused
from apps.payments.gateway.toss.gateway import TossGateway
from apps.payments.models import CashReceipt, Payment, StaffAct
from apps.payments.services.receipts import forget_unused, promise_another_try, want_receipt
from apps.payments.services.settle_payments import settle_order
from tests.integration.payments.pages.visitor import owner_of, text_of
from tests.paid_orders import PRICE_KRW, PaidOrders
from tests.staff import staff_client

PHONE = "01012345678"
CHOICES = {
    "booker": "new", "name": "김하늘", "phone": "010-1234-5678", "email": "sky@example.com", "delivery": "MOBILE",
    "agree_fees": "on", "agree_data": "on",
}  # fmt: skip
INCOME = {"receipt": "INCOME_DEDUCTION", "receipt_phone": "010-1234-5678"}
BUSINESS = {"receipt": "BUSINESS_PROOF", "receipt_business": "120-86-12345"}


@pytest.fixture
def paid_orders(paid_orders_either_lane: PaidOrders) -> PaidOrders:
    """By both lanes: what one answers the other answers, too."""
    return paid_orders_either_lane


def check_out(order: Order, method: str = "TRANSFER", **choices: str) -> Any:
    return owner_of(order).post("checkout", order, **CHOICES, method=method, **choices)


def buy(paid_orders: PaidOrders, *seats: int, **choices: str) -> Order:
    """An order that was paid by transfer, with a receipt in the name of a phone number."""
    order = paid_orders.reserve(*seats)
    assert check_out(order, **(choices or INCOME)).status_code == 200
    assert paid_orders.confirm(order, paid_orders.agree(order, method="계좌이체")).status_code == 200
    return order


def calls(paid_orders: PaidOrders, what: str = "issue") -> list[dict[str, Any]]:
    """The requests to issue, or to cancel, the receipt that there is."""
    receipt = CashReceipt.objects.get()
    if what == "issue":
        return paid_orders.sandbox.calls("/v1/cash-receipts", mentioning=receipt.order_id)
    return paid_orders.sandbox.calls(f"/v1/cash-receipts/{receipt.receipt_key}/cancel")


def relay_all() -> None:
    OutboxMessage.objects.update(next_attempt_at=Now())
    outbox.relay()


@pytest.mark.parametrize(
    ("choices", "type_", "identity", "shown"),
    [(INCOME, "소득공제", PHONE, "*******5678"), (BUSINESS, "지출증빙", "1208612345", "******2345")],
)
def test_a_transfer_gets_the_receipt_that_was_asked_for_at_the_checkout(
    paid_orders: PaidOrders, choices: dict[str, str], type_: str, identity: str, shown: str
) -> None:
    order = buy(paid_orders, 0, 1, **choices)

    (call,) = calls(paid_orders)
    asked = {"amount": 2 * PRICE_KRW, "orderId": order.pk, "type": type_, "customerIdentityNumber": identity}
    assert call["body"].items() >= asked.items()
    receipt = CashReceipt.objects.get()
    assert (receipt.status, receipt.amount_krw, receipt.masked_identity) == ("ISSUED", 2 * PRICE_KRW, shown)
    assert receipt.identity == "", "it is forgotten once the receipt is issued"
    assert receipt.receipt_key
    page = owner_of(order).get("order-page", order)
    assert shown in text_of(page)
    assert receipt.url in page.content.decode()
    desk = staff_client("sales")
    for address in ("/admin/payments/cashreceipt/", f"/admin/orders/order/{order.pk}/change/"):
        assert shown in desk.get(address).content.decode()


def test_a_deposit_gets_it_when_the_money_has_come_and_not_before(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    check_out(order, "VIRTUAL_ACCOUNT", **INCOME)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    assert CashReceipt.objects.get().status == "WANTED"
    assert calls(paid_orders) == []

    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk)
    settle_order(order.pk)

    assert CashReceipt.objects.get().status == "ISSUED"


def test_the_receipt_follows_each_refund_and_keeps_the_fee(paid_orders: PaidOrders) -> None:
    order = buy(paid_orders, 0, 1)
    policy = paid_orders.performance.concert.cancellation_policy
    policy.free_period_hours = 0
    policy.save()
    Performance.objects.filter(pk=paid_orders.performance.pk).update(starts_at=database_now() + timedelta(days=8))

    paid_orders.cancel(order, line_ids=[1])
    assert (CashReceipt.objects.get().status, CashReceipt.objects.get().amount_krw) == ("PART", 110_000)
    paid_orders.sandbox.set_clock(ahead_seconds=5)
    paid_orders.cancel(order, line_ids=[2])

    receipt = CashReceipt.objects.get()
    assert (receipt.status, receipt.amount_krw, receipt.covered) == ("PART", 20_000, [1, 2])
    assert [call["body"]["amount"] for call in calls(paid_orders, "cancel")] == [90_000, 90_000]


def test_a_whole_refund_cancels_the_whole_receipt(paid_orders: PaidOrders) -> None:
    order = buy(paid_orders, 0)

    paid_orders.cancel(order)

    assert (CashReceipt.objects.get().status, CashReceipt.objects.get().amount_krw) == ("CANCELLED", 0)


@pytest.mark.parametrize("call", ["issue_receipt", "cancel_receipt"])
def test_an_answer_that_is_lost_is_asked_for_again_under_the_same_key(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    working = getattr(TossGateway, call)

    def loses(self: TossGateway, *arguments: Any, **named: Any) -> Any:
        working(self, *arguments, **named)
        raise OutcomeUnknown("NO_ANSWER")

    if call == "issue_receipt":
        monkeypatch.setattr(TossGateway, call, loses)
        order = buy(paid_orders, 0)
        assert CashReceipt.objects.get().status == "ASKED"
    else:
        order = buy(paid_orders, 0, 1)
        monkeypatch.setattr(TossGateway, call, loses)
        paid_orders.cancel(order, line_ids=[1])
        assert CashReceipt.objects.get().amount_krw == 2 * PRICE_KRW
    monkeypatch.setattr(TossGateway, call, working)

    relay_all()

    receipt = CashReceipt.objects.get()
    assert (receipt.status, receipt.amount_krw) == (("ISSUED" if call == "issue_receipt" else "PART"), PRICE_KRW)
    asked = calls(paid_orders) if call == "issue_receipt" else calls(paid_orders, "cancel")
    assert len({one["idempotency_key"] for one in asked}) == 1
    assert [one["replayed"] for one in asked] == [False, True]


def test_a_refund_that_is_quicker_than_the_receipt_is_taken_into_account(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    working = TossGateway.issue_receipt

    def is_away(*_: Any, **__: Any) -> Any:
        raise OutcomeUnknown("NO_CONNECTION")

    monkeypatch.setattr(TossGateway, "issue_receipt", is_away)
    order = buy(paid_orders, 0, 1)
    paid_orders.cancel(order, line_ids=[1])
    monkeypatch.setattr(TossGateway, "issue_receipt", working)

    for _ in range(2):
        relay_all()

    receipt = CashReceipt.objects.get()
    assert (receipt.status, receipt.amount_krw) == ("PART", PRICE_KRW)
    assert not OutboxMessage.objects.exists()


def test_a_receipt_that_the_provider_refuses_leaves_the_sale_as_it_is(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: Any, **__: Any) -> Any:
        raise Refused("INVALID_REGISTRATION_NUMBER")

    monkeypatch.setattr(TossGateway, "issue_receipt", refuses)

    order = buy(paid_orders, 0)

    receipt = CashReceipt.objects.get()
    assert (receipt.status, receipt.provider_code, receipt.identity) == ("REFUSED", "INVALID_REGISTRATION_NUMBER", "")
    assert Order.objects.get(pk=order.pk).status == "PAID"
    assert paid_orders.cancel(order).json()["status"] == "CANCELLED"


def refuse_cancelling(monkeypatch: pytest.MonkeyPatch, code: str = "ALREADY_SENT") -> Any:
    """The provider refuses to take anything off a receipt; answers what undoes that."""
    working = TossGateway.cancel_receipt

    def refuses(*_: Any, **__: Any) -> Any:
        raise Refused(code)

    monkeypatch.setattr(TossGateway, "cancel_receipt", refuses)
    return lambda: monkeypatch.setattr(TossGateway, "cancel_receipt", working)


def test_a_refused_cancellation_is_tried_again_by_staff_under_a_new_key(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = buy(paid_orders, 0, 1)
    relents = refuse_cancelling(monkeypatch)
    paid_orders.cancel(order, line_ids=[1])
    receipt = CashReceipt.objects.get()
    assert (receipt.status, receipt.amount_krw, receipt.provider_code) == ("ISSUED", 2 * PRICE_KRW, "ALREADY_SENT")
    relents()
    clerk = staff_client("sales")
    data = {"action": "try_again", "_selected_action": [receipt.pk]}

    clerk.post("/admin/payments/cashreceipt/", data)
    relay_all()

    receipt.refresh_from_db()
    assert (receipt.status, receipt.amount_krw, receipt.provider_code) == ("PART", PRICE_KRW, "")
    (asked,) = calls(paid_orders, "cancel")
    assert asked["idempotency_key"] == f"receipt:{order.pk}:1:1"
    assert StaffAct.objects.get(kind="retry_receipt").details["promised"] is True
    clerk.post("/admin/payments/cashreceipt/", data)
    relay_all()
    assert len(calls(paid_orders, "cancel")) == 1, "nothing is refused any more"


def test_a_receipt_says_too_much_until_all_that_was_refused_is_taken_off(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = buy(paid_orders, 0, 1)
    relents = refuse_cancelling(monkeypatch)
    paid_orders.cancel(order, line_ids=[1])
    relents()
    paid_orders.sandbox.set_clock(ahead_seconds=5)
    paid_orders.cancel(order, line_ids=[2])

    receipt = CashReceipt.objects.get()
    assert (receipt.amount_krw, receipt.provider_code) == (PRICE_KRW, "ALREADY_SENT")
    assert promise_another_try(receipt)
    relay_all()

    receipt.refresh_from_db()
    assert (receipt.status, receipt.amount_krw, receipt.provider_code) == ("CANCELLED", 0, "")
    assert not promise_another_try(receipt)


def test_of_a_show_that_is_called_off_refused_receipts_are_left_and_tried_again_with_the_rest(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = buy(paid_orders, 0, 1)
    performance = paid_orders.performance
    relents = refuse_cancelling(monkeypatch)
    job = call_off_performance(performance.pk, actor_id=None, reason="ill", typed=confirmation_of(performance))
    assert carry_on(job.pk)
    relay_all()

    with translation.override("en"):
        (left,) = report.list_leftovers(job)
    assert (left.order.pk, left.amount_krw, left.code) == (order.pk, 2 * PRICE_KRW, "ALREADY_SENT")
    assert "tax office" in str(left.why)
    relents()
    try_again(performance.pk, actor_id=None)
    relay_all()

    assert list(report.list_leftovers(job)) == []
    assert CashReceipt.objects.get().status == "CANCELLED"


@pytest.mark.parametrize("choices", [{}, {"receipt": ""}, {"receipt": "", "receipt_phone": PHONE}])
def test_nobody_gets_a_receipt_who_does_not_want_one(paid_orders: PaidOrders, choices: dict[str, str]) -> None:
    order = paid_orders.reserve(0)
    check_out(order, **INCOME)
    assert check_out(order, **choices).status_code == 200

    assert not CashReceipt.objects.exists()


def test_a_card_has_none(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)

    assert check_out(order, "CARD", **INCOME).status_code == 200

    assert not CashReceipt.objects.exists()


def test_who_pays_by_card_after_all_gets_none(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    check_out(order, **INCOME)

    paid_orders.confirm(order, paid_orders.agree(order, method="카드"))

    assert CashReceipt.objects.get().status == "WANTED"
    assert calls(paid_orders) == []


@pytest.mark.parametrize(
    ("choices", "field"),
    [
        ({"receipt": "INCOME_DEDUCTION"}, "receipt_phone"),
        ({"receipt": "INCOME_DEDUCTION", "receipt_phone": "02-123-4567"}, "receipt_phone"),
        ({"receipt": "INCOME_DEDUCTION", "receipt_phone": "0101234567x"}, "receipt_phone"),
        ({"receipt": "BUSINESS_PROOF", "receipt_business": "120-86-1234"}, "receipt_business"),
        ({"receipt": "LOTTERY"}, "receipt"),
    ],
)
def test_a_number_that_cannot_be_is_refused_before_the_window_opens(
    paid_orders: PaidOrders, choices: dict[str, str], field: str
) -> None:
    answer = check_out(paid_orders.reserve(0), **choices)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert not CashReceipt.objects.exists()


def test_the_number_of_an_order_that_ended_without_money_is_forgotten(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    want_receipt(order.pk, kind=ReceiptKind.INCOME_DEDUCTION, identity=PHONE)
    paid_orders.cancel(order)
    assert forget_unused() == 0

    CashReceipt.objects.update(wanted_at=Now() - timedelta(days=2))

    assert forget_unused() == 1
    assert not CashReceipt.objects.exists()


def test_the_window_does_not_ask_again_and_knows_of_the_culture_expense(
    paid_orders: PaidOrders, settings: Settings
) -> None:
    order = paid_orders.reserve(0)
    plain = check_out(order, **INCOME).json()["request"]
    settings.CULTURE_EXPENSE = True
    request = check_out(order, **INCOME).json()["request"]

    assert "cultureExpense" not in plain
    assert (request["cultureExpense"], request["transfer"]) == (
        True,
        {"useEscrow": False, "cashReceipt": {"type": "미발행"}},
    )


@pytest.mark.parametrize("method", ["카드", "계좌이체"])
def test_what_the_tax_office_reads_is_kept_and_shown(paid_orders: PaidOrders, method: str) -> None:
    order = paid_orders.sell(0, method=method, cultureExpense=True)

    assert Payment.objects.get().is_culture_expense is True
    assert "Counts as a culture expense" in text_of(owner_of(order).get("order-page", order))
