"""The job that follows: everybody gets the full price back, once, and is told; what cannot be done is listed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext
from pytest_django import DjangoAssertNumQueries

from apps.concerts.errors import PerformanceCalledOff
from apps.orders.models import Order, Ticket
from apps.payments.calling_off import pace, report
from apps.payments.calling_off.call_off import call_off_performance, confirmation_of, try_again
from apps.payments.calling_off.carry_on import carry_on, carry_on_all
from apps.payments.calling_off.lease import leased
from apps.payments.calling_off.models import CallOff, CallOffNotice
from apps.payments.causes import CALLED_OFF
from apps.payments.gateway.provider import get_gateway
from apps.payments.models import Payment, PaymentEvent, Refund, RefundLine, SurplusPayment
from apps.payments.services.execute_refund import settle_refunds
from apps.payments.services.settle_payments import settle_order
from apps.payments.services.staff_acts import retry_refund_by_staff, settle_by_hand_by_staff
from tests.integration.payments.pages.visitor import owner_of, text_of
from tests.paid_orders import PRICE_KRW, PaidOrders, assert_books_balance, status_of_order
from tests.staff import make_staff, staff_client

REASON = "The singer is ill."
REFUSED = [403, "NOT_CANCELABLE_PAYMENT"]
ACCOUNT = {"bank": "20", "account_number": "1002123456789", "holder_name": "홍길동"}


def the_bank(paid_orders: PaidOrders, order: Order, **does: bool) -> None:
    """The bank pays what the provider has sent it, or cannot; the provider is asked again later."""
    paid_orders.sandbox.post("/sandbox/pay-back", orderId=order.pk, **does)
    Refund.objects.update(looked_at=Now() - timedelta(hours=1))
    settle_refunds()


def call_off(paid_orders: PaidOrders, *, extra_percent: int = 0) -> CallOff:
    performance = paid_orders.performance
    return call_off_performance(
        performance.pk,
        actor_id=None,
        reason=REASON,
        typed=confirmation_of(performance),
        extra_percent=extra_percent,
    )


def carry(call_off: CallOff) -> CallOff:
    assert carry_on(call_off.pk)
    call_off.refresh_from_db()
    return call_off


def leftovers(call_off: CallOff) -> list[tuple[str, int, str]]:
    return [(one.order.pk, one.amount_krw, one.code) for one in report.list_leftovers(call_off)]


@pytest.fixture(autouse=True)
def no_run_waits_for_a_provider_in_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "WORTH_WAITING_SECONDS", -1.0)


def test_everybody_gets_all_of_it_back_whatever_the_policy_says(paid_orders: PaidOrders) -> None:
    policy = paid_orders.performance.concert.cancellation_policy
    policy.free_period_hours = 0
    policy.save()
    policy.tiers.all().delete()
    policy.tiers.create(days_before_min=0, percent=90)
    orders = [paid_orders.sell(0, 1), paid_orders.sell(2), paid_orders.sell(3, 4, 5)]
    paid_orders.cancel(orders[2], line_ids=[1])  # before, with the fee of that day
    paid_orders.sandbox.set_clock(ahead_seconds=5)

    job = carry(call_off(paid_orders))

    assert (job.status, leftovers(job)) == ("DONE", [])
    given = Refund.objects.filter(cause=CALLED_OFF.code).values_list("order", "amount_krw", "fee_krw", "status")
    assert sorted(given) == sorted(
        (order.pk, krw, 0, "DONE") for order, krw in zip(orders, (200_000, 100_000, 200_000), strict=True)
    )
    assert {status_of_order(order) for order in orders} == {"CANCELLED"}
    assert not Ticket.objects.filter(live=True).exists()
    assert_books_balance(paid_orders.sandbox)


def test_what_nobody_has_paid_for_ends(paid_orders: PaidOrders) -> None:
    placed, held, waiting = paid_orders.place(0), paid_orders.reserve(1), paid_orders.reserve(2)
    key = paid_orders.agree(waiting, method="가상계좌")
    paid_orders.confirm(waiting, key)

    job = carry(call_off(paid_orders))

    assert [status_of_order(one) for one in (placed, held, waiting)] == ["CANCELLED"] * 3
    assert paid_orders.sandbox.payment(key)["status"] == "CANCELED"
    assert Payment.objects.get().status == "CLOSED"
    assert job.status == "DONE"
    assert "transfer no more money" in mail.outbox[0].body or mail.outbox[0].to == [waiting.user.email]
    for order in (held, waiting):
        assert "The show is called off" in text_of(owner_of(order).get("order-page", order))


def test_a_payment_under_way_is_waited_for(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(approve_then_hang_next=True)
    paid_orders.confirm(order, key)
    job = carry(call_off(paid_orders))
    assert (job.status, status_of_order(order)) == ("RUNNING", "CONFIRMING")

    settle_order(order.pk)

    assert carry(job).status == "DONE"
    assert paid_orders.sandbox.payment(key)["balanceAmount"] == 0
    assert [one.to for one in mail.outbox] == [[order.user.email]]


def test_everybody_is_told_once_with_the_reason_and_the_money(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)
    Order.objects.filter(pk=order.pk).update(booker_email="booker@example.com")
    performance = paid_orders.performance

    job = carry(call_off(paid_orders, extra_percent=10))
    CallOff.objects.update(status=CallOff.Status.RUNNING)
    carry(job)

    (letter,) = mail.outbox
    assert letter.to == ["booker@example.com"]
    assert performance.concert.title in letter.subject
    for said in (REASON, "200,000", "20,000", performance.concert.organiser, order.pk, "/orders/"):
        assert said in letter.body, said
    assert CallOffNotice.objects.get().sent_at is not None


def test_the_extra_share_is_owed_by_the_organiser_and_shown_so(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)
    partly = paid_orders.sell(2, 3)
    paid_orders.cancel(partly, line_ids=[1])
    paid_orders.sandbox.set_clock(ahead_seconds=5)

    job = carry(call_off(paid_orders, extra_percent=10))

    assert sorted((one.order.pk, one.extra_krw) for one in report.list_owed(job)) == sorted(
        [(order.pk, 20_000), (partly.pk, 10_000)]
    )
    assert Refund.objects.get(order=order).amount_krw == 200_000  # no provider pays out more than was paid
    assert "owes you" in text_of(owner_of(order).get("order-page", order))
    assert_books_balance(paid_orders.sandbox)


def test_what_the_provider_refuses_is_listed_and_tried_again_when_somebody_says_so(paid_orders: PaidOrders) -> None:
    orders = [paid_orders.sell(seat) for seat in range(4)]
    paid_orders.sandbox.faults(fail_next=REFUSED, fail_count=2)

    job = carry(call_off(paid_orders))

    refused = Refund.objects.filter(status="FAILED").select_related("order").order_by("order")
    assert job.status == "DONE"
    assert leftovers(job) == [(one.order_id, PRICE_KRW, REFUSED[1]) for one in refused]
    assert len(leftovers(job)) == 2
    assert carry_on_all() == 0
    progress = report.get_progress(job)
    assert (progress.done, progress.refused, progress.to_come, progress.percent) == (2, 2, 0, 100)

    try_again(paid_orders.performance.pk, actor_id=None)
    assert carry(job).status == "DONE"

    assert leftovers(job) == []
    assert {status_of_order(order) for order in orders} == {"CANCELLED"}
    assert_books_balance(paid_orders.sandbox)


def test_one_that_is_refused_again_is_listed_again(paid_orders: PaidOrders) -> None:
    paid_orders.sell(0)
    paid_orders.sandbox.faults(fail_next=REFUSED, fail_count=2)
    job = carry(call_off(paid_orders))

    try_again(paid_orders.performance.pk, actor_id=None)

    assert (carry(job).status, len(leftovers(job))) == ("DONE", 1)


@pytest.mark.parametrize("trouble", [[429, "TOO_MANY_REQUESTS"], [500, "FAILED_INTERNAL_SYSTEM_PROCESSING"]])
def test_it_backs_off_where_the_provider_is_in_trouble_and_goes_on_later(
    paid_orders: PaidOrders, trouble: list[Any]
) -> None:
    for seat in range(20):
        paid_orders.sell(seat)
    paid_orders.sandbox.faults(fail_next=trouble, fail_count=100)
    before = len(paid_orders.sandbox.calls("/cancel"))

    job = carry(call_off(paid_orders))

    asked = len(paid_orders.sandbox.calls("/cancel")) - before
    assert asked <= 8  # as many as were under way at once: nobody went on asking
    assert (job.status, job.trouble, job.pause_seconds) == ("RUNNING", trouble[1], 1)
    assert job.paused_until is not None
    CallOff.objects.update(paused_until=Now() + timedelta(minutes=1))
    assert carry_on_all() == 0
    page = staff_client("show manager").get(page_of(job)).content.decode()
    assert trouble[1] in page

    job = carry(job)
    assert job.pause_seconds == 2
    assert len(paid_orders.sandbox.calls("/cancel")) - before == asked + 1  # one, to see

    paid_orders.sandbox.faults()
    job = carry(job)
    assert (job.status, job.trouble, job.paused_until) == ("DONE", "", None)
    assert_books_balance(paid_orders.sandbox)


def page_of(job: CallOff) -> str:
    return reverse("admin:concerts_performance_call_off", args=[job.performance_id])


def test_a_deposit_s_refund_waits_for_its_owner_s_account(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk)
    settle_order(order.pk)
    assert status_of_order(order) == "PAID"

    job = carry(call_off(paid_orders))

    assert (job.status, leftovers(job)) == ("DONE", [(order.pk, PRICE_KRW, "")])
    assert report.get_progress(job).waiting_for_account == 1
    assert paid_orders.cancel(order, refund_account=ACCOUNT).status_code == 200
    assert leftovers(job) == []
    progress = report.get_progress(job)
    assert (progress.done, progress.at_the_bank, progress.at_the_bank_krw) == (0, 1, PRICE_KRW)
    the_bank(paid_orders, order)
    assert (report.get_progress(job).done, report.get_progress(job).at_the_bank) == (1, 0)
    assert_books_balance(paid_orders.sandbox)


def test_of_a_deposit_that_the_bank_takes_back_nothing_is_promised_any_more(paid_orders: PaidOrders) -> None:
    """Else the next deposit would be given back beside a refund of the first that still waits for its account."""
    order = paid_orders.reserve(0)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk)
    settle_order(order.pk)
    job = carry(call_off(paid_orders))
    assert Refund.objects.get().status == "REQUESTED"

    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk, fails=True)
    settle_order(order.pk)

    assert Refund.objects.get().status == "FAILED"
    assert status_of_order(order) == "CANCELLED"
    payment = Payment.objects.get()
    assert (payment.status, payment.balance_krw, payment.refundable_krw) == ("CLOSED", 0, 0)
    try_again(paid_orders.performance.pk, actor_id=None)
    assert carry(job).status == "DONE"
    assert (Refund.objects.get().status, Payment.objects.get().refundable_krw) == ("FAILED", 0)


def test_what_the_bank_does_not_pay_is_listed_until_it_is_settled_by_hand(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk)
    settle_order(order.pk)
    job = carry(call_off(paid_orders))
    paid_orders.cancel(order, refund_account=ACCOUNT)

    the_bank(paid_orders, order, fails=True, keepsBalance=True)

    assert leftovers(job) == [(order.pk, PRICE_KRW, "BANK_DID_NOT_PAY")]
    assert [str(left.why) for left in report.list_leftovers(job)] == [
        gettext("The bank did not pay it: another account is needed, or it is settled by hand.")
    ]
    assert (report.get_progress(job).refused, report.get_progress(job).refused_krw) == (1, PRICE_KRW)
    settle_by_hand_by_staff(
        Refund.objects.get().pk, staff_id=make_staff("sales").pk, reference="KB-1", reason="by our bank"
    )
    assert (leftovers(job), report.get_progress(job).refused, report.get_progress(job).done) == ([], 0, 1)


def test_a_second_payment_that_the_provider_keeps_is_listed(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    job = carry(call_off(paid_orders))
    SurplusPayment.objects.create(
        order=order, provider="toss", payment_key="twice", method="카드", amount_krw=PRICE_KRW, status="REFUSED",
        provider_code=REFUSED[1], found_at=Now(),
    )  # fmt: skip

    assert leftovers(job) == [(order.pk, PRICE_KRW, REFUSED[1])]


def test_a_refused_refund_whose_ticket_went_back_otherwise_stays_refused_and_the_job_ends(
    paid_orders: PaidOrders,
) -> None:
    order = paid_orders.sell(0)
    paid_orders.sandbox.faults(fail_next=REFUSED)
    job = carry(call_off(paid_orders))
    paid_orders.sandbox.set_clock(ahead_seconds=5)
    assert paid_orders.cancel(order).status_code == 200

    try_again(paid_orders.performance.pk, actor_id=None)

    assert carry(job).status == "DONE"
    assert sorted(Refund.objects.values_list("status", flat=True)) == ["DONE", "FAILED"]
    assert_books_balance(paid_orders.sandbox)


def test_a_part_that_went_back_at_the_provider_s_desk_is_not_given_twice(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)
    Payment.objects.update(balance_krw=150_000, refundable_krw=150_000)

    carry(call_off(paid_orders))

    assert Refund.objects.get().amount_krw == 150_000
    assert status_of_order(order) == "CANCELLED"


def test_what_the_desk_gave_while_the_job_gave_it_back_is_not_missing_when_it_is_tried_again(
    paid_orders: PaidOrders,
) -> None:
    order = paid_orders.sell(0)
    key = Payment.objects.get().payment_key
    paid_orders.sandbox.faults(fail_next=REFUSED)
    job = carry(call_off(paid_orders))
    get_gateway("toss").refund(key, amount_krw=40_000, reason="a call", idempotency_key="desk")
    settle_order(order.pk)
    paid_orders.sandbox.set_clock(ahead_seconds=5)

    try_again(paid_orders.performance.pk, actor_id=None)
    carry(job)

    done = Refund.objects.get(cause=CALLED_OFF.code)
    assert (done.status, done.amount_krw, done.given_before_krw) == ("DONE", 60_000, 40_000)
    assert leftovers(job) == []
    assert_books_balance(paid_orders.sandbox)


def test_a_refund_with_a_fee_that_was_under_way_goes_its_way_and_in_full_where_it_is_refused(
    paid_orders: PaidOrders,
) -> None:
    order = paid_orders.sell(0)
    paid_orders.sandbox.faults(fail_next=[500, "FAILED_INTERNAL_SYSTEM_PROCESSING"])
    paid_orders.cancel(order)
    assert Refund.objects.get().status == "UNKNOWN"
    job = carry(call_off(paid_orders))
    assert not Refund.objects.filter(cause=CALLED_OFF.code).exists()
    Refund.objects.update(status=Refund.Status.FAILED)
    RefundLine.objects.update(live=None)
    Payment.objects.update(refundable_krw=PRICE_KRW)
    CallOff.objects.update(status=CallOff.Status.RUNNING)

    carry(job)

    assert Refund.objects.get(cause=CALLED_OFF.code).amount_krw == PRICE_KRW


def refuse_a_refund_with_a_fee(paid_orders: PaidOrders) -> tuple[Order, Refund]:
    """An order whose buyer has cancelled it with a fee, which the provider has refused."""
    policy = paid_orders.performance.concert.cancellation_policy
    policy.free_period_hours = 0
    policy.save()
    policy.tiers.all().delete()
    policy.tiers.create(days_before_min=0, percent=30)
    order = paid_orders.sell(0)
    paid_orders.sandbox.faults(fail_next=REFUSED)
    paid_orders.cancel(order)
    return order, Refund.objects.get(order=order, status="FAILED", fee_krw=30_000)


@pytest.mark.parametrize("by", ["trying again", "hand"])
def test_a_refused_refund_with_a_fee_is_not_taken_up_again_once_the_show_is_called_off(
    paid_orders: PaidOrders, by: str
) -> None:
    """The calling off's own refund was refused too, so that the seats are bound to neither."""
    order, refund = refuse_a_refund_with_a_fee(paid_orders)
    paid_orders.sandbox.faults(fail_next=REFUSED)
    job = carry(call_off(paid_orders))
    clerk = make_staff("sales")
    act = retry_refund_by_staff
    if by == "hand":
        act = partial(settle_by_hand_by_staff, reference="bank 1", reason="transfer")

    with pytest.raises(PerformanceCalledOff):
        act(refund.pk, staff_id=clerk.pk)

    refund.refresh_from_db()
    assert (refund.status, status_of_order(order)) == ("FAILED", "PAID")
    try_again(paid_orders.performance.pk, actor_id=None)
    carry(job)
    assert Refund.objects.get(status="DONE").amount_krw == PRICE_KRW
    assert_books_balance(paid_orders.sandbox)


