"""A session ends, once; what follows is the counselor's after-call work."""

from __future__ import annotations

import pytest

from apps.counseling.routing import store
from apps.counseling.states import CounselorState
from tests.integration.counseling.routing.centre import AFTER_CALL_SECONDS, ANN, BOB, Centre


def talk(centre: Centre, *, sessions: int = 1, capacity: int = 3) -> list[int]:
    """Ann has sessions that go on."""
    centre.hire(ANN, capacity=capacity)
    asked = [centre.ask() for _ in range(sessions)]
    centre.match()
    return asked


def test_a_session_that_is_released_twice_makes_one_place_free(centre: Centre) -> None:
    first, _second = talk(centre, sessions=2)

    assert centre.end(first, ANN)
    assert not centre.end(first, ANN)
    assert centre.counselor(ANN).load == 1
    assert centre.queue_position(first) is None


def test_a_former_holder_releases_nothing(centre: Centre) -> None:
    (session,) = talk(centre)
    store.give_back(session, ANN, talking=True)
    centre.go(ANN, CounselorState.ONLINE)
    centre.hire(BOB)
    centre.match()

    assert not centre.end(session, ANN, after_call_seconds=AFTER_CALL_SECONDS)
    assert centre.counselor(BOB).session_ids == (session,)
    assert centre.state(ANN) == CounselorState.ONLINE


def test_after_a_session_its_counselor_writes_it_up_and_is_given_nobody(centre: Centre) -> None:
    first, second = talk(centre, sessions=2)
    centre.ask()
    centre.match()

    released = store.release(first, ANN, after_call_seconds=AFTER_CALL_SECONDS)
    centre.ask()

    assert released.counselor.state == CounselorState.AFTER_CALL
    assert released.after_call_until == pytest.approx(centre.clock.now + AFTER_CALL_SECONDS, abs=0.01)
    assert centre.match() == []
    assert second in centre.counselor(ANN).session_ids


def test_after_call_work_ends_by_its_limit(centre: Centre) -> None:
    (session,) = talk(centre)
    centre.end(session, ANN, after_call_seconds=AFTER_CALL_SECONDS)
    assert store.due().after_calls == ()

    centre.clock.advance(AFTER_CALL_SECONDS)

    assert store.due().after_calls == (ANN,)
    assert centre.go(ANN, CounselorState.READY, overdue_only=True).to_state == CounselorState.READY
    assert store.due().after_calls == ()


def test_after_call_work_is_never_cut_short_by_a_later_end(centre: Centre) -> None:
    first, second = talk(centre, sessions=2)
    until = store.release(first, ANN, after_call_seconds=AFTER_CALL_SECONDS).after_call_until

    assert store.release(second, ANN, after_call_seconds=1).after_call_until == until


def test_after_call_work_starts_its_limit_again_for_a_later_end(centre: Centre) -> None:
    first, second = talk(centre, sessions=2)
    until = store.release(first, ANN, after_call_seconds=AFTER_CALL_SECONDS).after_call_until
    centre.clock.advance(30)

    later = store.release(second, ANN, after_call_seconds=AFTER_CALL_SECONDS).after_call_until

    assert until is not None
    assert later == pytest.approx(until + 30)


def test_who_was_busy_is_ready_again_after_the_after_call_work(centre: Centre) -> None:
    first, _ = talk(centre, sessions=2, capacity=2)
    centre.end(first, ANN, after_call_seconds=AFTER_CALL_SECONDS)
    centre.go(ANN, CounselorState.READY)

    assert centre.history(ANN)[2:] == [CounselorState.BUSY, CounselorState.AFTER_CALL, CounselorState.READY]


def test_a_transfer_has_no_after_call_work(centre: Centre) -> None:
    (session,) = talk(centre)
    centre.end(session, ANN, after_call_seconds=0)

    assert centre.state(ANN) == CounselorState.READY


def test_the_pause_of_a_counselor_outlasts_the_end_of_a_session(centre: Centre) -> None:
    (session,) = talk(centre)
    centre.go(ANN, CounselorState.ONLINE)
    centre.end(session, ANN, after_call_seconds=AFTER_CALL_SECONDS)

    assert centre.state(ANN) == CounselorState.ONLINE


def test_an_offer_that_ends_before_it_is_taken_is_gone(centre: Centre) -> None:
    centre.hire(ANN)
    session = centre.ask()
    centre.offer()

    assert centre.end(session, ANN)
    centre.clock.advance(3600)
    assert store.due().offers == ()
