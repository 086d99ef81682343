"""Redis, the database or the provider goes away in the middle of a payment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import MySQLdb
import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now
from pytest_django import Settings

from apps.common.database import outbox, transactions
from apps.common.models import OutboxMessage
from apps.orders.models import Ticket
from apps.orders.services.tickets import issue_tickets
from apps.payments.models import Payment, PaymentAttempt, Refund
from apps.payments.services import confirm_payment, fulfil_payment
from apps.payments.services.execute_refund import settle_refunds
from apps.payments.services.keep_hold import keep_hold
from apps.payments.services.settle_payments import settle_unknown_payments
from tests.paid_orders import PaidOrders, assert_books_balance, attempts_of, status_of_order, use_sandbox
from tests.payment_sandbox import PrivateSandbox
from tests.plugin import Servers
from tests.servers import PrivateRedis


@pytest.fixture
def paid_orders_fragile(
    redis_server: PrivateRedis, transactional_db: None, settings: Settings, own_sandbox: PrivateSandbox
) -> Iterator[PaidOrders]:
    """Orders to pay, with a Redis and a sandbox of its own, to be killed."""
    with use_sandbox(settings, own_sandbox):
        yield PaidOrders(own_sandbox)


def before(module: Any, name: str, accident: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an accident happen right before a function of a module is called."""
    original = getattr(module, name)

    def happen_first(*args: Any, **kwargs: Any) -> Any:
        accident()
        return original(*args, **kwargs)

    monkeypatch.setattr(module, name, happen_first)


def relay_all() -> None:
    OutboxMessage.objects.update(next_attempt_at=Now())
    outbox.relay()


