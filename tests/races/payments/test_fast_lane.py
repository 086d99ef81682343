"""Many who pay in one moment on the fast lane, of one process and of several: one charge, one ticket."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from pytest_django import Settings

from apps.common.database import plain_sql
from apps.common.database.states import NotMoved
from apps.orders.errors import OrderStateConflict
from apps.orders.models import Order, Ticket
from apps.payments.gateway import provider
from apps.payments.gateway.provider import get_gateway
from apps.payments.models import Payment, PaymentAttempt, Refund
from apps.payments.services import aconfirm_payment, begin_attempts, complete_sales
from apps.payments.services.begin_attempts import BegunAttempt, ConfirmRequest
from tests.paid_orders import PRICE_KRW, PaidOrders, assert_books_balance, attempts_of, status_of_order
from tests.paid_orders_fast_lane import PaidOrdersFastLane
from tests.payment_threads import at_once

MEETING_SECONDS = 1.0


def codes(answers: list[Any]) -> Counter[str]:
    return Counter(answer.json().get("code", str(answer.status_code)) for answer in answers)


def together(work: Any) -> Any:
    """Run a batch in a transaction of its own, as another process would."""
    try:
        with transaction.atomic():
            return work()
    except (NotMoved, IntegrityError) as refusal:
        return refusal


def meet_in(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """Let two callers come as far as a function before either goes on, unless something keeps them apart."""
    barrier, original = Barrier(2), getattr(owner, name)

    def meet(*args: Any, **kwargs: Any) -> Any:
        with suppress(BrokenBarrierError):
            barrier.wait(MEETING_SECONDS)
        return original(*args, **kwargs)

    monkeypatch.setattr(owner, name, meet)


def test_confirming_in_many_tabs_charges_once(paid_orders_fast_lane: PaidOrdersFastLane) -> None:
    order = paid_orders_fast_lane.reserve(0)
    key = paid_orders_fast_lane.agree(order)
    paid_orders_fast_lane.sandbox.faults(latency_ms=100)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: paid_orders_fast_lane.confirm(order, key), range(6)))

    assert set(codes(answers)) <= {"200", "payment_unknown"}
    assert codes(answers)["200"] >= 1
    assert len(paid_orders_fast_lane.sandbox.calls("/confirm", mentioning=order.pk)) == 1
    assert Ticket.objects.filter(order=order).count() == 1
    assert_books_balance(paid_orders_fast_lane.sandbox)


def test_a_hundred_people_who_pay_at_once_are_all_answered(paid_orders_fast_lane: PaidOrdersFastLane) -> None:
    orders = [paid_orders_fast_lane.reserve(seat) for seat in range(40)]
    keys = [paid_orders_fast_lane.agree(order) for order in orders]
    paid_orders_fast_lane.sandbox.faults(latency_ms=50)

    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(paid_orders_fast_lane.confirm, orders, keys))

    assert codes(answers) == {"200": 40}
    assert Ticket.objects.filter(live=True).count() == 40
    assert {status_of_order(order) for order in orders} == {"PAID"}
    assert [paid_orders_fast_lane.seat_status(seat) for seat in range(40)] == ["SOLD"] * 40
    assert_books_balance(paid_orders_fast_lane.sandbox)


def test_a_second_window_is_refused_while_the_first_payment_is_under_way(
    paid_orders_fast_lane: PaidOrdersFastLane,
) -> None:
    order = paid_orders_fast_lane.reserve(0)
    first, second = paid_orders_fast_lane.agree(order), paid_orders_fast_lane.agree(order)
    paid_orders_fast_lane.sandbox.faults(hang_next=True)
    assert paid_orders_fast_lane.confirm(order, first).json()["code"] == "payment_unknown"

    answer = paid_orders_fast_lane.confirm(order, second)

    asked = [len(paid_orders_fast_lane.sandbox.calls("/confirm", mentioning=key)) for key in (first, second)]
    assert (answer.json()["code"], asked) == ("order_state", [1, 0])


@pytest.mark.parametrize("guarded", [False, True])
def test_two_processes_begin_the_payment_of_an_order_once(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """The row's lock lets the second see what the first has done; without it the database still refuses."""
    order = paid_orders.reserve(0)
    requests = [ConfirmRequest(paid_orders.agree(order), order.pk, order.amount_krw, order.user_id) for _ in range(2)]
    meet_in(monkeypatch, begin_attempts, "database_now" if guarded else "is_repeat_of")
    if not guarded:
        monkeypatch.setattr(plain_sql, "for_update", lambda: "")

    outcomes = at_once(
        [lambda request=request: together(lambda: begin_attempts.begin_attempts([request])[0]) for request in requests]
    )

    assert PaymentAttempt.objects.count() == 1
    won = [outcome for outcome in outcomes if isinstance(outcome, BegunAttempt)]
    lost = [outcome for outcome in outcomes if not isinstance(outcome, BegunAttempt)]
    assert len(won) == len(lost) == 1
    assert isinstance(lost[0], OrderStateConflict if guarded else (NotMoved, IntegrityError))


