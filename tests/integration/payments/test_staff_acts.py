"""Staff act by the same services as the API, and each act is noted: before it is done, and what came of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import translation
from icalendar import Calendar

from apps.accounts.models import Role, User
from apps.common.clock import database_now
from apps.common.errors import NotFound, ValidationFailed
from apps.concerts.models import Performance
from apps.orders.errors import CancellationClosed, OrderStateConflict
from apps.payments.causes import CAUSES
from apps.payments.errors import FeeChanged, PaymentUnknown, RefundDeclined
from apps.payments.models import Refund, StaffAct
from apps.payments.services import staff_acts
from apps.payments.services.cancel_order import preview_cancellation
from apps.payments.services.staff_acts import (
    ask_provider_by_staff,
    cancel_by_staff,
    resend_by_staff,
    retry_refund_by_staff,
)
from tests.factories import make_user
from tests.moving import move_show
from tests.paid_orders import PRICE_KRW, PaidOrders, assert_books_balance, status_of_order

ORGANISER = CAUSES["ORGANISER"]


@pytest.fixture
def clerk(transactional_db: None) -> User:
    return make_user(role=Role.STAFF)


def starts_in(paid_orders: PaidOrders, **time: int) -> None:
    """Move the show nearer, to where the standard keeps a fee, whenever the tickets were bought."""
    policy = paid_orders.performance.concert.cancellation_policy
    policy.free_period_hours = 0
    policy.save()
    Performance.objects.filter(pk=paid_orders.performance.pk).update(starts_at=database_now() + timedelta(**time))


def the_act() -> StaffAct:
    return StaffAct.objects.get()


def test_one_ticket_is_cancelled_at_the_policys_fee_and_the_act_says_so(paid_orders: PaidOrders, clerk: User) -> None:
    order = paid_orders.sell(0, 1)
    starts_in(paid_orders, days=8)

    cancel_by_staff(order.pk, staff_id=clerk.pk, line_numbers=[1], agreed_refund_krw=90_000)

    refund = Refund.objects.get()
    assert (refund.amount_krw, refund.fee_krw, refund.requested_by_id) == (90_000, 10_000, clerk.pk)
    assert order.tickets.filter(live=True).count() == 1
    act = the_act()
    assert (act.actor_id, act.kind, act.order_id) == (clerk.pk, "cancel", order.pk)
    assert act.details == {
        "line_ids": [1], "done": True, "refund_krw": 90_000, "fee_krw": 10_000, "refund_status": "DONE",
    }  # fmt: skip
    assert_books_balance(paid_orders.sandbox)


def test_where_the_organiser_is_at_fault_all_of_it_comes_back_even_after_the_show(
    paid_orders: PaidOrders, clerk: User
) -> None:
    order = paid_orders.sell(0, 1)
    starts_in(paid_orders, hours=-1)
    with pytest.raises(CancellationClosed):
        cancel_by_staff(order.pk, staff_id=clerk.pk)

    quote = preview_cancellation(order.pk, user_id=order.user_id, cause=ORGANISER).quote
    assert quote is not None
    assert (quote.fee_krw, quote.refund_krw, quote.closed) == (0, 2 * PRICE_KRW, False)
    cancel_by_staff(order.pk, staff_id=clerk.pk, cause=ORGANISER, reason="the singer was ill")

    refund = Refund.objects.get()
    assert (refund.amount_krw, refund.fee_krw, refund.cause) == (2 * PRICE_KRW, 0, ORGANISER.code)
    assert "ill" not in refund.reason  # what staff write is not the provider's business
    assert status_of_order(order) == "CANCELLED"
    refused, done = StaffAct.objects.order_by("pk")
    assert refused.details["refused"] == "cancellation_closed"
    assert (done.reason, done.details["cause"]) == ("the singer was ill", ORGANISER.code)
    assert_books_balance(paid_orders.sandbox)


def test_a_fee_is_not_waived_without_a_reason(paid_orders: PaidOrders, clerk: User) -> None:
    order = paid_orders.sell(0)

    with pytest.raises(ValidationFailed):
        cancel_by_staff(order.pk, staff_id=clerk.pk, cause=ORGANISER, reason="  ")

    assert status_of_order(order) == "PAID"
    assert not StaffAct.objects.exists()


def test_a_fee_that_is_another_one_than_was_shown_cancels_nothing(paid_orders: PaidOrders, clerk: User) -> None:
    order = paid_orders.sell(0)
    starts_in(paid_orders, days=8)

    with pytest.raises(FeeChanged):
        cancel_by_staff(order.pk, staff_id=clerk.pk, agreed_refund_krw=PRICE_KRW)

    assert status_of_order(order) == "PAID"
    assert not Refund.objects.exists()
    assert the_act().details["refused"] == "fee_changed"


def test_an_unpaid_order_that_staff_cancel_names_them_in_its_history(paid_orders: PaidOrders, clerk: User) -> None:
    order = paid_orders.reserve(0)

    cancel_by_staff(order.pk, staff_id=clerk.pk)

    assert status_of_order(order) == "CANCELLED"
    assert order.events.latest("pk").actor == f"staff:{clerk.pk}"
    assert paid_orders.seat_status(0) == "AVAILABLE"


def test_a_process_that_dies_within_an_act_leaves_its_note(
    paid_orders: PaidOrders, clerk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid_orders.sell(0)

    def die(*_args: object, **_kwargs: object) -> None:
        raise SystemExit

    monkeypatch.setattr(staff_acts, "cancel_order", die)
    with pytest.raises(SystemExit):
        cancel_by_staff(order.pk, staff_id=clerk.pk)

    assert the_act().details == {"line_ids": None}


def test_tickets_are_sent_again_and_only_those_that_are_alive(paid_orders: PaidOrders, clerk: User) -> None:
    order = paid_orders.sell(0, 1)
    cancel_by_staff(order.pk, staff_id=clerk.pk, line_numbers=[2])

    assert resend_by_staff(order.pk, staff_id=clerk.pk) == 1

    (sent,) = mail.outbox
    assert order.tickets.get(live=True).code in sent.body
    assert order.tickets.get(live=None).code not in sent.body
    assert StaffAct.objects.latest("pk").details == {"done": True, "tickets": 1}


def test_tickets_that_are_sent_again_bring_the_calendars_entry_as_it_stands(
    paid_orders: PaidOrders, clerk: User
) -> None:
    order = paid_orders.sell(0, 1)
    cancel_by_staff(order.pk, staff_id=clerk.pk, line_numbers=[2])
    move = move_show(paid_orders.performance)

    resend_by_staff(order.pk, staff_id=clerk.pk)

    ((name, content, kind),) = mail.outbox[-1].attachments
    (entry,) = Calendar.from_ical(content).walk("VEVENT")
    assert (name, kind) == (f"ticket-live-{order.pk}.ics", "text/calendar")
    assert (str(entry["uid"]), int(entry["sequence"]), str(entry["status"])) == (
        f"{order.pk}@ticket-live",
        2,
        "CONFIRMED",
    )
    assert entry["dtstart"].dt == move.starts_there.replace(microsecond=0)


def test_an_order_without_live_tickets_has_none_to_send(paid_orders: PaidOrders, clerk: User) -> None:
    order = paid_orders.reserve(0)

    with pytest.raises(OrderStateConflict):
        resend_by_staff(order.pk, staff_id=clerk.pk)

    assert mail.outbox == []
    assert the_act().details == {"refused": "order_state"}


def test_a_refused_refund_is_tried_again_at_once(paid_orders: PaidOrders, clerk: User) -> None:
    order = paid_orders.sell(0)
    paid_orders.sandbox.faults(fail_next=[403, "NOT_CANCELABLE_PAYMENT"])
    with pytest.raises(RefundDeclined):
        cancel_by_staff(order.pk, staff_id=clerk.pk)
    refund = Refund.objects.get()

    assert retry_refund_by_staff(refund.pk, staff_id=clerk.pk).status == "DONE"

    assert status_of_order(order) == "CANCELLED"
    assert [event.actor for event in refund.events.filter(reason="tried again")] == [f"staff:{clerk.pk}"]
    assert StaffAct.objects.latest("pk").details == {
        "refund": 1, "was": "FAILED", "done": True, "refund_status": "DONE", "provider_code": "",
    }  # fmt: skip
    assert_books_balance(paid_orders.sandbox)


def test_a_refund_that_is_done_is_not_made_twice(paid_orders: PaidOrders, clerk: User) -> None:
    order = paid_orders.sell(0)
    cancel_by_staff(order.pk, staff_id=clerk.pk)

    assert retry_refund_by_staff(Refund.objects.get().pk, staff_id=clerk.pk).status == "DONE"

    assert len(paid_orders.sandbox.payment(order.payment.payment_key)["cancels"]) == 1


def test_the_provider_is_asked_about_a_payment_whose_outcome_is_open(paid_orders: PaidOrders, clerk: User) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(approve_then_hang_next=True)
    paid_orders.confirm(order, key)
    assert status_of_order(order) == "CONFIRMING"

    assert ask_provider_by_staff(order.pk, staff_id=clerk.pk) == "fulfilled"

    assert status_of_order(order) == "PAID"
    assert the_act().details == {"done": True, "answer": "fulfilled"}


def test_a_provider_that_is_away_is_a_refusal_that_is_noted(paid_orders: PaidOrders, clerk: User) -> None:
    order = paid_orders.sell(0)
    paid_orders.sandbox.faults(fail_next=[503, "COMMON_ERROR"], methods=["GET"])

    with pytest.raises(PaymentUnknown):
        ask_provider_by_staff(order.pk, staff_id=clerk.pk)

    assert status_of_order(order) == "PAID"
    assert the_act().details == {"refused": "payment_unknown"}


@pytest.mark.parametrize("act", [cancel_by_staff, resend_by_staff, ask_provider_by_staff])
def test_there_is_no_act_on_an_order_that_does_not_exist(paid_orders: PaidOrders, clerk: User, act: object) -> None:
    with pytest.raises(NotFound):
        act("nothing-here", staff_id=clerk.pk)  # type: ignore[operator]

    assert not StaffAct.objects.exists()


def test_acts_are_never_deleted(paid_orders: PaidOrders, clerk: User) -> None:
    cancel_by_staff(paid_orders.reserve(0).pk, staff_id=clerk.pk)

    with pytest.raises(TypeError):
        the_act().delete()


def test_the_provider_is_told_the_same_words_in_every_language(paid_orders: PaidOrders, clerk: User) -> None:
    order = paid_orders.sell(0)

    with translation.override("ko"):
        cancel_by_staff(order.pk, staff_id=clerk.pk)

    assert Refund.objects.get().reason == "the customer cancelled"
