"""An order's page in the admin: read whole, and acted upon by the services only, each act asked first and noted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.common.clock import database_now
from apps.concerts.models import Performance
from apps.counseling.models import CounselorAct
from apps.counseling.states import SessionStatus
from apps.orders.models import Order
from apps.payments.admin.cancel_page import CancelPage
from apps.payments.models import PaymentAttempt, Refund, StaffAct
from apps.payments.services.settle_payments import settle_order
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.paid_orders import PRICE_KRW, PaidOrders, assert_books_balance, status_of_order
from tests.staff import make_staff, staff_client

WITHIN_THE_POLICY = timedelta(days=8)
QUERIES = 27


@pytest.fixture
def clerk(transactional_db: None) -> User:
    return make_staff("sales")


@pytest.fixture
def desk(clerk: User) -> Client:
    return staff_client(user=clerk)


@pytest.fixture
def ten_percent(paid_orders: PaidOrders) -> None:
    """The show is in eight days, where the standard keeps ten per cent."""
    policy = paid_orders.performance.concert.cancellation_policy
    policy.free_period_hours = 0
    policy.save()
    moved = Performance.objects.filter(pk=paid_orders.performance.pk)
    moved.update(starts_at=database_now() + WITHIN_THE_POLICY)


def page_of(order: Order) -> str:
    return reverse("admin:orders_order_change", args=[order.pk])


def cancel_page(order: Order) -> str:
    return reverse("admin:order-cancel", args=[order.pk])


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_an_order_is_shown_with_all_that_has_happened_to_it_and_who_did_it(
    paid_orders: PaidOrders, desk: Client, clerk: User
) -> None:
    order = paid_orders.sell(0, 1)
    counselor = make_counselor(category := make_category())
    session = make_session(category, customer=order.user, counselor=counselor, status=SessionStatus.IN_PROGRESS)
    CounselorAct.objects.create(
        session=session, actor=counselor, kind=CounselorAct.Kind.RESEND_TICKETS, order=order,
        details={"tickets": 2}, happened_at=database_now(),
    )  # fmt: skip
    desk.post(cancel_page(order), {"line": [1], "cancel": "1", "agreed_refund": PRICE_KRW})

    page = text(desk.get(page_of(order)))

    for phrase in (
        *order.tickets.values_list("code", flat=True), order.payment.payment_key, "CONFIRMED".lower(),
        counselor.nickname, clerk.nickname, order.user.email, f"#{session.pk}", "100,000",
    ):  # fmt: skip
        assert phrase in page, phrase
    # In the order in which it happened.
    assert page.index(order.user.nickname) < page.index(f"#{session.pk}")


def test_the_pages_of_its_money_tell_the_same_history(paid_orders: PaidOrders, desk: Client) -> None:
    order = paid_orders.sell(0)
    paid_orders.cancel(order)
    rows = (
        ("payment", order.payment),
        ("refund", Refund.objects.get()),
        ("paymentattempt", PaymentAttempt.objects.get()),
    )

    for model, row in rows:
        page = text(desk.get(reverse(f"admin:payments_{model}_change", args=[row.pk])))
        assert "confirming → paid" in page, model
        assert "requested → done" in page, model
        assert page_of(order) in page, model


def test_an_orders_page_takes_the_same_queries_whatever_has_happened(
    paid_orders: PaidOrders, desk: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    short, long = paid_orders.sell(0, 1), paid_orders.sell(2, 3, 4, 5)
    paid_orders.cancel(short, line_ids=[1])
    for number in (1, 2, 3):
        paid_orders.cancel(long, line_ids=[number])

    for order in (short, long):
        with django_assert_num_queries(QUERIES):
            assert desk.get(page_of(order)).status_code == 200


def test_nothing_of_an_order_is_changed_by_its_page(paid_orders: PaidOrders, desk: Client) -> None:
    order = paid_orders.sell(0)

    assert desk.post(page_of(order), {"status": "CANCELLED"}).status_code == 403
    assert desk.post(reverse("admin:orders_order_delete", args=[order.pk]), {"post": "yes"}).status_code == 403
    assert status_of_order(order) == "PAID"


def test_an_order_that_does_not_exist_is_not_found(paid_orders: PaidOrders, desk: Client) -> None:
    assert desk.get(reverse("admin:orders_order_change", args=["16-NOTHINGHERE12345"])).status_code == 404
    assert desk.get(reverse("admin:order-cancel", args=["16-NOTHINGHERE12345"])).status_code == 404


def test_the_fee_is_shown_before_it_is_agreed_to_and_only_then_is_anything_cancelled(
    paid_orders: PaidOrders, desk: Client, clerk: User, ten_percent: None
) -> None:
    order = paid_orders.sell(0, 1)

    shown = desk.post(cancel_page(order), {"line": [2], "preview": "1"})

    assert shown.status_code == 200
    assert 'name="agreed_refund" value="90000"' in text(shown)
    assert "10,000" in text(shown)
    assert not Refund.objects.exists()
    assert not StaffAct.objects.exists()

    done = desk.post(cancel_page(order), {"line": [2], "agreed_refund": 90_000, "cancel": "1"}, follow=True)

    assert done.redirect_chain == [(page_of(order), 302)]
    assert "90,000" in text(done)
    refund = Refund.objects.get()
    assert (refund.amount_krw, refund.fee_krw, refund.requested_by_id) == (90_000, 10_000, clerk.pk)
    assert [line.number for line in refund.lines.all()] == [2]
    assert StaffAct.objects.get().actor_id == clerk.pk
    assert_books_balance(paid_orders.sandbox)


def test_without_an_amount_that_was_agreed_to_the_fee_is_shown_and_nothing_done(
    paid_orders: PaidOrders, desk: Client
) -> None:
    order = paid_orders.sell(0)

    answer = desk.post(cancel_page(order), {"line": [1], "cancel": "1"})

    assert 'name="agreed_refund"' in text(answer)
    assert status_of_order(order) == "PAID"


def test_a_fee_that_has_changed_meanwhile_is_shown_again(
    paid_orders: PaidOrders, desk: Client, ten_percent: None
) -> None:
    order = paid_orders.sell(0)

    answer = desk.post(cancel_page(order), {"line": [1], "agreed_refund": PRICE_KRW, "cancel": "1"})

    assert answer.status_code == 409
    assert 'name="agreed_refund" value="90000"' in text(answer)
    assert status_of_order(order) == "PAID"


def test_where_the_organiser_is_at_fault_nothing_is_kept_and_the_reason_is(
    paid_orders: PaidOrders, desk: Client, ten_percent: None
) -> None:
    order = paid_orders.sell(0)
    form = {"line": [1], "cause": "ORGANISER", "reason": "the stage fell down"}

    refused = desk.post(cancel_page(order), {**form, "reason": " ", "preview": "1"})
    shown = desk.post(cancel_page(order), {**form, "preview": "1"})
    desk.post(cancel_page(order), {**form, "agreed_refund": PRICE_KRW, "cancel": "1"})

    assert refused.status_code == 422
    assert f'name="agreed_refund" value="{PRICE_KRW}"' in text(shown)
    assert 'name="reason" value="the stage fell down"' in text(shown)
    refund = Refund.objects.get()
    assert (refund.amount_krw, refund.fee_krw, refund.cause) == (PRICE_KRW, 0, "ORGANISER")
    assert StaffAct.objects.get().reason == "the stage fell down"


def test_who_may_not_waive_a_fee_pays_it_whatever_they_send(paid_orders: PaidOrders, ten_percent: None) -> None:
    clerk = make_staff()
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_order", "change_order"]))
    order = paid_orders.sell(0)
    form = {"line": [1], "cause": "ORGANISER", "reason": "because", "agreed_refund": PRICE_KRW, "cancel": "1"}

    answer = staff_client(user=clerk).post(cancel_page(order), form)

    assert answer.status_code == 409
    assert 'name="cause"' not in text(staff_client(user=clerk).get(cancel_page(order)))
    assert status_of_order(order) == "PAID"


def test_an_unpaid_order_is_cancelled_whole(paid_orders: PaidOrders, desk: Client) -> None:
    order = paid_orders.reserve(0)

    assert 'name="line"' not in text(desk.get(cancel_page(order)))
    answer = desk.post(cancel_page(order), {"cancel": "1"})

    assert answer.status_code == 302
    assert status_of_order(order) == "CANCELLED"
    assert paid_orders.seat_status(0) == "AVAILABLE"


def test_an_order_that_is_paid_while_its_cancelling_is_looked_at_is_not_cancelled_unseen(
    paid_orders: PaidOrders, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid_orders.reserve(0)
    paying = CancelPage.cancel

    def pays_first(page: CancelPage, *args: Any, **kwargs: Any) -> Any:
        paid_orders.confirm(order, paid_orders.agree(order))
        return paying(page, *args, **kwargs)

    monkeypatch.setattr(CancelPage, "cancel", pays_first)
    answer = desk.post(cancel_page(order), {"cancel": "1"})

    assert answer.status_code == 409
    assert status_of_order(order) == "PAID"


def test_a_deposit_goes_back_to_the_account_that_staff_type(paid_orders: PaidOrders, desk: Client) -> None:
    order = paid_orders.reserve(0)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk)

    settle_order(order.pk)
    assert status_of_order(order) == "PAID"
    account = {"bank": "88", "account_number": "110-123-456789", "holder_name": "김서연"}

    missing = desk.post(cancel_page(order), {"line": [1], "preview": "1"})
    shown = desk.post(cancel_page(order), {"line": [1], "preview": "1", **account})
    desk.post(cancel_page(order), {"line": [1], "cancel": "1", "agreed_refund": PRICE_KRW, **account})

    assert missing.status_code == 422
    assert 'name="account_number" value="110123456789"' in text(shown)
    assert status_of_order(order) == "CANCELLED"


@pytest.mark.parametrize(
    "form",
    [{}, {"line": ["9"]}, {"line": ["x"]}, {"line": ["1", "9"]}, {"line": ["1"], "reason": "r" * 201}],
)
def test_input_that_makes_no_sense_is_shown_with_what_is_wrong(
    paid_orders: PaidOrders, desk: Client, form: dict[str, Any]
) -> None:
    order = paid_orders.sell(0)

    answer = desk.post(cancel_page(order), {**form, "cancel": "1", "agreed_refund": PRICE_KRW})

    assert answer.status_code == 422
    assert "errorlist" in text(answer)
    assert status_of_order(order) == "PAID"


def test_a_refusal_of_the_service_is_a_message_on_the_orders_page(paid_orders: PaidOrders, desk: Client) -> None:
    order = paid_orders.sell(0)
    paid_orders.sandbox.faults(fail_next=[403, "NOT_CANCELABLE_PAYMENT"])

    answer = desk.post(cancel_page(order), {"line": [1], "cancel": "1", "agreed_refund": PRICE_KRW}, follow=True)

    assert answer.redirect_chain == [(page_of(order), 302)]
    assert "NOT_CANCELABLE_PAYMENT" in text(answer)
    assert status_of_order(order) == "PAID"


def test_tickets_are_sent_again_by_one_press(paid_orders: PaidOrders, desk: Client) -> None:
    order = paid_orders.sell(0)

    answer = desk.post(reverse("admin:order-resend", args=[order.pk]))

    assert answer["Location"] == page_of(order)
    assert [order.tickets.get().code in sent.body for sent in mail.outbox] == [True]
    assert StaffAct.objects.get().kind == StaffAct.Kind.RESEND_TICKETS


def test_a_refused_refund_is_tried_again_from_the_orders_page(paid_orders: PaidOrders, desk: Client) -> None:
    order = paid_orders.sell(0)
    paid_orders.sandbox.faults(fail_next=[403, "NOT_CANCELABLE_PAYMENT"])
    paid_orders.cancel(order)
    refund = Refund.objects.get()
    again = reverse("admin:refund-retry", args=[refund.pk])
    assert again in text(desk.get(page_of(order)))

    desk.post(again)

    refund.refresh_from_db()
    assert refund.status == Refund.Status.DONE
    assert again not in text(desk.get(page_of(order)))


def test_the_provider_is_asked_by_one_press(paid_orders: PaidOrders, desk: Client) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(approve_then_hang_next=True)
    paid_orders.confirm(order, key)

    desk.post(reverse("admin:order-ask", args=[order.pk]))

    assert status_of_order(order) == "PAID"


def test_the_account_that_a_deposits_refund_waits_for_is_named_by_staff_and_kept_nowhere(
    paid_orders: PaidOrders, desk: Client
) -> None:
    order = paid_orders.reserve(0)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk)
    paid_orders.cancel(order)
    refund = Refund.objects.get()
    asked = reverse("admin:refund-account", args=[refund.pk])
    account = {"bank": "88", "account_number": "110-123-456789", "holder_name": "김서연"}
    assert refund.status == Refund.Status.REQUESTED
    assert asked in text(desk.get(page_of(order)))

    assert desk.post(asked, {**account, "bank": ""}).status_code == 422
    assert desk.post(asked, account).status_code == 302

    paid_orders.sandbox.post("/sandbox/pay-back", orderId=order.pk)
    settle_order(order.pk)
    refund.refresh_from_db()
    assert (refund.status, refund.account) == (Refund.Status.DONE, None)
    act = StaffAct.objects.get()
    assert (act.kind, act.details["refund_status"]) == (StaffAct.Kind.NAME_ACCOUNT, "SENT")
    assert "110123456789" not in str(act.details)
    assert "110123456789" not in text(desk.get(page_of(order)))
    assert asked not in text(desk.get(page_of(order)))
    desk.post(asked, account)
    assert StaffAct.objects.latest("pk").details["refused"] == "nothing_to_cancel"
    assert_books_balance(paid_orders.sandbox)


@pytest.mark.parametrize("name", ["order-resend", "order-ask"])
def test_acts_are_not_done_by_looking(paid_orders: PaidOrders, desk: Client, name: str) -> None:
    order = paid_orders.sell(0)

    assert desk.get(reverse(f"admin:{name}", args=[order.pk])).status_code == 405
    assert not StaffAct.objects.exists()


def test_what_a_customer_wrote_is_shown_as_text(paid_orders: PaidOrders, desk: Client) -> None:
    order = paid_orders.sell(0)
    Order.objects.filter(pk=order.pk).update(booker_name="<script>alert(1)</script>")

    page = text(desk.get(page_of(order)))

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


ACTS = ("order-cancel", "order-resend", "order-ask")


@pytest.mark.parametrize(
    ("groups", "looks", "acts"),
    [
        (["sales"], True, True),
        (["support lead"], True, False),
        (["read only"], True, False),
        (["catalogue"], False, False),
        ([], False, False),
    ],
)
def test_who_may_look_at_an_order_and_who_may_act_on_it(
    paid_orders: PaidOrders, groups: list[str], looks: bool, acts: bool
) -> None:
    order = paid_orders.sell(0)
    client = staff_client(*groups)

    page = client.get(page_of(order))
    answers = {name: client.post(reverse(f"admin:{name}", args=[order.pk]), {"line": [1]}) for name in ACTS}

    assert page.status_code == (200 if looks else 403)
    assert {answer.status_code == 403 for answer in answers.values()} == {not acts}
    for name in ACTS:
        assert (reverse(f"admin:{name}", args=[order.pk]) in text(page)) == acts
    assert StaffAct.objects.exists() == acts


def test_a_customer_and_a_counselor_have_no_admin(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    for user in (order.user, make_counselor()):
        answer = staff_client(user=user).post(cancel_page(order), {"line": [1], "cancel": "1", "agreed_refund": 1})
        assert answer.status_code == 302
        assert "login" in answer["Location"]
    assert status_of_order(order) == "PAID"


def test_a_refund_is_not_tried_again_by_who_may_only_look(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    paid_orders.sandbox.faults(fail_next=[403, "NOT_CANCELABLE_PAYMENT"])
    paid_orders.cancel(order)
    refund = Refund.objects.get()
    again = reverse("admin:refund-retry", args=[refund.pk])
    client = staff_client("support lead")

    assert again not in text(client.get(page_of(order)))
    assert client.post(again).status_code == 403
    refund.refresh_from_db()
    assert refund.status == Refund.Status.FAILED


def test_without_the_pages_own_token_nothing_is_done(paid_orders: PaidOrders, clerk: User) -> None:
    order = paid_orders.sell(0)
    client = Client(enforce_csrf_checks=True)
    client.force_login(clerk)

    answer = client.post(cancel_page(order), {"line": [1], "cancel": "1", "agreed_refund": PRICE_KRW})

    assert answer.status_code == 403
    assert status_of_order(order) == "PAID"
