"""The calls of the confirms: how they are sent, and what they have to leave behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.answers import WrongAnswers
from bench.calls import Call, CallFile
from bench.confirms import check_paid
from bench.provider import DELAY_MS
from bench.servers import Provider
from bench.wrk import play
from tests.paid_orders import PaidOrders

CALLS, CONNECTIONS, PER_SECOND = 20, 10, 100
HALF_A_MILLISECOND = 0.0005  # what the client rounds to


def test_calls_at_a_steady_rate_are_sent_once_each_and_none_before_its_time(provider: Provider, tmp_path: Path) -> None:
    bodies = [{"paymentKey": f"key-{number}", "orderId": f"order-{number}", "amount": 1} for number in range(CALLS)]
    calls = CallFile.write(tmp_path / "calls", (Call("POST", "/v1/payments/confirm", body=body) for body in bodies))

    run = play(calls, url=provider.url, connections=CONNECTIONS, seconds=None, per_second=PER_SECOND)

    assert run.statuses == {"200": CALLS}
    assert run.p50_ms >= DELAY_MS - 1
    assert run.seconds >= (CALLS - 1) / PER_SECOND + (DELAY_MS - 1) / 1000 - HALF_A_MILLISECOND


def test_confirms_that_left_an_order_unpaid_are_no_figure(paid_orders: PaidOrders) -> None:
    paid, reserved = paid_orders.sell(0, 1), paid_orders.reserve(2, 3)
    check_paid("confirm", [paid.pk], seats_of_an_order=2)

    with pytest.raises(WrongAnswers, match="of 2 orders 1 are PAID, with 2 tickets"):
        check_paid("confirm", [paid.pk, reserved.pk], seats_of_an_order=2)


def test_confirms_that_left_a_seat_without_a_ticket_are_no_figure(paid_orders: PaidOrders) -> None:
    paid = paid_orders.sell(0, 1)
    paid.tickets.filter(seat=paid_orders.seats[0]).delete()

    with pytest.raises(WrongAnswers, match="of 1 orders 1 are PAID, with 1 tickets"):
        check_paid("confirm", [paid.pk], seats_of_an_order=2)
