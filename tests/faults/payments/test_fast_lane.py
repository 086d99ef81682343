"""Processes and servers that go away in the middle of a confirmation on the fast lane."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now
from pytest_django import Settings

from apps.common.database import outbox
from apps.common.models import OutboxMessage
from apps.orders.models import Order, Ticket
from apps.payments.models import Payment, Refund
from apps.payments.services import aconfirm_payment, complete_sales
from apps.payments.services.settle_payments import settle_unknown_payments
from tests.faults.payments.test_killed_processes import SERVICES, environment, killed_at, let_time_pass
from tests.faults.payments.test_servers_away import let_commits_survive_a_kill
from tests.paid_orders import PaidOrders, assert_books_balance, attempts_of, status_of_order, use_sandbox
from tests.paid_orders_fast_lane import PaidOrdersFastLane, fast_lane_thread
from tests.payment_sandbox import PrivateSandbox
from tests.plugin import Servers
from tests.servers import PrivateRedis

__all__ = ["environment"]


@pytest.fixture
def paid_orders_fragile(
    redis_server: PrivateRedis, transactional_db: None, settings: Settings, own_sandbox: PrivateSandbox
) -> Iterator[PaidOrdersFastLane]:
    """Orders paid by the fast lane, with a Redis and a sandbox of its own, to be killed."""
    with use_sandbox(settings, own_sandbox), fast_lane_thread() as lane:
        yield PaidOrdersFastLane(own_sandbox, lane)


def before(module: Any, name: str, accident: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an accident happen right before a function, or a coroutine, of a module begins."""
    original = getattr(module, name)

    def happen_first(*args: Any, **kwargs: Any) -> Any:
        accident()
        return original(*args, **kwargs)

    monkeypatch.setattr(module, name, happen_first)


def killed_in_confirm(place: str, order: Order, key: str, environment: dict[str, str]) -> None:
    arguments = (key, order.pk, str(order.amount_krw), str(order.user_id))
    killed_at(f"{SERVICES}.{place}", "confirm on the loop", *arguments, environment=environment)


def relay_all() -> None:
    OutboxMessage.objects.update(next_attempt_at=Now())
    outbox.relay()


@pytest.mark.parametrize(
    ("place", "charged"),
    [
        ("aconfirm_payment.akeep_hold", False),
        ("aconfirm_payment._send_confirm", False),
        ("aconfirm_payment._complete", True),
        ("complete_sales._storing_tickets", True),
    ],
)
def test_an_order_whose_process_died_is_completed(
    paid_orders: PaidOrders, environment: dict[str, str], place: str, charged: bool
) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)

    killed_in_confirm(place, order, key, environment)

    assert (status_of_order(order), attempts_of(order)) == ("CONFIRMING", ["STARTED"])
    assert paid_orders.sandbox.payment(key)["status"] == ("DONE" if charged else "IN_PROGRESS")
    let_time_pass()
    settle_unknown_payments()
    assert (status_of_order(order), attempts_of(order)) == ("PAID", ["CONFIRMED"])
    assert paid_orders.seat_status(0) == "SOLD"
    assert Ticket.objects.filter(order=order, live=True).count() == 1
    assert_books_balance(paid_orders.sandbox)


def test_a_sale_whose_process_died_after_the_commit_is_shown_by_the_outbox(
    paid_orders: PaidOrders, environment: dict[str, str]
) -> None:
    order = paid_orders.reserve(0)

    killed_in_confirm("aconfirm_payment._finish", order, paid_orders.agree(order), environment)

    assert (status_of_order(order), paid_orders.seat_status(0)) == ("PAID", "HELD")
    relay_all()
    assert paid_orders.seat_status(0) == "SOLD"
    assert not OutboxMessage.objects.exists()