def test_a_refund_with_a_fee_whose_outcome_is_open_is_waited_for_before_it_is_done(paid_orders: PaidOrders) -> None:
    """Where the provider refuses it in the end, its tickets are alive, and go back in full by the job."""
    policy = paid_orders.performance.concert.cancellation_policy
    policy.free_period_hours = 0
    policy.save()
    order = paid_orders.sell(0)
    paid_orders.sandbox.faults(hang_next=True)
    paid_orders.cancel(order)
    job = carry(call_off(paid_orders))
    assert (job.status, Refund.objects.get().status) == ("RUNNING", "UNKNOWN")

    paid_orders.sandbox.faults(fail_next=REFUSED)
    settle_refunds()

    assert carry(job).status == "DONE"
    assert list(Refund.objects.order_by("number").values_list("status", "amount_krw"))[-1] == ("DONE", PRICE_KRW)
    assert not Ticket.objects.filter(live=True).exists()


def test_one_process_is_at_it_at_a_time(paid_orders: PaidOrders) -> None:
    paid_orders.sell(0)
    job = call_off(paid_orders)
    with leased(job.pk) as lease:
        assert lease is not None
        assert not carry_on(job.pk)
        CallOff.objects.update(leased_until=Now())  # it has not been renewed in time
        assert carry_on(job.pk)

    job.refresh_from_db()
    assert job.status == "DONE"


