"""Staff change a sale at the moment at which its settings are on their way to Redis: the last word counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import connection

from apps.common.database.transactions import in_transaction
from apps.common.redis import sync_redis
from apps.concerts.models import Performance
from apps.concerts.seat_states import store as seat_states
from apps.concerts.seat_states.keys import sale_key
from apps.concerts.services.change_performance import change_performance
from apps.concerts.services.close_performance import close_performance
from apps.orders.seat_holds import store
from apps.orders.seat_holds.snapshot import Snapshot
from apps.orders.services.rebuild_seat_state import ensure_seat_state
from tests.factories import make_performance
from tests.meeting import somebody_waits_for_a_row
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def performance() -> Performance:
    return make_performance()


class OtherProcess:
    """Staff who change the performance elsewhere, and are waited for unless something keeps them waiting."""

    def __init__(self, performance: Performance) -> None:
        self.performance = performance
        self._pool = ThreadPoolExecutor(1)
        self._done = Event()

    def change(self, **changes: Any) -> None:
        self._do(lambda: change_performance(self.performance.pk, **changes))

    def close(self) -> None:
        self._do(lambda: in_transaction(lambda: close_performance(self.performance.pk, reason="ill")))

    def _do(self, change: Callable[[], object]) -> None:
        self._pool.submit(self._run, change)
        wait_until(lambda: self._done.is_set() or somebody_waits_for_a_row(), what="the change")

    def end(self) -> None:
        self._pool.shutdown()
        assert self._done.is_set()

    def _run(self, change: Callable[[], object]) -> None:
        try:
            change()
        finally:
            connection.close()
            self._done.set()


@pytest.fixture
def other_process(performance: Performance) -> Iterator[OtherProcess]:
    other = OtherProcess(performance)
    yield other
    other.end()


def in_redis(performance: Performance, field: str) -> int:
    return int(sync_redis().hget(sale_key(performance.pk), field) or -1)


def test_a_performance_that_is_cancelled_while_its_seats_are_rebuilt_is_not_sold(
    performance: Performance, other_process: OtherProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild = store.rebuild

    def be_overtaken(performance_id: int, snapshot: Snapshot) -> bool:
        other_process.close()
        return rebuild(performance_id, snapshot)

    monkeypatch.setattr(store, "rebuild", be_overtaken)
    seat_states.mark_not_ready(performance.pk)

    assert ensure_seat_state(performance.pk)
    other_process.end()

    assert in_redis(performance, "closes_at") == 0


def test_of_two_changes_at_once_the_later_one_is_in_force(
    performance: Performance, other_process: OtherProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = seat_states.write_sale_settings

    def be_overtaken(read: Performance) -> None:
        monkeypatch.setattr(seat_states, "write_sale_settings", write)
        other_process.change(limit_per_person=2)
        write(read)

    monkeypatch.setattr(seat_states, "write_sale_settings", be_overtaken)

    change_performance(performance.pk, limit_per_person=3)
    other_process.end()

    assert in_redis(performance, "limit") == 2
