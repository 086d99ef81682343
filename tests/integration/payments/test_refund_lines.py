"""A line has at most one refund that is open or done, whoever asks for it and in whatever order."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import Role, User
from apps.orders.models import Order
from apps.payments.causes import CAUSES
from apps.payments.errors import AlreadyRefunded, MoreThanIsLeft
from apps.payments.models import Payment, Refund, RefundLine, StaffAct
from apps.payments.services.execute_refund import retry_refund, settle_refunds
from apps.payments.services.request_refund import request_refund
from apps.payments.services.staff_acts import retry_refund_by_staff
from tests.factories import make_user
from tests.paid_orders import PRICE_KRW, PaidOrders, assert_books_balance


@pytest.fixture
def clerk(transactional_db: None) -> User:
    return make_user(role=Role.STAFF)


def refuse_a_refund(paid_orders: PaidOrders, order: Order, *lines: int) -> Refund:
    """Have the provider refuse the refund of some lines."""
    paid_orders.sandbox.faults(fail_next=[403, "NOT_CANCELABLE_PAYMENT"])
    assert paid_orders.cancel(order, line_ids=list(lines)).status_code == 409
    return Refund.objects.get(status="FAILED")


def test_a_refused_refund_is_not_tried_again_once_its_seat_was_refunded_by_another(
    paid_orders: PaidOrders, clerk: User
) -> None:
    order = paid_orders.sell(0, 1)
    refused = refuse_a_refund(paid_orders, order, 1)
    assert paid_orders.cancel(order, line_ids=[1]).json()["refund"]["status"] == "DONE"
    paid_orders.sandbox.set_clock(ahead_seconds=5)

    with pytest.raises(AlreadyRefunded) as refusal:
        retry_refund_by_staff(refused.pk, staff_id=clerk.pk)
    settle_refunds()

    assert refusal.value.detail == "Refund 2 of these seats is DONE: nothing is refunded twice."
    assert StaffAct.objects.get().details["refused"] == "already_refunded"
    refused.refresh_from_db()
    assert (refused.status, refused.tries) == ("FAILED", 0)
    payment = Payment.objects.get()
    assert payment.balance_krw == payment.refundable_krw == PRICE_KRW
    assert len(paid_orders.sandbox.payment(payment.payment_key)["cancels"]) == 1
    assert_books_balance(paid_orders.sandbox)


def test_a_refused_refund_is_not_tried_again_while_another_of_its_seats_is_open(
    paid_orders: PaidOrders, clerk: User
) -> None:
    order = paid_orders.sell(0, 1, 2)
    refused = refuse_a_refund(paid_orders, order, 1, 2)
    paid_orders.sandbox.faults(hang_next=True)
    assert paid_orders.cancel(order, line_ids=[2]).json()["refund"]["status"] == "UNKNOWN"

    with pytest.raises(AlreadyRefunded):
        retry_refund(refused.pk, actor="staff:1")

    refused.refresh_from_db()
    assert refused.status == "FAILED"
    assert list(RefundLine.objects.filter(live=True).values_list("line__number", flat=True)) == [2]


def test_a_refused_refund_that_is_tried_again_binds_its_seats(paid_orders: PaidOrders, clerk: User) -> None:
    order = paid_orders.sell(0, 1)
    refused = refuse_a_refund(paid_orders, order, 1)
    paid_orders.sandbox.faults(hang_next=True)
    retry_refund_by_staff(refused.pk, staff_id=clerk.pk)

    again = paid_orders.cancel(order, line_ids=[1])

    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_cancel")
    assert settle_refunds() == 1
    assert_books_balance(paid_orders.sandbox)


def test_a_refund_whose_money_has_gone_back_otherwise_is_not_tried_again(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    refused = refuse_a_refund(paid_orders, order, 1)
    Payment.objects.update(refundable_krw=PRICE_KRW - 1)

    with pytest.raises(MoreThanIsLeft) as refusal:
        retry_refund(refused.pk, actor="staff:1")

    assert refusal.value.extras == {"left": PRICE_KRW - 1}
    refused.refresh_from_db()
    assert (refused.status, refused.tries) == ("FAILED", 0)
    assert not RefundLine.objects.filter(live=True).exists()


def test_a_second_refund_of_a_line_is_refused_by_the_database_whoever_promises_it(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)
    paid_orders.cancel(order, line_ids=[1])
    before = Payment.objects.values().get()

    with pytest.raises(AlreadyRefunded), transaction.atomic():
        request_refund(
            order,
            Payment.objects.select_for_update().get(),
            amount_krw=PRICE_KRW,
            cause=CAUSES["ORGANISER"],
            lines=[order.lines.get(number=1)],
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        RefundLine.objects.create(refund=Refund.objects.get(), line=order.lines.get(number=1))

    assert Payment.objects.values().get() == before
    assert Refund.objects.count() == 1


def test_more_than_is_left_is_promised_to_nobody(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)

    with pytest.raises(MoreThanIsLeft) as refusal, transaction.atomic():
        request_refund(order, Payment.objects.get(), amount_krw=PRICE_KRW + 1, cause=CAUSES["ORGANISER"])

    assert (refusal.value.status, refusal.value.extras) == (409, {"left": PRICE_KRW})
    assert not Refund.objects.exists()
