"""Two people, two tabs or two messages at the same moment: one charge, one ticket, one refund."""

from __future__ import annotations

from collections import Counter
from threading import Event
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from apps.orders.models import Order, Ticket
from apps.orders.services.release_order import expire_orders
from apps.payments.gateway.provider import get_gateway
from apps.payments.models import Payment, PaymentAttempt, Refund
from apps.payments.services import attempts, cancel_order, confirm_payment, execute_refund, fulfil_payment
from tests.meeting import Meeting
from tests.paid_orders import PRICE_KRW, PaidOrders, assert_books_balance, status_of_order
from tests.payment_threads import at_once


def codes(answers: list[Any]) -> Counter[str]:
    return Counter(answer.json().get("code", str(answer.status_code)) for answer in answers)


def without_row_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self)


def without_bound_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the database binds a seat to one refund."""
    monkeypatch.setattr("apps.payments.services.request_refund.bind_lines", lambda *_: None)


def test_confirming_in_many_tabs_charges_once(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(latency_ms=100)

    answers = at_once([lambda: paid_orders.confirm(order, key)] * 6)

    assert set(codes(answers)) <= {"200", "payment_unknown"}
    assert codes(answers)["200"] >= 1
    assert len(paid_orders.sandbox.calls("/confirm", mentioning=order.pk)) == 1
    assert Ticket.objects.filter(order=order).count() == 1
    assert_books_balance(paid_orders.sandbox)


@pytest.mark.parametrize("guarded", [False, True])
def test_a_second_window_is_refused_while_the_first_payment_is_under_way(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    order = paid_orders.reserve(0)
    first, second = paid_orders.agree(order), paid_orders.agree(order)
    if not guarded:  # the state is looked at, and not made part of the UPDATE
        monkeypatch.setattr(attempts.ORDER_MOVES, "move", lambda *_, **__: True)
    paid_orders.sandbox.faults(hang_next=True)
    assert paid_orders.confirm(order, first).json()["code"] == "payment_unknown"

    answer = paid_orders.confirm(order, second)

    asked = [len(paid_orders.sandbox.calls("/confirm", mentioning=key)) for key in (first, second)]
    if guarded:
        assert answer.json()["code"] == "order_state"
        assert asked == [1, 0]
    else:
        assert asked == [1, 1]  # both may take the money


@pytest.mark.parametrize("guarded", [False, True])
def test_one_of_two_who_paid_for_a_seat_has_it_and_the_other_has_the_money_back(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    orders = [paid_orders.reserve(0)]
    paid_orders.lose_hold(orders[0])  # a failover has lost the hold
    orders.append(paid_orders.reserve(0))
    monkeypatch.setattr(confirm_payment, "keep_hold", lambda *_, **__: None)
    keys = [paid_orders.agree(order) for order in orders]
    constraint = next(one for one in Ticket._meta.constraints if one.name == "one_live_ticket_per_seat")
    if not guarded:
        with connection.schema_editor() as schema:
            schema.remove_constraint(Ticket, constraint)
    try:
        answers = at_once(
            [
                lambda order=order, key=key: paid_orders.confirm(order, key)
                for order, key in zip(orders, keys, strict=True)
            ]
        )
        live = Ticket.objects.filter(seat=paid_orders.seats[0], live=True).count()
    finally:
        if not guarded:
            Ticket.objects.all().delete()
            with connection.schema_editor() as schema:
                schema.add_constraint(Ticket, constraint)

    if not guarded:
        assert live == 2
        return
    assert live == 1
    assert codes(answers) == {"200": 1, "seats_unavailable": 1}
    assert sorted(map(status_of_order, orders)) == ["CANCELLED", "PAID"]
    assert Refund.objects.get().status == "DONE"
    assert sorted(paid_orders.sandbox.payment(key)["balanceAmount"] for key in keys) == [0, PRICE_KRW]
    assert_books_balance(paid_orders.sandbox)


@pytest.mark.parametrize("guarded", [False, True])
def test_the_answer_the_webhook_and_the_reconciliation_fulfil_once(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    order = paid_orders.reserve(0, 1)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(approve_then_hang_next=True)
    paid_orders.confirm(order, key)
    payment = get_gateway("toss").find_by_key(key)
    assert payment is not None
    monkeypatch.setattr(fulfil_payment, "_record", Meeting(3).before(fulfil_payment._record))
    if not guarded:
        without_row_locks(monkeypatch)

    outcomes = at_once([lambda: fulfil_payment.fulfil_payment(payment)] * 3)

    clashes = [outcome for outcome in outcomes if isinstance(outcome, IntegrityError)]
    assert len(clashes) == (0 if guarded else 2)
    assert Payment.objects.count() == 1
    assert Ticket.objects.filter(order=order, live=True).count() == 2
    assert_books_balance(paid_orders.sandbox)


@pytest.mark.parametrize("guarded", [False, True])
def test_a_seat_that_is_cancelled_twice_at_once_is_refunded_once(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    order = paid_orders.sell(0, 1)
    monkeypatch.setattr(cancel_order, "request_refund", Meeting(2).before(cancel_order.request_refund))
    monkeypatch.setattr(cancel_order, "execute_refund", lambda pk: Refund.objects.select_related("payment").get(pk=pk))
    if not guarded:
        without_row_locks(monkeypatch)
        numbers = iter(range(1, 3))
        monkeypatch.setattr("apps.payments.services.request_refund.next_number", lambda _: next(numbers))
        without_bound_lines(monkeypatch)

    answers = at_once([lambda: paid_orders.cancel(order, line_ids=[1])] * 2)

    promised = sum(Refund.objects.values_list("amount_krw", flat=True))
    if guarded:
        assert codes(answers) == {"202": 1, "nothing_to_cancel": 1}
        assert promised == PRICE_KRW
    else:
        assert promised == 2 * PRICE_KRW  # one seat, refunded twice


@pytest.mark.parametrize("guarded", [False, True])
def test_refunds_together_never_exceed_what_was_paid(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """The second line of defence: even where the same lines are promised twice, the money is there once."""
    order = paid_orders.sell(0)
    monkeypatch.setattr(cancel_order, "execute_refund", lambda pk: Refund.objects.select_related("payment").get(pk=pk))
    monkeypatch.setattr(cancel_order, "_lines", lambda order, _: list(order.lines.all()))
    if not guarded:
        monkeypatch.setattr("apps.payments.services.request_refund.set_aside", lambda *_, **__: True)
        without_bound_lines(monkeypatch)

    answers = [paid_orders.cancel(order) for _ in range(2)]

    promised = sum(Refund.objects.values_list("amount_krw", flat=True))
    assert promised == (PRICE_KRW if guarded else 2 * PRICE_KRW)
    assert codes(answers) == ({"202": 1, "more_than_is_left": 1} if guarded else {"202": 2})


def test_cancel_and_confirm_at_once_agree_about_the_money(paid_orders: PaidOrders) -> None:
    for seat in range(5):
        order = paid_orders.reserve(seat)
        key = paid_orders.agree(order)

        confirmed, cancelled = at_once([lambda: paid_orders.confirm(order, key), lambda: paid_orders.cancel(order)])  # noqa: B023

        charged = paid_orders.sandbox.payment(key)["balanceAmount"] * (
            paid_orders.sandbox.payment(key)["status"] == "DONE"
        )
        if status_of_order(order) == "PAID":
            assert (confirmed.status_code, cancelled.json()["code"]) == (200, "order_state")
            assert (charged, paid_orders.seat_status(seat)) == (PRICE_KRW, "SOLD")
        else:
            assert (status_of_order(order), paid_orders.seat_status(seat)) == ("CANCELLED", "AVAILABLE")
            assert charged == 0
    assert_books_balance(paid_orders.sandbox)


@pytest.mark.parametrize("guarded", [False, True])
def test_a_hold_that_expires_at_the_instant_of_confirm_is_paid_for_or_expired_never_both(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    if not guarded:  # the time is not part of the UPDATE
        move = attempts.ORDER_MOVES.move
        monkeypatch.setattr(
            attempts.ORDER_MOVES, "move", lambda *args, **kwargs: move(*args, **(kwargs | {"where": None}))
        )
    Order.objects.filter(pk=order.pk).update(expires_at=Now())

    answer = paid_orders.confirm(order, key)

    assert answer.status_code == (410 if guarded else 200)
    assert paid_orders.sandbox.payment(key)["status"] == ("IN_PROGRESS" if guarded else "DONE")


def test_the_expiry_sweep_passes_over_an_order_that_is_being_paid(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    swept = Event()
    send = confirm_payment.send_confirm

    def sweep_then_send(attempt: PaymentAttempt) -> Any:
        Order.objects.filter(pk=order.pk).update(expires_at=Now())
        expire_orders()
        swept.set()
        return send(attempt)

    monkeypatch.setattr(confirm_payment, "send_confirm", sweep_then_send)

    assert paid_orders.confirm(order, key).status_code == 200

    assert swept.is_set()
    assert status_of_order(order) == "PAID"
    assert paid_orders.seat_status(0) == "SOLD"


@pytest.mark.parametrize("guarded", [False, True])
def test_a_refund_that_lands_late_is_not_made_again_under_a_new_key(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """The first request is still on its way when the payment is looked at, and arrives before the second."""
    order = paid_orders.sell(0, 1, 2)
    paid_orders.sandbox.faults(fail_next=[400, "PROVIDER_ERROR"])
    paid_orders.cancel(order, line_ids=[1])  # the next request bears a new key
    refund, gateway = Refund.objects.select_related("payment").get(), get_gateway("toss")
    assert (refund.status, refund.tries) == ("UNKNOWN", 1)
    seen = gateway.find_by_key(refund.payment.payment_key)
    gateway.refund(
        refund.payment.payment_key,
        amount_krw=refund.amount_krw,
        reason=f"late {refund.reference}",
        idempotency_key=f"{refund.idempotency_key}:late",
    )
    paid_orders.sandbox.set_clock(ahead_seconds=5)
    with monkeypatch.context() as stale:
        stale.setattr(execute_refund, "note_given", lambda *_: False)
        stale.setattr(type(gateway), "find_by_key", lambda *_: seen)
        if not guarded:
            request = execute_refund._request
            stale.setattr(execute_refund, "_request", lambda refund, _: request(refund, None))
        execute_refund.execute_refund(refund.pk)

    given = 3 * PRICE_KRW - paid_orders.sandbox.payment(refund.payment.payment_key)["balanceAmount"]
    assert given == (PRICE_KRW if guarded else 2 * PRICE_KRW)
    if guarded:
        paid_orders.sandbox.set_clock(ahead_seconds=10)
        execute_refund.settle_refunds()
        assert Refund.objects.get().status == "DONE"
        assert_books_balance(paid_orders.sandbox)
