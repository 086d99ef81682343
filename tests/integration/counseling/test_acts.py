"""What a counselor knows of a customer and does for them, and questions in writing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from apps.accounts.models import Role, User
from apps.common.database import outbox
from apps.common.models import OutboxMessage
from apps.counseling.models import CounselorAct, CounselSession, Inquiry
from apps.counseling.pages.desk import desk_settings
from apps.counseling.services.inquiries import answer_inquiry
from apps.orders.models import Order
from apps.orders.seat_holds import store
from apps.orders.seat_holds.answers import Held
from apps.orders.timeline import get_timeline
from apps.payments.services.settle_payments import settle_order
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.factories import make_user
from tests.fast_lane import access_token
from tests.paid_orders import PaidOrders, assert_books_balance
from tests.payment_fixtures import paid_orders, running_sandbox, sandbox
from tests.scratch_causes import few_causes, more_causes

__all__ = ["few_causes", "more_causes", "paid_orders", "running_sandbox", "sandbox"]

pytestmark = pytest.mark.django_db(transaction=True)


class Desk:
    """A counselor in a conversation with a buyer."""

    def __init__(self, paid_orders: PaidOrders, *, may_act: bool = True) -> None:
        self.paid_orders = paid_orders
        self.customer = make_user()
        self.counselor = make_counselor(category := make_category())
        if may_act:
            self.counselor.user_permissions.add(Permission.objects.get(codename="act_on_orders"))
        self.session = make_session(
            category, customer=self.customer, counselor=self.counselor, status=CounselSession.Status.IN_PROGRESS
        )

    def call(self, what: str, body: Any = None, *, user: User | None = None) -> Any:
        caller = user or self.counselor
        headers = {"Authorization": f"Bearer {access_token(user_id=caller.pk, role=caller.role)}"}
        url = f"/api/sessions/{self.session.pk}/{what}"
        if body is None:
            return Client().get(url, headers=headers)
        return Client().post(url, body, content_type="application/json", headers=headers)


def test_a_counselor_sees_what_the_customer_holds_and_bought(
    paid_orders: PaidOrders, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    desk = Desk(paid_orders)
    held, paid = paid_orders.reserve(0, 1, user=desk.customer), paid_orders.sell(2, user=desk.customer)
    paid_orders.reserve(3)

    with django_assert_max_num_queries(12):
        context = desk.call("context").json()

    assert [hold["order_id"] for hold in context["holds"]] == [held.pk]
    assert 590 <= context["holds"][0]["remaining_seconds"] <= 600
    assert len(context["holds"][0]["seats"]) == 2
    assert {order["id"] for order in context["orders"]} == {held.pk, paid.pk}
    assert [payment["order_id"] for payment in context["payments"]] == [paid.pk]
    assert desk.call("context", user=desk.customer).status_code == 404


def test_a_hold_is_extended_once_and_the_act_is_audited(paid_orders: PaidOrders) -> None:
    desk = Desk(paid_orders)
    order = paid_orders.reserve(0, user=desk.customer)
    before = order.expires_at
    answer = desk.call("acts/extend-hold", {"order_id": order.pk})
    again = desk.call("acts/extend-hold", {"order_id": order.pk})

    assert answer.status_code == 200
    assert (again.status_code, again.json()["code"]) == (409, "hold_already_extended")
    order.refresh_from_db()
    assert order.expires_at - before > timedelta(seconds=590)
    assert paid_orders.seat_expiry(0) == int(order.expires_at.timestamp())
    act = CounselorAct.objects.get()
    assert (act.session_id, act.actor_id, act.order_id) == (desk.session.pk, desk.counselor.pk, order.pk)


def test_an_order_is_cancelled_by_the_policy_and_the_act_says_what_came_of_it(paid_orders: PaidOrders) -> None:
    desk = Desk(paid_orders)
    order = paid_orders.sell(0, 1, user=desk.customer)
    answer = desk.call("acts/cancel-order", {"order_id": order.pk, "line_ids": [1]})

    assert answer.status_code == 200, answer.json()
    assert answer.json()["refund_status"] == "DONE"
    act = CounselorAct.objects.get()
    assert act.details["refund_krw"] == answer.json()["refund"]
    assert paid_orders.seat_status(0) == "AVAILABLE"
    assert paid_orders.seat_status(1) == "SOLD"
    assert_books_balance(paid_orders.sandbox)


def test_a_cause_that_a_counselor_may_choose_is_offered_at_the_desk_and_decides_the_fee(
    paid_orders: PaidOrders, more_causes: None
) -> None:
    desk = Desk(paid_orders)
    order = paid_orders.sell(0, 1, user=desk.customer)
    body = {"order_id": order.pk, "line_ids": [1], "cause": "NO_LICENCE"}

    powerless = desk.call("acts/cancel-order", body)
    shown = desk.call("acts/cancel-order?preview=true", body)
    assert (powerless.json()["code"], shown.json()["code"]) == ("permission_denied", "permission_denied")
    assert [one["code"] for one in causes_at_the_desk_of(desk.counselor)] == ["CUSTOMER", "FELL_ILL"]
    desk.counselor.user_permissions.add(Permission.objects.get(codename="waive_fee"))
    shown, done = desk.call("acts/cancel-order?preview=true", body), desk.call("acts/cancel-order", body)
    unknown = desk.call("acts/cancel-order", {**body, "line_ids": [2], "cause": "ORGANISER"})

    assert causes_at_the_desk_of(desk.counselor)[1] == {"code": "NO_LICENCE", "label": "The show was called off"}
    assert (shown.json()["fee"], done.json()["fee"], unknown.status_code) == (0, 0, 422)
    act = CounselorAct.objects.get()
    assert (act.details["cause"], order.refunds.get().cause) == ("NO_LICENCE", "NO_LICENCE")
    assert "the show was called off" in [
        str(entry.details.get("cause")) for entry in get_timeline(order.pk) if entry.actor.startswith("coun")
    ]


def causes_at_the_desk_of(counselor: User) -> list[dict[str, str]]:
    settings = desk_settings(User.objects.get(pk=counselor.pk), part="")
    causes: list[dict[str, str]] = settings["cancel_causes"]
    return causes


def test_what_is_refused_is_audited_too(paid_orders: PaidOrders) -> None:
    desk = Desk(paid_orders)
    order = paid_orders.sell(0, user=desk.customer)
    desk.call("acts/cancel-order", {"order_id": order.pk})
    answer = desk.call("acts/cancel-order", {"order_id": order.pk})

    assert answer.status_code == 409
    assert [act.details.get("refused") for act in CounselorAct.objects.order_by("pk")] == [None, answer.json()["code"]]


def test_tickets_are_sent_again(paid_orders: PaidOrders) -> None:
    desk = Desk(paid_orders)
    order = paid_orders.sell(0, user=desk.customer)
    assert desk.call("acts/resend-tickets", {"order_id": order.pk}).status_code == 204

    (sent,) = mail.outbox
    assert sent.to == [order.booker_email or desk.customer.email]
    assert order.tickets.get().code in sent.body
    assert f"/orders/{order.pk}/" in sent.body
    assert "1열 1번" in sent.body
    assert CounselorAct.objects.get().kind == "resend_tickets"


@pytest.mark.parametrize("act", ["extend-hold", "resend-tickets", "cancel-order"])
def test_nobody_acts_without_the_permission_for_a_stranger_or_after_the_end(paid_orders: PaidOrders, act: str) -> None:
    desk = Desk(paid_orders)
    own, strangers = paid_orders.reserve(0, user=desk.customer), paid_orders.reserve(1)
    powerless = Desk(paid_orders, may_act=False)

    assert desk.call(f"acts/{act}", {"order_id": strangers.pk}).status_code == 404
    assert desk.call(f"acts/{act}", {"order_id": own.pk}, user=desk.customer).status_code == 404
    assert powerless.call(f"acts/{act}", {"order_id": own.pk}).json()["code"] == "permission_denied"
    CounselSession.objects.filter(pk=desk.session.pk).update(status="ENDED", is_open=None)
    assert desk.call(f"acts/{act}", {"order_id": own.pk}).json()["code"] == "permission_denied"
    assert CounselorAct.objects.count() == 0
    assert Order.objects.get(pk=own.pk).status == "RESERVED"
    assert Order.objects.get(pk=own.pk).expires_at == own.expires_at


def inquiry_client(user: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {access_token(user_id=user.pk, role=user.role)}"})


def test_who_waits_too_long_writes_instead_and_leaves_the_line() -> None:
    customer = make_user()
    waiting = make_session(make_category(), customer=customer)
    body = {
        "category_id": waiting.category_id, "session_id": waiting.pk, "subject": "refund", "content": "Where is it?",
    }  # fmt: skip
    answer = inquiry_client(customer).post("/api/inquiries", body, content_type="application/json")

    assert answer.status_code == 201
    waiting.refresh_from_db()
    assert (waiting.status, waiting.end_reason) == ("ABANDONED", "inquiry")
    assert inquiry_client(customer).get("/api/inquiries").json()[0]["subject"] == "refund"
    assert inquiry_client(make_user()).get("/api/inquiries").json() == []


def test_an_inquiry_with_somebody_elses_session_is_refused_and_leaves_nothing() -> None:
    waiting = make_session(make_category())
    body = {"category_id": waiting.category_id, "session_id": waiting.pk, "subject": "x", "content": "y"}
    answer = inquiry_client(make_user()).post("/api/inquiries", body, content_type="application/json")

    assert answer.status_code == 404
    assert Inquiry.objects.count() == 0
    waiting.refresh_from_db()
    assert waiting.status == "WAITING"


def test_an_answer_is_sent_once() -> None:
    customer, staff = make_user(), make_user(role=Role.STAFF)
    inquiry_client(customer).post(
        "/api/inquiries",
        {"category_id": make_category().pk, "subject": "refund", "content": "Where is it?"},
        content_type="application/json",
    )
    inquiry = Inquiry.objects.get()

    assert answer_inquiry(inquiry.pk, answer="On its way.", staff_id=staff.pk)
    assert not answer_inquiry(inquiry.pk, answer="Again.", staff_id=staff.pk)
    assert [(sent.to, "On its way." in sent.body) for sent in mail.outbox] == [([customer.email], True)]


def test_mails_that_cannot_be_sent_go_out_when_the_server_is_back(settings: Settings, paid_orders: PaidOrders) -> None:
    desk = Desk(paid_orders)
    order = paid_orders.sell(0, user=desk.customer)
    inquiry = Inquiry.objects.create(
        customer=desk.customer, category=make_category(), email=desk.customer.email, subject="x", content="y",
        created_at="2026-01-01T00:00Z",
    )  # fmt: skip
    mails = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert answer_inquiry(inquiry.pk, answer="On its way.", staff_id=desk.counselor.pk)
    assert desk.call("acts/resend-tickets", {"order_id": order.pk}).status_code == 204
    assert mail.outbox == []

    settings.EMAIL_BACKEND = mails
    OutboxMessage.objects.update(next_attempt_at=Now() - timedelta(seconds=1))
    outbox.relay()

    assert sorted(sent.subject for sent in mail.outbox) == sorted(
        ["Re: x", f"[Ticket-Live] {order.performance.concert.title}"]
    )
    assert OutboxMessage.objects.count() == 0
    inquiry.refresh_from_db()
    assert inquiry.status == "ANSWERED"
    assert CounselorAct.objects.count() == 1


def test_an_inquiry_of_several_lines_in_its_subject_can_be_answered() -> None:
    customer = make_user()
    body = {"category_id": make_category().pk, "subject": "refund\r\nBcc: everybody@example.com", "content": "?"}
    inquiry_client(customer).post("/api/inquiries", body, content_type="application/json")

    assert answer_inquiry(Inquiry.objects.get().pk, answer="Yes.", staff_id=customer.pk)
    assert [(sent.subject, sent.recipients()) for sent in mail.outbox] == [
        ("Re: refund Bcc: everybody@example.com", [customer.email])
    ]


def test_a_second_inquiry_for_the_same_request_is_refused() -> None:
    customer = make_user()
    waiting = make_session(make_category(), customer=customer)
    body = {"category_id": waiting.category_id, "session_id": waiting.pk, "subject": "x", "content": "y"}
    first, second = (
        inquiry_client(customer).post("/api/inquiries", body, content_type="application/json") for _ in range(2)
    )

    assert (first.status_code, second.status_code, second.json()["code"]) == (201, 409, "session_state")
    assert Inquiry.objects.count() == 1


def test_an_inquiry_for_a_conversation_that_goes_on_is_refused_and_it_goes_on(paid_orders: PaidOrders) -> None:
    desk = Desk(paid_orders)
    body = {"category_id": desk.session.category_id, "session_id": desk.session.pk, "subject": "x", "content": "y"}
    answer = inquiry_client(desk.customer).post("/api/inquiries", body, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (409, "session_state")
    assert Inquiry.objects.count() == 0
    desk.session.refresh_from_db()
    assert desk.session.status == "IN_PROGRESS"


def test_a_hold_that_is_lost_to_somebody_else_is_not_extended_and_can_be_tried_again(paid_orders: PaidOrders) -> None:
    desk = Desk(paid_orders)
    order = paid_orders.reserve(0, user=desk.customer)
    paid_orders.lose_hold(order)
    thief = paid_orders.reserve(0)
    answer = desk.call("acts/extend-hold", {"order_id": order.pk})

    assert (answer.status_code, answer.json()["code"]) == (409, "seats_unavailable")
    assert Order.objects.get(pk=order.pk).expires_at == order.expires_at
    assert CounselorAct.objects.get().details == {"refused": "seats_unavailable"}
    assert not OutboxMessage.objects.exists()
    order.refresh_from_db()
    thief.refresh_from_db()
    assert paid_orders.seat_expiry(0) == int(thief.expires_at.timestamp())
    paid_orders.lose_hold(thief)
    assert desk.call("acts/extend-hold", {"order_id": order.pk}).status_code == 200


@pytest.mark.parametrize(
    ("act", "code"),
    [("extend-hold", "order_state"), ("resend-tickets", "order_state"), ("cancel-order", "order_state")],
)
def test_an_order_that_has_ended_is_left_as_it_is(paid_orders: PaidOrders, act: str, code: str) -> None:
    desk = Desk(paid_orders)
    order = paid_orders.reserve(0, user=desk.customer)
    paid_orders.cancel(order)
    answer = desk.call(f"acts/{act}", {"order_id": order.pk})

    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert Order.objects.get(pk=order.pk).status == "CANCELLED"
    assert mail.outbox == []
    assert paid_orders.seat_status(0) == "AVAILABLE"


def test_a_refund_that_the_provider_refuses_leaves_the_tickets_valid_and_the_audit_says_so(
    paid_orders: PaidOrders,
) -> None:
    desk = Desk(paid_orders)
    order = paid_orders.sell(0, user=desk.customer)
    paid_orders.sandbox.faults(fail_next=[403, "NOT_CANCELABLE_PAYMENT"])
    answer = desk.call("acts/cancel-order", {"order_id": order.pk})

    assert answer.json()["code"] == "refund_declined", answer.json()
    assert CounselorAct.objects.get().details == {"line_ids": None, "refused": "refund_declined"}
    assert order.tickets.get().live
    assert paid_orders.seat_status(0) == "SOLD"


def test_a_deposit_goes_back_to_the_account_that_the_customer_names(paid_orders: PaidOrders) -> None:
    desk = Desk(paid_orders)
    order = paid_orders.reserve(0, user=desk.customer)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk)
    settle_order(order.pk)
    assert Order.objects.get(pk=order.pk).status == "PAID"
    without = desk.call("acts/cancel-order", {"order_id": order.pk})
    assert (without.status_code, without.json()["code"]) == (422, "refund_account_required")
    assert order.tickets.get().live

    account = {"bank": "20", "account_number": "110123456789", "holder_name": "Kim"}
    answer = desk.call("acts/cancel-order", {"order_id": order.pk, "refund_account": account})

    assert answer.json()["refund_status"] == "SENT", answer.json()
    assert "110123456789" not in str(list(CounselorAct.objects.values_list("details", flat=True)))


def test_a_supervisor_acts_once_they_have_joined_and_not_after_the_end(paid_orders: PaidOrders) -> None:
    desk = Desk(paid_orders)
    order = paid_orders.reserve(0, user=desk.customer)
    lead = make_user(role=Role.STAFF)
    lead.user_permissions.add(*Permission.objects.filter(codename__in=("supervise", "act_on_orders")))
    body = {"order_id": order.pk}
    assert desk.call("acts/extend-hold", body, user=lead).json()["code"] == "permission_denied"

    assert desk.call("join", {}, user=lead).status_code == 204
    assert desk.call("end", {}, user=desk.customer).status_code == 200
    assert desk.call("acts/extend-hold", body, user=lead).json()["code"] == "permission_denied"
    assert CounselorAct.objects.count() == 0
    assert Order.objects.get(pk=order.pk).expires_at == order.expires_at


def test_a_joined_supervisor_acts_while_the_conversation_goes_on(paid_orders: PaidOrders) -> None:
    desk = Desk(paid_orders)
    order = paid_orders.reserve(0, user=desk.customer)
    lead = make_user(role=Role.STAFF)
    lead.user_permissions.add(*Permission.objects.filter(codename__in=("supervise", "act_on_orders")))
    desk.call("join", {}, user=lead)

    assert desk.call("acts/extend-hold", {"order_id": order.pk}, user=lead).status_code == 200
    assert CounselorAct.objects.get().actor_id == lead.pk


def test_an_extended_hold_is_in_the_database_before_redis_hears_of_it(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(paid_orders)
    order = paid_orders.reserve(0, user=desk.customer)
    seen: list[tuple[datetime, datetime]] = []
    extend = store.extend_hold

    def look(order_id: str, *, until: datetime, **more: bool) -> Held:
        assert not connection.in_atomic_block
        seen.append((until, Order.objects.get(pk=order_id).expires_at))
        return extend(order_id, until=until, **more)

    monkeypatch.setattr(store, "extend_hold", look)

    assert desk.call("acts/extend-hold", {"order_id": order.pk}).status_code == 200

    assert [row for until, row in seen if row < until] == []
    assert len(seen) == 1
    assert not OutboxMessage.objects.exists()


def test_a_hold_that_has_ended_is_not_extended(paid_orders: PaidOrders) -> None:
    desk = Desk(paid_orders)
    order = paid_orders.reserve(0, user=desk.customer)
    Order.objects.update(expires_at=Now())

    answer = desk.call("acts/extend-hold", {"order_id": order.pk})

    assert (answer.status_code, answer.json()["code"]) == (410, "order_expired")
    assert CounselorAct.objects.count() == 0
