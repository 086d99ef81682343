"""Work that promises itself again, and work that fails for a long time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from apps.common.clock import database_now
from apps.common.database import outbox
from apps.common.models import OutboxMessage


@pytest.fixture(autouse=True)
def runs(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the handlers of this test have noted."""
    monkeypatch.setattr(outbox, "_handlers", dict(outbox._handlers))
    return []


def promise(name: str, **arguments: Any) -> None:
    with transaction.atomic():
        outbox.enqueue(name, **arguments)


def next_run() -> timedelta:
    """Let the relay come to what waits next; return how long it would have waited."""
    waiting = OutboxMessage.objects.get()
    pause = waiting.next_attempt_at - database_now()
    OutboxMessage.objects.update(next_attempt_at=Now())
    outbox.relay()
    return pause


def test_work_that_promises_itself_again_is_done_once_on_the_spot_and_then_with_growing_pauses(runs: list[Any]) -> None:
    @outbox.handles("again")
    def again(number: int) -> None:
        runs.append(outbox.attempts_before())
        promise("again", number=number)

    promise("again", number=1)
    assert len(runs) == 1

    pauses = [next_run() for _ in range(16)]

    assert len(runs) == 17
    assert len(set(runs)) == len(runs), "each run can tell itself from those before it"
    assert pauses[0] > outbox.FIRST_PAUSE
    growing = [pause for pause in pauses if pause < timedelta(hours=23)]
    assert growing == sorted(growing) == pauses[: len(growing)]
    assert max(pauses) <= outbox.LONGEST_TURN
    assert len(growing) < len(pauses), "the longest is a day"


def test_work_that_never_ends_is_refused_after_so_many_turns(runs: list[Any]) -> None:
    @outbox.handles("again")
    def again() -> None:
        promise("again")

    promise("again")
    OutboxMessage.objects.update(attempts=outbox.MOST_TURNS, next_attempt_at=Now())

    assert outbox.relay() == 0

    assert OutboxMessage.objects.get().last_error.startswith("TooManyTurns")


def test_two_works_that_promise_each_other_do_not_call_each_other_without_end(runs: list[Any]) -> None:
    @outbox.handles("ping")
    def ping() -> None:
        runs.append("ping")
        promise("pong")

    @outbox.handles("pong")
    def pong() -> None:
        runs.append("pong")
        promise("ping")

    promise("ping")

    assert runs == ["ping", "pong"]
    assert OutboxMessage.objects.get().task == "ping"


def test_work_that_promises_ever_other_work_ends_on_the_spot_at_some_depth(runs: list[Any]) -> None:
    @outbox.handles("deeper")
    def deeper(depth: int) -> None:
        runs.append(depth)
        promise("deeper", depth=depth + 1)

    promise("deeper", depth=0)

    assert runs == list(range(outbox.MOST_NESTED + 1))[: len(runs)]
    assert len(runs) <= outbox.MOST_NESTED + 1
    assert OutboxMessage.objects.count() == 1


def test_other_work_of_the_same_name_is_done_at_once(runs: list[Any]) -> None:
    @outbox.handles("seat")
    def seat(number: int) -> None:
        runs.append(number)
        if number == 1:
            promise("seat", number=2)

    promise("seat", number=1)

    assert runs == [1, 2]
    assert not OutboxMessage.objects.exists()


def test_work_that_has_failed_for_days_keeps_no_other_from_being_repeated(runs: list[Any]) -> None:
    @outbox.handles("fails")
    def fails() -> None:
        raise ValueError("still")

    @outbox.handles("works")
    def works() -> None:
        runs.append("done")

    for task, attempts in (("fails", 100_000), ("works", 1)):
        OutboxMessage.objects.create(task=task, attempts=attempts, next_attempt_at=Now() - timedelta(seconds=5))
    OutboxMessage.objects.filter(task="fails").update(next_attempt_at=F("next_attempt_at") - timedelta(seconds=5))

    assert outbox.relay() == 1

    assert runs == ["done"]
    assert OutboxMessage.objects.get().next_attempt_at <= database_now() + outbox.LONGEST_PAUSE
