"""Transactions that are repeated as a whole: what is repeated, how often, and what never is."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, OperationalError, connections, transaction

from apps.common.database import transactions
from apps.common.database.transactions import TRIES, in_transaction, retried_transaction
from apps.common.models import OutboxMessage
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)

DEADLOCK = OperationalError(1213, "Deadlock found when trying to get lock")


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "PAUSE_SECONDS", 0)


def write(item: int) -> int:
    """Write a row with this key."""
    OutboxMessage.objects.create(id=item, task="test")
    return item


def written() -> list[int]:
    return list(OutboxMessage.objects.order_by("id").values_list("id", flat=True))


class InTheWay:
    """Work that writes a row each time, and meets another transaction's lock so many times."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.runs = 0

    def __call__(self) -> int:
        self.runs += 1
        write(self.runs)
        if self.left:
            self.left -= 1
            raise OperationalError(1205, "Lock wait timeout exceeded")
        return self.runs


def test_the_whole_is_repeated_and_nothing_of_the_first_time_stays() -> None:
    assert in_transaction(InTheWay(2)) == 3

    assert written() == [3]


def test_what_stays_locked_is_given_up_after_a_bounded_number_of_tries() -> None:
    work = InTheWay(TRIES)

    with pytest.raises(OperationalError):
        in_transaction(work)

    assert work.runs == TRIES
    assert written() == []


def test_who_has_waited_long_enough_is_not_made_to_wait_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "PATIENCE_SECONDS", -1)
    work = InTheWay(1)

    with pytest.raises(OperationalError):
        in_transaction(work)

    assert work.runs == 1


def test_a_refusal_is_not_repeated() -> None:
    runs = 0

    @retried_transaction
    def take_the_same_key(key: int) -> None:
        nonlocal runs
        runs += 1
        write(key)
        write(key)

    with pytest.raises(IntegrityError):
        take_the_same_key(1)

    assert runs == 1
    assert written() == []


def test_a_hook_of_a_transaction_that_is_rolled_back_is_forgotten() -> None:
    committed: list[int] = []
    work = InTheWay(1)

    def work_and_tell() -> None:
        transaction.on_commit(lambda: committed.append(work.runs))
        work()

    in_transaction(work_and_tell)

    assert committed == [2]


def test_what_has_committed_is_not_repeated_for_a_hook_that_meets_a_lock() -> None:
    runs: list[int] = []

    def fail() -> None:
        raise DEADLOCK

    def work() -> None:
        runs.append(write(1 + len(runs)))
        transaction.on_commit(fail)

    with pytest.raises(OperationalError):
        in_transaction(work)

    assert written() == runs == [1]


def test_within_another_transaction_it_is_left_to_that_one_to_repeat() -> None:
    inner = InTheWay(1)
    outer_runs = 0

    def outer() -> int:
        nonlocal outer_runs
        outer_runs += 1
        write(100 + outer_runs)
        return in_transaction(inner)

    assert in_transaction(outer) == 2

    assert (outer_runs, inner.runs) == (2, 2)
    assert written() == [2, 102]


def test_of_two_in_a_real_deadlock_both_come_through() -> None:
    write(1)
    write(2)
    both_hold_one = threading.Barrier(2)
    runs: dict[int, int] = {1: 0, 2: 0}

    @retried_transaction
    def lock(first: int, second: int) -> int:
        runs[first] += 1
        OutboxMessage.objects.filter(id=first).update(attempts=first)
        if runs[first] == 1:
            both_hold_one.wait(LONGEST_SECONDS)
        OutboxMessage.objects.filter(id=second).update(attempts=first)
        return first

    def lock_in_a_thread(first: int, second: int) -> int:
        try:
            return lock(first, second)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(lock_in_a_thread, 1, 2), pool.submit(lock_in_a_thread, 2, 1)]
        assert [answer.result(LONGEST_SECONDS) for answer in answers] == [1, 2]

    assert sorted(runs.values()) == [1, 2]
