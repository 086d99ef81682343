"""A process is killed in the middle of a request, a match or an end: nobody is forgotten, nobody is given twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from apps.common.redis import sync_redis
from apps.counseling.models import Category, CounselAssignment, CounselLog
from apps.counseling.routing import store
from apps.counseling.services.counselor_states import change_counselor_state
from apps.counseling.services.rebuild_routing import ensure_routing
from apps.counseling.services.sweep_routing import sweep_routing
from apps.counseling.states import CounselorState
from tests.counseling_factories import make_category
from tests.factories import make_user
from tests.faults.counseling.centre import (
    ask,
    assert_nobody_is_forgotten,
    come_to_work,
    keep_promises,
    position_of,
    status_of,
)
from tests.lua_clock import LuaClock, put_under_clock
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)

SWEEP_SECONDS = 1
RETURNED_WITHIN_SECONDS = 30

Killed = Callable[..., None]


@pytest.fixture
def killed_at(test_database_url: str) -> Killed:
    """Start a process that does some work, and is killed at a place of it."""

    def run(place: str, work: str, *ids: int) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.counseling.die_at", f"apps.counseling.{place}", work, *map(str, ids)],
            env=os.environ | {"DATABASE_URL": test_database_url},
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
        assert done.returncode == -signal.SIGKILL, done.stderr

    return run


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> LuaClock:
    """Redis' time as this process and the killed ones see it."""
    put_under_clock(monkeypatch, store)
    return LuaClock(sync_redis())


@pytest.fixture
def cards() -> Category:
    """Something to ask about, in a centre that is open."""
    ensure_routing()
    return make_category()


def test_a_match_whose_process_died_before_its_commit_is_back_at_its_place(
    cards: Category, killed_at: Killed, clock: LuaClock
) -> None:
    first, second = ask(cards), ask(cards)
    counselor = come_to_work(cards, ready=False)
    store.change_state(counselor.pk, CounselorState.READY, reason="test", capacity=1, skills=[cards.pk])

    killed_at("services.run_matches.commit_matches", "match", cards.pk)

    assert (position_of(first), position_of(second)) == (0, 1)
    assert [view.session_ids for view in store.team()] == [(first.pk,)]
    change_counselor_state(counselor.pk, CounselorState.ONLINE)
    sweep_routing()
    assert position_of(first) == 0  # the process might still be at it
    clock.advance(RETURNED_WITHIN_SECONDS - SWEEP_SECONDS)
    sweep_routing()
    assert (position_of(first), position_of(second)) == (1, 2)
    assert_nobody_is_forgotten()


def test_a_match_whose_process_died_before_its_commit_is_made_again(
    cards: Category, killed_at: Killed, clock: LuaClock
) -> None:
    first, second = ask(cards), ask(cards)
    counselor = come_to_work(cards, ready=False)
    store.change_state(counselor.pk, CounselorState.READY, reason="test", capacity=1, skills=[cards.pk])
    killed_at("services.run_matches.commit_matches", "match", cards.pk)

    clock.advance(RETURNED_WITHIN_SECONDS - SWEEP_SECONDS)
    sweep_routing()

    assert (status_of(first), status_of(second)) == ("IN_PROGRESS", "WAITING")
    assert CounselAssignment.objects.get().counselor_id == counselor.pk
    assert_nobody_is_forgotten()


def test_a_match_whose_process_died_behind_its_commit_stays_with_its_counselor(
    cards: Category, killed_at: Killed, clock: LuaClock
) -> None:
    session = ask(cards)
    counselor = come_to_work(cards, ready=False, capacity=2)
    store.change_state(counselor.pk, CounselorState.READY, reason="test", capacity=2, skills=[cards.pk])

    killed_at("routing.store.settle", "match", cards.pk)

    assert status_of(session) == "IN_PROGRESS"
    clock.advance(RETURNED_WITHIN_SECONDS - SWEEP_SECONDS)
    sweep_routing()
    sweep_routing()
    assert [(view.counselor_id, view.session_ids) for view in store.team()] == [(counselor.pk, (session.pk,))]
    assert_nobody_is_forgotten()


def test_a_request_whose_process_died_before_the_line_heard_of_it_joins_it_at_its_place(
    cards: Category, killed_at: Killed
) -> None:
    killed_at("routing.store.enqueue", "request", make_user().pk, cards.pk)
    later = ask(cards)
    assert position_of(later) == 1

    keep_promises()

    assert position_of(later) == 2
    assert_nobody_is_forgotten()


def test_an_end_whose_process_died_gives_the_place_back_once(cards: Category, killed_at: Killed) -> None:
    counselor = come_to_work(cards)
    session, waiting = ask(cards), ask(cards)
    assert (status_of(session), status_of(waiting)) == ("IN_PROGRESS", "WAITING")

    killed_at("routing.store.release", "end", session.pk)

    assert status_of(session) == "ENDED"
    keep_promises()
    keep_promises()
    assert [(view.state, view.load) for view in store.team()] == [(CounselorState.AFTER_CALL, 0)]
    change_counselor_state(counselor.pk, CounselorState.READY)
    assert status_of(waiting) == "IN_PROGRESS"
    assert CounselLog.objects.count() == 1
    assert_nobody_is_forgotten()


def test_a_lost_counselors_conversations_are_all_returned_though_the_first_to_do_so_died(
    cards: Category, killed_at: Killed, clock: LuaClock
) -> None:
    come_to_work(cards, capacity=2)
    sessions = [ask(cards), ask(cards)]
    (lost,) = store.team()
    store.seen([lost.counselor_id], grace_seconds=-1)

    killed_at("services.counselor_states.return_to_line", "lose", lost.counselor_id)

    assert [status_of(session) for session in sessions] == ["IN_PROGRESS", "IN_PROGRESS"]
    clock.advance(RETURNED_WITHIN_SECONDS - SWEEP_SECONDS)
    sweep_routing()
    assert [status_of(session) for session in sessions] == ["WAITING", "WAITING"]
    assert [position_of(session) for session in sessions] == [1, 2]
    assert store.team() == []
    assert_nobody_is_forgotten()