def test_without_redis_nothing_is_charged_and_the_same_key_pays_afterwards(
    paid_orders_fragile: PaidOrders, redis_server: PrivateRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid_orders_fragile.reserve(0)
    key = paid_orders_fragile.agree(order)
    before(confirm_payment, "keep_hold", redis_server.stop, monkeypatch)

    answer = paid_orders_fragile.confirm(order, key)

    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    assert answer.headers["Retry-After"] == "1"
    assert (status_of_order(order), attempts_of(order)) == ("RESERVED", ["WITHDRAWN"])
    assert paid_orders_fragile.sandbox.calls(mentioning=key) == []
    monkeypatch.setattr(confirm_payment, "keep_hold", keep_hold)
    redis_server.start()
    assert paid_orders_fragile.confirm(order, key).status_code == 200
    assert attempts_of(order) == ["CONFIRMED"]


def test_money_that_was_taken_gets_its_tickets_though_redis_has_gone(
    paid_orders_fragile: PaidOrders, redis_server: PrivateRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid_orders_fragile.reserve(0)
    before(confirm_payment, "fulfil_and_refund", redis_server.kill, monkeypatch)

    answer = paid_orders_fragile.confirm(order, paid_orders_fragile.agree(order))

    assert (answer.status_code, answer.json()["status"]) == (200, "PAID")
    assert OutboxMessage.objects.count() == 1
    redis_server.start()
    relay_all()
    assert paid_orders_fragile.seat_status(0) == "SOLD"
    assert not OutboxMessage.objects.exists()


def test_an_unknown_payment_is_settled_though_redis_has_gone(
    paid_orders_fragile: PaidOrders, redis_server: PrivateRedis
) -> None:
    order = paid_orders_fragile.reserve(0)
    paid_orders_fragile.sandbox.faults(approve_then_hang_next=True)
    paid_orders_fragile.confirm(order, paid_orders_fragile.agree(order))
    redis_server.kill()

    settle_unknown_payments()

    assert status_of_order(order) == "PAID"
    redis_server.start()


def test_without_redis_a_payment_that_is_still_open_is_not_sent_again(
    paid_orders_fragile: PaidOrders, redis_server: PrivateRedis
) -> None:
    order = paid_orders_fragile.reserve(0)
    key = paid_orders_fragile.agree(order)
    paid_orders_fragile.sandbox.faults(hang_next=True)
    paid_orders_fragile.confirm(order, key)
    redis_server.kill()

    settle_unknown_payments()

    assert status_of_order(order) == "CONFIRMING"
    assert paid_orders_fragile.sandbox.payment(key)["status"] == "IN_PROGRESS"
    redis_server.start()
    settle_unknown_payments()
    assert status_of_order(order) == "PAID"


def test_an_emptied_redis_knows_the_hold_again_when_its_buyer_pays(
    paid_orders_fragile: PaidOrders, redis_server: PrivateRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, other = paid_orders_fragile.reserve(0), paid_orders_fragile.reserve(1)
    before(confirm_payment, "keep_hold", redis_server.flush, monkeypatch)

    assert paid_orders_fragile.confirm(order, paid_orders_fragile.agree(order)).status_code == 200

    assert [paid_orders_fragile.seat_status(seat) for seat in range(3)] == ["SOLD", "HELD", "AVAILABLE"]
    assert status_of_order(other) == "RESERVED"


def test_a_provider_that_is_away_leaves_the_order_confirming_until_it_is_back(paid_orders_fragile: PaidOrders) -> None:
    order = paid_orders_fragile.reserve(0)
    key = paid_orders_fragile.agree(order)
    paid_orders_fragile.sandbox.kill()

    answer = paid_orders_fragile.confirm(order, key)
    settle_unknown_payments()

    assert (answer.status_code, status_of_order(order)) == (202, "CONFIRMING")
    assert paid_orders_fragile.seat_status(0) == "HELD"
    paid_orders_fragile.sandbox.start()
    settle_unknown_payments()
    assert status_of_order(order) == "PAID"
    assert_books_balance(paid_orders_fragile.sandbox)


def test_a_refund_that_was_promised_is_made_when_the_provider_is_back(paid_orders_fragile: PaidOrders) -> None:
    order = paid_orders_fragile.sell(0)
    paid_orders_fragile.sandbox.kill()

    assert paid_orders_fragile.cancel(order).status_code == 202
    assert settle_refunds() == 0

    paid_orders_fragile.sandbox.start()
    assert settle_refunds() == 1
    assert status_of_order(order) == "CANCELLED"
    assert_books_balance(paid_orders_fragile.sandbox)


@pytest.mark.parametrize("number", [1213, 1205])
@pytest.mark.parametrize("guarded", [False, True])
def test_after_a_deadlock_the_whole_transaction_comes_again_and_the_provider_is_called_once(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch, number: int, guarded: bool
) -> None:
    order = paid_orders.reserve(0)
    accidents = iter([OperationalError(number, "deadlock found"), OperationalError(number, "deadlock found")])

    def deadlock() -> None:
        if accident := next(accidents, None):
            raise accident

    before(fulfil_payment, "issue_tickets", deadlock, monkeypatch)
    if not guarded:
        monkeypatch.setattr(transactions, "TRIES", 1)

    answer = paid_orders.confirm(order, paid_orders.agree(order))

    assert answer.status_code == (200 if guarded else 202)
    assert status_of_order(order) == ("PAID" if guarded else "CONFIRMING")
    assert len(paid_orders.sandbox.calls("/confirm", mentioning=order.pk)) == 1
    assert Payment.objects.count() == (1 if guarded else 0)


def test_a_database_that_deadlocks_for_ever_is_given_up_and_the_outcome_found_out_later(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid_orders.reserve(0)

    def deadlock() -> None:
        raise OperationalError(1213, "deadlock found")

    before(fulfil_payment, "issue_tickets", deadlock, monkeypatch)

    answer = paid_orders.confirm(order, paid_orders.agree(order))

    assert (answer.status_code, answer.json()["code"]) == (202, "payment_unknown")
    monkeypatch.setattr(fulfil_payment, "issue_tickets", issue_tickets)
    _age_attempts()
    settle_unknown_payments()
    assert status_of_order(order) == "PAID"


def test_a_database_killed_in_mid_commit_is_asked_again_not_guessed_about(
    paid_orders: PaidOrders, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_commits_survive_a_kill(servers)
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    enqueue = fulfil_payment.outbox.enqueue
    before(fulfil_payment.outbox, "enqueue", servers.mariadb.kill, monkeypatch)

    answer = paid_orders.confirm(order, key)

    assert (answer.status_code, answer.json()["code"]) == (202, "payment_unknown")
    servers.mariadb.start()
    connection.close()
    monkeypatch.setattr(fulfil_payment.outbox, "enqueue", enqueue)
    assert (status_of_order(order), attempts_of(order)) == ("CONFIRMING", ["STARTED"])
    _age_attempts()
    settle_unknown_payments()
    assert status_of_order(order) == "PAID"
    assert Ticket.objects.filter(order=order, live=True).count() == 1
    assert len(paid_orders.sandbox.calls("/confirm", mentioning=key)) == 1
    assert not Refund.objects.exists()
    assert_books_balance(paid_orders.sandbox)


def _age_attempts() -> None:
    """Let the attempts be older than any call can take."""
    PaymentAttempt.objects.update(started_at=Now() - timedelta(minutes=10))


def let_commits_survive_a_kill(servers: Servers) -> None:
    """The tests' server leaves commits in its own memory for a second; a real one gives them to the system."""
    admin = MySQLdb.connect(host="127.0.0.1", port=servers.mariadb.port, user="root")
    admin.cursor().execute("SET GLOBAL innodb_flush_log_at_trx_commit = 2")
    admin.close()
