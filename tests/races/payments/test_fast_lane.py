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

from apps.common import plain_sql
from apps.common.states import NotMoved
from apps.orders.errors import OrderStateConflict
from apps.orders.models import Order, Ticket
from apps.payments.gateway import provider
from apps.payments.gateway.provider import get_gateway
from apps.payments.models import Payment, PaymentAttempt, Refund
from apps.payments.services import aconfirm_payment, begin_attempts, complete_sales
from apps.payments.services.begin_attempts import BegunAttempt, ConfirmRequest
from tests.box_office import PRICE_KRW, BoxOffice, assert_books_balance, attempts_of, status_of_order
from tests.fast_office import FastOffice
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


def test_confirming_in_many_tabs_charges_once(fast_office: FastOffice) -> None:
    order = fast_office.reserve(0)
    key = fast_office.agree(order)
    fast_office.sandbox.faults(latency_ms=100)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: fast_office.confirm(order, key), range(6)))

    assert set(codes(answers)) <= {"200", "payment_unknown"}
    assert codes(answers)["200"] >= 1
    assert len(fast_office.sandbox.calls("/confirm", mentioning=order.pk)) == 1
    assert Ticket.objects.filter(order=order).count() == 1
    assert_books_balance(fast_office.sandbox)


def test_a_hundred_people_who_pay_at_once_are_all_answered(fast_office: FastOffice) -> None:
    orders = [fast_office.reserve(seat) for seat in range(40)]
    keys = [fast_office.agree(order) for order in orders]
    fast_office.sandbox.faults(latency_ms=50)

    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(fast_office.confirm, orders, keys))

    assert codes(answers) == {"200": 40}
    assert Ticket.objects.filter(live=True).count() == 40
    assert {status_of_order(order) for order in orders} == {"PAID"}
    assert [fast_office.seat_status(seat) for seat in range(40)] == ["SOLD"] * 40
    assert_books_balance(fast_office.sandbox)


def test_a_second_window_is_refused_while_the_first_payment_is_under_way(fast_office: FastOffice) -> None:
    order = fast_office.reserve(0)
    first, second = fast_office.agree(order), fast_office.agree(order)
    fast_office.sandbox.faults(hang_next=True)
    assert fast_office.confirm(order, first).json()["code"] == "payment_unknown"

    answer = fast_office.confirm(order, second)

    asked = [len(fast_office.sandbox.calls("/confirm", mentioning=key)) for key in (first, second)]
    assert (answer.json()["code"], asked) == ("order_state", [1, 0])


@pytest.mark.parametrize("guarded", [False, True])
def test_two_processes_begin_the_payment_of_an_order_once(
    office: BoxOffice, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """The row's lock lets the second see what the first has done; without it the database still refuses."""
    order = office.reserve(0)
    requests = [ConfirmRequest(office.agree(order), order.pk, order.amount_krw, order.user_id) for _ in range(2)]
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
def test_two_processes_complete_a_sale_once(office: BoxOffice, monkeypatch: pytest.MonkeyPatch, guarded: bool) -> None:
    order = office.reserve(0, 1)
    key = office.agree(order)
    office.sandbox.faults(approve_then_hang_next=True)
    office.confirm(order, key)
    told = get_gateway("toss").find_by_key(key)
    assert told is not None
    meet_in(monkeypatch, complete_sales, "_storing_payments")
    if not guarded:
        monkeypatch.setattr(plain_sql, "for_update", lambda: "")

    outcomes = at_once([lambda: together(lambda: complete_sales.complete_sales([told])[0])] * 2)

    clashes = [outcome for outcome in outcomes if isinstance(outcome, IntegrityError)]
    assert len(clashes) == (0 if guarded else 1)
    assert Payment.objects.count() == 1
    assert Ticket.objects.filter(order=order, live=True).count() == 2
    assert_books_balance(office.sandbox)


@pytest.mark.parametrize("guarded", [False, True])
def test_one_of_two_who_paid_for_a_seat_has_it_and_the_other_has_the_money_back(
    fast_office: FastOffice, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    orders = [fast_office.reserve(0)]
    fast_office.lose_hold(orders[0])  # a failover has lost the hold
    orders.append(fast_office.reserve(0))

    async def keep_nothing(*_: Any, **__: Any) -> None:
        pass

    monkeypatch.setattr(aconfirm_payment, "akeep_hold", keep_nothing)
    keys = [fast_office.agree(order) for order in orders]
    constraint = next(one for one in Ticket._meta.constraints if one.name == "one_live_ticket_per_seat")
    if not guarded:
        with connection.schema_editor() as schema:
            schema.remove_constraint(Ticket, constraint)
    try:
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(fast_office.confirm, orders, keys))
        live = Ticket.objects.filter(seat=fast_office.seats[0], live=True).count()
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
    assert sorted(fast_office.sandbox.payment(key)["balanceAmount"] for key in keys) == [0, PRICE_KRW]
    assert_books_balance(fast_office.sandbox)


def test_cancel_and_confirm_at_once_agree_about_the_money(fast_office: FastOffice) -> None:
    for seat in range(5):
        order = fast_office.reserve(seat)
        key = fast_office.agree(order)

        confirmed, cancelled = at_once([lambda: fast_office.confirm(order, key), lambda: fast_office.cancel(order)])  # noqa: B023

        charged = fast_office.sandbox.payment(key)["balanceAmount"] * (
            fast_office.sandbox.payment(key)["status"] == "DONE"
        )
        if status_of_order(order) == "PAID":
            assert (confirmed.status_code, cancelled.json()["code"]) == (200, "order_state")
            assert (charged, fast_office.seat_status(seat)) == (PRICE_KRW, "SOLD")
        else:
            assert (status_of_order(order), fast_office.seat_status(seat)) == ("CANCELLED", "AVAILABLE")
            assert charged == 0
    assert_books_balance(fast_office.sandbox)


def test_a_hold_that_expires_at_the_instant_of_confirm_is_expired(fast_office: FastOffice) -> None:
    order = fast_office.reserve(0)
    key = fast_office.agree(order)
    Order.objects.filter(pk=order.pk).update(expires_at=Now())

    answer = fast_office.confirm(order, key)

    assert answer.status_code == 410
    assert fast_office.sandbox.payment(key)["status"] == "IN_PROGRESS"
    assert attempts_of(order) == []


@pytest.mark.parametrize("slots", [1, 2])
def test_a_hanging_provider_takes_no_more_slots_than_it_may(
    fast_office: FastOffice, settings: Settings, monkeypatch: pytest.MonkeyPatch, slots: int
) -> None:
    """The second payment is refused before anything is written."""
    settings.CONFIRMS_AT_ONCE = slots
    provider._async_slots.cache_clear()
    monkeypatch.setattr(provider, "ASYNC_PATIENCE_SECONDS", 0.01)
    order = fast_office.reserve(1)
    key = fast_office.agree(order)
    slot = provider.async_provider_slot()
    fast_office.lane.run(slot.__aenter__())

    answer = fast_office.confirm(order, key)

    fast_office.lane.run(slot.__aexit__(None, None, None))
    provider._async_slots.cache_clear()
    if slots == 1:
        assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
        assert int(answer.headers["Retry-After"]) >= 1
        assert (status_of_order(order), attempts_of(order)) == ("RESERVED", [])
    else:
        assert status_of_order(order) == "PAID"
