"""Services commit while routing is brought back: what the rebuild has not seen, it is told afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import connection

from apps.common.redis import sync_redis
from apps.counseling.models import CounselSession
from apps.counseling.routing import snapshot, store
from apps.counseling.routing.answers import OpenSession, Stage
from apps.counseling.routing.places import place_of
from apps.counseling.services.rebuild_routing import ensure_routing, put_right, with_routing
from apps.counseling.states import CounselorState, SessionStatus
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.integration.counseling.routing.centre import audit
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)


class OtherProcess:
    """A service elsewhere: it commits, then tells routing, and waits for the rebuild if it has to."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._committed = Event()
        self._calls: list[Any] = []

    def start(self, commit: Callable[[], object], tell: Callable[[], object]) -> None:
        def run() -> object:
            try:
                commit()
                self._committed.set()
                return with_routing(tell)
            finally:
                connection.close()

        self._calls.append(self._pool.submit(run))
        assert self._committed.wait(LONGEST_SECONDS)

    def end(self) -> object:
        return self._calls[0].result(LONGEST_SECONDS)


@pytest.fixture
def other_process() -> Iterator[OtherProcess]:
    other = OtherProcess()
    yield other
    other._pool.shutdown()


def overtake_the_snapshot(
    monkeypatch: pytest.MonkeyPatch,
    other_process: OtherProcess,
    commit: Callable[[], object],
    tell: Callable[[], object],
) -> None:
    """Between the reading of the sessions and the writing to Redis, the other process commits."""
    read = snapshot.list_open_sessions

    def read_and_be_overtaken() -> list[OpenSession]:
        monkeypatch.setattr(snapshot, "list_open_sessions", read)
        sessions = read()
        other_process.start(commit, tell)
        return sessions

    monkeypatch.setattr(snapshot, "list_open_sessions", read_and_be_overtaken)


def test_a_request_that_is_committed_while_routing_is_rebuilt_is_in_the_line(
    monkeypatch: pytest.MonkeyPatch, other_process: OtherProcess
) -> None:
    category = make_category()
    made: list[CounselSession] = []

    def commit() -> None:
        made.append(make_session(category))

    def tell() -> object:
        place = place_of(made[0].requested_at, made[0].priority)
        return store.enqueue(made[0].pk, category_id=category.pk, place=place)

    overtake_the_snapshot(monkeypatch, other_process, commit, tell)

    assert ensure_routing()
    other_process.end()

    assert store.waiting([category.pk]) == {category.pk: 1}
    audit()


def test_a_session_that_ends_while_routing_is_rebuilt_is_gone(
    monkeypatch: pytest.MonkeyPatch, other_process: OtherProcess
) -> None:
    category = make_category()
    ann = make_counselor(category)
    session = make_session(category, status=SessionStatus.IN_PROGRESS, counselor=ann)

    def commit() -> None:
        CounselSession.objects.filter(pk=session.pk).update(status=SessionStatus.ENDED, is_open=None)

    def tell() -> object:
        return store.release(session.pk, ann.pk, after_call_seconds=0)

    overtake_the_snapshot(monkeypatch, other_process, commit, tell)

    assert ensure_routing()
    other_process.end()

    assert store.positions([session.pk]) == [None]
    assert store.team() == []


def test_a_match_that_commits_while_routing_is_rebuilt_is_put_right(
    monkeypatch: pytest.MonkeyPatch, other_process: OtherProcess
) -> None:
    ensure_routing()
    category = make_category()
    ann = make_counselor(category, capacity=1)
    session = make_session(category)
    for state in (CounselorState.ONLINE, CounselorState.READY):
        store.change_state(ann.pk, state, reason="test", capacity=1, skills=[category.pk])
    place = place_of(session.requested_at, session.priority)
    store.enqueue(session.pk, category_id=category.pk, place=place)
    matches = store.match([category.pk])
    sync_redis().flushall()

    def commit() -> None:
        CounselSession.objects.filter(pk=session.pk).update(status=SessionStatus.IN_PROGRESS, counselor=ann)

    overtake_the_snapshot(monkeypatch, other_process, commit, lambda: store.settle(matches))

    assert ensure_routing()
    assert other_process.end() == [False]
    put_right(session.pk)

    queue_position = store.positions([session.pk])[0]
    assert queue_position is not None
    assert (queue_position.stage, queue_position.counselor_id) == (Stage.TALKING, ann.pk)
    audit()


def test_of_many_who_find_routing_missing_one_rebuilds(monkeypatch: pytest.MonkeyPatch) -> None:
    category = make_category()
    make_session(category)
    read = snapshot.list_open_sessions
    reads: list[None] = []

    def count_and_read() -> list[OpenSession]:
        reads.append(None)
        return read()

    monkeypatch.setattr(snapshot, "list_open_sessions", count_and_read)

    def ask() -> dict[int, int]:
        try:
            return with_routing(lambda: store.waiting([category.pk]))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = [call.result(LONGEST_SECONDS) for call in [pool.submit(ask) for _ in range(8)]]

    assert answers == [{category.pk: 1}] * 8
    assert len(reads) == 1