@pytest.mark.parametrize("guarded", [False, True])
def test_two_processes_complete_a_sale_once(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    order = paid_orders.reserve(0, 1)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(approve_then_hang_next=True)
    paid_orders.confirm(order, key)
    payment = get_gateway("toss").find_by_key(key)
    assert payment is not None
    meet_in(monkeypatch, complete_sales, "_storing_payments")
    if not guarded:
        monkeypatch.setattr(plain_sql, "for_update", lambda: "")

    outcomes = at_once([lambda: together(lambda: complete_sales.complete_sales([payment])[0])] * 2)

    clashes = [outcome for outcome in outcomes if isinstance(outcome, IntegrityError)]
    assert len(clashes) == (0 if guarded else 1)
    assert Payment.objects.count() == 1
    assert Ticket.objects.filter(order=order, live=True).count() == 2
    assert_books_balance(paid_orders.sandbox)


@pytest.mark.parametrize("guarded", [False, True])
def test_one_of_two_who_paid_for_a_seat_has_it_and_the_other_has_the_money_back(
    paid_orders_fast_lane: PaidOrdersFastLane, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    orders = [paid_orders_fast_lane.reserve(0)]
    paid_orders_fast_lane.lose_hold(orders[0])  # a failover has lost the hold
    orders.append(paid_orders_fast_lane.reserve(0))

    async def keep_nothing(*_: Any, **__: Any) -> None:
        pass

    monkeypatch.setattr(aconfirm_payment, "akeep_hold", keep_nothing)
    keys = [paid_orders_fast_lane.agree(order) for order in orders]
    constraint = next(one for one in Ticket._meta.constraints if one.name == "one_live_ticket_per_seat")
    if not guarded:
        with connection.schema_editor() as schema:
            schema.remove_constraint(Ticket, constraint)
    try:
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(paid_orders_fast_lane.confirm, orders, keys))
        live = Ticket.objects.filter(seat=paid_orders_fast_lane.seats[0], live=True).count()
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
    assert sorted(paid_orders_fast_lane.sandbox.payment(key)["balanceAmount"] for key in keys) == [0, PRICE_KRW]
    assert_books_balance(paid_orders_fast_lane.sandbox)


def test_cancel_and_confirm_at_once_agree_about_the_money(paid_orders_fast_lane: PaidOrdersFastLane) -> None:
    for seat in range(5):
        order = paid_orders_fast_lane.reserve(seat)
        key = paid_orders_fast_lane.agree(order)

        confirmed, cancelled = at_once(
            [lambda: paid_orders_fast_lane.confirm(order, key), lambda: paid_orders_fast_lane.cancel(order)]  # noqa: B023
        )

        charged = paid_orders_fast_lane.sandbox.payment(key)["balanceAmount"] * (
            paid_orders_fast_lane.sandbox.payment(key)["status"] == "DONE"
        )
        if status_of_order(order) == "PAID":
            assert (confirmed.status_code, cancelled.json()["code"]) == (200, "order_state")
            assert (charged, paid_orders_fast_lane.seat_status(seat)) == (PRICE_KRW, "SOLD")
        else:
            assert (status_of_order(order), paid_orders_fast_lane.seat_status(seat)) == ("CANCELLED", "AVAILABLE")
            assert charged == 0
    assert_books_balance(paid_orders_fast_lane.sandbox)


def test_a_hold_that_expires_at_the_instant_of_confirm_is_expired(paid_orders_fast_lane: PaidOrdersFastLane) -> None:
    order = paid_orders_fast_lane.reserve(0)
    key = paid_orders_fast_lane.agree(order)
    Order.objects.filter(pk=order.pk).update(expires_at=Now())

    answer = paid_orders_fast_lane.confirm(order, key)

    assert answer.status_code == 410
    assert paid_orders_fast_lane.sandbox.payment(key)["status"] == "IN_PROGRESS"
    assert attempts_of(order) == []


@pytest.mark.parametrize("slots", [1, 2])
def test_a_hanging_provider_takes_no_more_slots_than_it_may(
    paid_orders_fast_lane: PaidOrdersFastLane, settings: Settings, monkeypatch: pytest.MonkeyPatch, slots: int
) -> None:
    """The second payment is refused before anything is written."""
    settings.CONFIRMS_AT_ONCE = slots
    provider._async_slots.cache_clear()
    monkeypatch.setattr(provider, "ASYNC_PATIENCE_SECONDS", 0.01)
    order = paid_orders_fast_lane.reserve(1)
    key = paid_orders_fast_lane.agree(order)
    slot = provider.async_provider_slot()
    paid_orders_fast_lane.lane.run(slot.__aenter__())

    answer = paid_orders_fast_lane.confirm(order, key)

    paid_orders_fast_lane.lane.run(slot.__aexit__(None, None, None))
    provider._async_slots.cache_clear()
    if slots == 1:
        assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
        assert int(answer.headers["Retry-After"]) >= 1
        assert (status_of_order(order), attempts_of(order)) == ("RESERVED", [])
    else:
        assert status_of_order(order) == "PAID"