def test_without_redis_nothing_is_charged_and_the_same_key_pays_afterwards(
    paid_orders_fragile: PaidOrdersFastLane, redis_server: PrivateRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid_orders_fragile.reserve(0)
    key = paid_orders_fragile.agree(order)
    with monkeypatch.context() as once:
        before(aconfirm_payment, "akeep_hold", redis_server.stop, once)
        answer = paid_orders_fragile.confirm(order, key)

    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    assert answer.headers["Retry-After"] == "1"
    assert (status_of_order(order), attempts_of(order)) == ("RESERVED", ["WITHDRAWN"])
    assert paid_orders_fragile.sandbox.calls(mentioning=key) == []
    redis_server.start()
    while (answer := paid_orders_fragile.confirm(order, key)).status_code == 503:
        pass  # the lane's connection is opened again after a pause
    assert answer.status_code == 200
    assert attempts_of(order) == ["CONFIRMED"]


def test_money_that_was_taken_gets_its_tickets_though_redis_has_gone(
    paid_orders_fragile: PaidOrdersFastLane, redis_server: PrivateRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid_orders_fragile.reserve(0)
    before(aconfirm_payment, "_complete", redis_server.kill, monkeypatch)

    answer = paid_orders_fragile.confirm(order, paid_orders_fragile.agree(order))

    assert (answer.status_code, answer.json()["status"]) == (200, "PAID")
    assert OutboxMessage.objects.count() == 1
    redis_server.start()
    relay_all()
    assert paid_orders_fragile.seat_status(0) == "SOLD"
    assert not OutboxMessage.objects.exists()


def test_seats_that_redis_has_forgotten_are_brought_back_before_anything_is_charged(
    paid_orders_fragile: PaidOrdersFastLane, redis_server: PrivateRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid_orders_fragile.reserve(0)
    before(aconfirm_payment, "akeep_hold", redis_server.flush, monkeypatch)

    answer = paid_orders_fragile.confirm(order, paid_orders_fragile.agree(order))

    assert answer.status_code == 200
    assert paid_orders_fragile.seat_status(0) == "SOLD"
    assert_books_balance(paid_orders_fragile.sandbox)


def test_a_deadlock_after_the_payment_is_overcome_and_the_provider_asked_once(
    paid_orders_fast_lane: PaidOrdersFastLane, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid_orders_fast_lane.reserve(0)
    key = paid_orders_fast_lane.agree(order)
    times = iter(range(2))

    def deadlock() -> None:
        if next(times, None) is not None:
            raise OperationalError(1213, "Deadlock found when trying to get lock")

    before(complete_sales, "_storing_tickets", deadlock, monkeypatch)

    assert paid_orders_fast_lane.confirm(order, key).status_code == 200
    assert len(paid_orders_fast_lane.sandbox.calls("/confirm", mentioning=order.pk)) == 1
    assert_books_balance(paid_orders_fast_lane.sandbox)


def test_a_database_that_fails_after_the_payment_leaves_it_to_be_settled(
    paid_orders_fast_lane: PaidOrdersFastLane, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid_orders_fast_lane.reserve(0)
    key = paid_orders_fast_lane.agree(order)

    def lost() -> None:
        raise OperationalError(2013, "Lost connection to server during query")

    with monkeypatch.context() as once:
        before(complete_sales, "_storing_tickets", lost, once)
        answer = paid_orders_fast_lane.confirm(order, key)

    assert (answer.status_code, answer.json()["code"]) == (202, "payment_unknown")
    assert (status_of_order(order), Payment.objects.count()) == ("CONFIRMING", 0)
    let_time_pass()
    settle_unknown_payments()
    assert status_of_order(order) == "PAID"
    assert_books_balance(paid_orders_fast_lane.sandbox)


def test_a_database_killed_before_the_commit_is_asked_again_and_nothing_is_guessed(
    paid_orders_fast_lane: PaidOrdersFastLane, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_commits_survive_a_kill(servers)
    order = paid_orders_fast_lane.reserve(0)
    key = paid_orders_fast_lane.agree(order)
    with monkeypatch.context() as once:
        before(complete_sales, "_storing_tickets", servers.mariadb.kill, once)
        answer = paid_orders_fast_lane.confirm(order, key)
    servers.mariadb.start()
    connection.close()

    assert (answer.status_code, answer.json()["code"]) == (202, "payment_unknown")
    let_time_pass()
    settle_unknown_payments()
    assert status_of_order(order) == "PAID"
    assert_books_balance(paid_orders_fast_lane.sandbox)


def test_a_seat_that_is_gone_after_the_payment_is_refunded_at_once(
    paid_orders_fast_lane: PaidOrdersFastLane, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid_orders_fast_lane.reserve(0)
    key = paid_orders_fast_lane.agree(order)
    rivals: list[Order] = []

    def sell_to_somebody_else() -> None:
        if not rivals:
            paid_orders_fast_lane.lose_hold(order)
            rivals.append(PaidOrders.reserve(paid_orders_fast_lane, 0))
            key_of_rival = paid_orders_fast_lane.agree(rivals[0])
            answer = PaidOrders.post(
                paid_orders_fast_lane,
                "/api/payments/confirm",
                {"paymentKey": key_of_rival, "orderId": rivals[0].pk, "amount": rivals[0].amount_krw},
                user_id=rivals[0].user_id,
            )
            assert answer.status_code == 200
            connection.close()

    send = aconfirm_payment._send_confirm

    async def send_and_lose_the_seat(begun: Any) -> Any:
        answer = await send(begun)
        await aconfirm_payment.in_database_thread(sell_to_somebody_else)
        return answer

    monkeypatch.setattr(aconfirm_payment, "_send_confirm", send_and_lose_the_seat)

    answer = paid_orders_fast_lane.confirm(order, key)

    assert (answer.status_code, answer.json()["code"]) == (409, "seats_unavailable")
    assert answer.json()["refund"]["status"] == "DONE"
    assert (status_of_order(order), status_of_order(rivals[0])) == ("CANCELLED", "PAID")
    assert Refund.objects.get().status == "DONE"
    assert_books_balance(paid_orders_fast_lane.sandbox)