def test_what_is_only_proposed_is_not_carried_on_with(paid_orders: PaidOrders, settings: Any) -> None:
    settings.CALL_OFF_NEEDS_TWO = True
    paid_orders.sell(0)
    job = call_off(paid_orders)

    assert carry_on_all() == 0
    assert not carry_on(job.pk)
    assert not Refund.objects.exists()


class Choosy(EmailBackend):
    """A mail server that refuses one address, and may be away."""

    refused = ""
    is_away = False

    def open(self) -> None:
        if self.is_away:
            raise ConnectionRefusedError

    def send_messages(self, messages: Any) -> int:
        if any(self.refused in message.to for message in messages):
            raise SMTPRecipientsRefused({self.refused: (550, b"no such user")})
        return super().send_messages(messages)


@pytest.fixture
def mail_server(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[type[Choosy]]:
    settings.EMAIL_BACKEND = f"{__name__}.Choosy"
    yield Choosy
    Choosy.refused, Choosy.is_away = "", False


def test_an_address_that_is_refused_is_listed_and_keeps_nobody_waiting(
    paid_orders: PaidOrders, mail_server: type[Choosy]
) -> None:
    orders = [paid_orders.sell(seat) for seat in range(3)]
    mail_server.refused = orders[1].user.email

    job = carry(call_off(paid_orders))

    assert job.status == "DONE"
    ((order_id, krw, code),) = leftovers(job)
    assert (order_id, krw) == (orders[1].pk, 0)
    assert "no such user" in code
    assert {one.to[0] for one in mail.outbox} == {orders[0].user.email, orders[2].user.email}


def test_while_the_mail_server_is_away_the_money_goes_back_and_people_are_told_later(
    paid_orders: PaidOrders, mail_server: type[Choosy]
) -> None:
    paid_orders.sell(0)
    mail_server.is_away = True
    job = carry(call_off(paid_orders))
    assert (job.status, Refund.objects.get().status, mail.outbox) == ("RUNNING", "DONE", [])

    mail_server.is_away = False

    assert carry(job).status == "DONE"
    assert len(mail.outbox) == 1


def test_orders_of_a_demonstration_that_nobody_paid_for_end_without_money(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    PaymentEvent.objects.all().delete()
    Payment.objects.all().delete()

    assert carry(call_off(paid_orders)).status == "DONE"

    assert status_of_order(order) == "CANCELLED"
    assert not Refund.objects.exists()


def test_staff_see_the_progress_and_get_the_lists_as_files(paid_orders: PaidOrders) -> None:
    paid_orders.sell(0, 1)
    paid_orders.sell(2)
    paid_orders.sandbox.faults(fail_next=REFUSED)
    job = call_off(paid_orders, extra_percent=10)
    client = staff_client("show manager")
    assert client.get(page_of(job)).headers["Refresh"]

    carry(job)

    page = client.get(page_of(job))
    assert "Refresh" not in page.headers
    assert "all that can be done is done" in page.content.decode()
    assert REFUSED[1] in page.content.decode()
    export = reverse("admin:concerts_performance_call_off_export", args=[job.performance_id])
    left = b"".join(client.get(export, {"table": "left"}).streaming_content).decode()
    owed = b"".join(client.get(export, {"table": "owed"}).streaming_content).decode()
    assert left.count("\n") == 2
    assert owed.count("\n") == 3
    assert client.get(export, {"table": "none"}).status_code == 404
    assert staff_client("catalogue").get(export, {"table": "left"}).status_code == 403
    client.post(page_of(job), {"act": "try again"})
    assert carry(job).status == "DONE"
    assert "Nothing." in client.get(page_of(job)).content.decode()


def test_the_progress_takes_no_more_queries_for_more_orders(
    paid_orders: PaidOrders, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for seat in range(6):
        paid_orders.sell(seat)
    job = carry(call_off(paid_orders))
    with django_assert_num_queries(4):
        report.get_progress(job)
