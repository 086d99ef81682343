"""A counselor's states: which follow which, what a pause keeps, who is lost, and what the history has."""

from __future__ import annotations

import pytest

from apps.common.redis import sync_redis
from apps.counseling.errors import CounselorStateConflict
from apps.counseling.routing import store
from apps.counseling.routing.changes import forget_changes, read_changes
from apps.counseling.routing.keys import CHANGES
from apps.counseling.states import CounselorState
from tests.integration.counseling.routing.centre import (
    AFTER_CALL_SECONDS,
    ANN,
    BOB,
    CARDS,
    GRACE_SECONDS,
    REFUNDS,
    TICKETS,
    Centre,
    audit,
)

OFFLINE, ONLINE, READY = CounselorState.OFFLINE, CounselorState.ONLINE, CounselorState.READY
BUSY, AFTER_CALL = CounselorState.BUSY, CounselorState.AFTER_CALL

ALLOWED = {state: {state, *state.row.moves, state.row.when_free} for state in CounselorState}
"""What a counselor can ask for by the table: the present state, and READY of somebody BUSY, change nothing."""


def way_to(state: CounselorState) -> list[CounselorState]:
    """Return the shortest way from OFFLINE by the counselor's own moves."""
    ways: dict[CounselorState, list[CounselorState]] = {OFFLINE: []}
    for _ in CounselorState:
        ways = {to: [*way, to] for former, way in ways.items() for to in former.row.moves} | ways
    return ways[state]


def reach(centre: Centre, state: CounselorState) -> None:
    if state == BUSY:
        centre.hire(ANN, capacity=1)
        centre.ask()
        centre.match()
    else:
        for step in way_to(state):
            centre.go(ANN, step)
    assert centre.state(ANN) == state


@pytest.mark.parametrize("to", CounselorState)
@pytest.mark.parametrize("state", CounselorState)
def test_a_counselor_goes_from_state_to_state_as_the_table_allows(
    centre: Centre, state: CounselorState, to: CounselorState
) -> None:
    reach(centre, state)

    talks = state == BUSY  # and hence cannot leave
    if to in ALLOWED[state] and (to.row.is_at_work or not talks):
        change = centre.go(ANN, to)
        assert change.from_state == state
        assert change.to_state == (BUSY if (state, to) == (BUSY, READY) else to)
    else:
        with pytest.raises(CounselorStateConflict) as refused:
            centre.go(ANN, to)
        assert refused.value.extras["state"] == state
        assert centre.state(ANN) == state


def test_to_be_ready_again_is_harmless(centre: Centre) -> None:
    centre.hire(ANN)
    centre.hire(BOB)
    assert not centre.go(ANN, READY).changed

    centre.ask()

    assert [counselor for _, counselor in centre.match()] == [ANN]  # still idle for longer than Bob
    assert centre.history(ANN) == [ONLINE, READY]


def test_who_becomes_ready_without_a_free_place_is_busy(centre: Centre) -> None:
    centre.hire(ANN, capacity=1)
    centre.ask()
    centre.match()
    centre.go(ANN, ONLINE)

    assert centre.go(ANN, READY).to_state == BUSY


def test_a_pause_keeps_the_conversations_and_takes_no_new_ones(centre: Centre) -> None:
    centre.hire(ANN)
    session = centre.ask()
    centre.match()

    change = centre.go(ANN, ONLINE)
    centre.ask()

    assert (change.session_ids, change.load) == ((session,), 1)
    assert centre.match() == []


def test_who_has_conversations_cannot_go_offline(centre: Centre) -> None:
    centre.hire(ANN)
    session = centre.ask()
    centre.match()

    with pytest.raises(CounselorStateConflict) as refused:
        centre.go(ANN, OFFLINE)

    assert refused.value.extras["session_ids"] == [session]
    assert centre.state(ANN) == READY


def test_a_counselor_who_is_lost_goes_offline_and_stays_due_until_every_conversation_is_returned(
    centre: Centre,
) -> None:
    centre.hire(ANN)
    sessions = [centre.ask(), centre.ask()]
    centre.match()

    change = centre.go(ANN, OFFLINE, forced=True)

    assert change.session_ids == tuple(sessions)
    for session in sessions:
        assert store.due().lost == (ANN,)
        assert store.give_back(session, ANN, talking=True).returned
    assert store.due().lost == ()
    assert store.team() == []
    assert centre.positions(*sessions) == [1, 2]


def test_after_call_work_of_the_counselors_own_choice_has_a_limit_too(centre: Centre) -> None:
    centre.hire(ANN)
    until = centre.go(ANN, AFTER_CALL).after_call_until
    centre.clock.advance(30)

    assert until == pytest.approx(centre.clock.now + AFTER_CALL_SECONDS - 30, abs=0.01)
    assert centre.go(ANN, AFTER_CALL).after_call_until == until
    with pytest.raises(CounselorStateConflict):
        centre.go(ANN, READY, overdue_only=True)


def test_without_a_sign_of_life_for_the_time_of_grace_a_counselor_is_lost(centre: Centre) -> None:
    centre.hire(ANN)
    store.seen([ANN], grace_seconds=GRACE_SECONDS)
    centre.clock.advance(GRACE_SECONDS - 1)
    assert store.due().lost == ()

    centre.clock.advance(1)

    assert store.due().lost == (ANN,)
    assert centre.go(ANN, OFFLINE, forced=True, overdue_only=True).to_state == OFFLINE


def test_a_sign_of_life_within_the_time_of_grace_keeps_the_counselor(centre: Centre) -> None:
    centre.hire(ANN)
    store.seen([ANN], grace_seconds=GRACE_SECONDS)
    centre.clock.advance(GRACE_SECONDS - 1)
    store.seen([ANN, BOB], grace_seconds=GRACE_SECONDS)
    centre.clock.advance(1)

    assert store.due().lost == ()
    with pytest.raises(CounselorStateConflict):
        centre.go(ANN, OFFLINE, forced=True, overdue_only=True)


def test_a_lost_counselor_who_comes_back_is_not_lost_again_at_once(centre: Centre) -> None:
    centre.hire(ANN)
    session = centre.ask()
    centre.match()
    centre.go(ANN, OFFLINE, forced=True)
    centre.clock.advance(5)

    centre.go(ANN, ONLINE)

    assert store.due().lost == ()
    assert centre.counselor(ANN).session_ids == (session,)


def test_a_raised_capacity_makes_a_busy_counselor_ready_at_once(centre: Centre) -> None:
    centre.hire(ANN, capacity=1)
    centre.ask()
    waiting = centre.ask()
    centre.match()

    assert store.change_profile(ANN, capacity=2, skills=[CARDS]).state == READY
    assert centre.match() == [(waiting, ANN)]


def test_a_lowered_capacity_ends_no_conversation_and_begins_none(centre: Centre) -> None:
    centre.hire(ANN, capacity=3)
    sessions = [centre.ask(), centre.ask()]
    centre.match()

    assert store.change_profile(ANN, capacity=1, skills=[CARDS]).state == BUSY
    centre.ask()

    assert centre.match() == []
    assert centre.counselor(ANN).session_ids == tuple(sessions)
    audit(over_capacity=[ANN])
    centre.end(sessions[0], ANN)


def test_new_skills_are_in_force_at_once(centre: Centre) -> None:
    centre.hire(ANN, CARDS)
    cards, refunds = centre.ask(CARDS), centre.ask(REFUNDS)

    store.change_profile(ANN, capacity=3, skills=[REFUNDS, TICKETS])

    assert centre.match(CARDS, REFUNDS) == [(refunds, ANN)]
    assert centre.positions(cards) == [1]


def test_a_changed_profile_brings_nobody_to_work(centre: Centre) -> None:
    assert store.change_profile(ANN, capacity=3, skills=[CARDS]).state == OFFLINE
    assert store.team() == []


def test_the_team_are_those_at_work(centre: Centre) -> None:
    centre.hire(BOB, capacity=2)
    centre.hire(ANN, TICKETS)

    assert [(view.counselor_id, view.state, view.capacity) for view in store.team()] == [
        (ANN, READY, 3),
        (BOB, READY, 2),
    ]
    assert [view.counselor_id for view in store.team([BOB, 999])] == [BOB]


def test_every_change_is_in_the_stream_with_its_time_and_load_until_it_is_forgotten(centre: Centre) -> None:
    centre.hire(ANN, capacity=1)
    centre.ask()
    centre.match()
    changes = read_changes()

    assert [(change.from_state, change.to_state, change.load) for change in changes] == [
        (OFFLINE, ONLINE, 0),
        (ONLINE, READY, 0),
        (READY, BUSY, 1),
    ]
    assert changes[-1].at_us == pytest.approx(centre.clock.now * 1e6, abs=10_000)
    assert changes[-1].reason == "matched"
    forget_changes(changes[:2])
    forget_changes(changes[:2])
    assert read_changes() == changes[2:]


def test_the_names_of_changes_sort_as_the_changes_came_and_never_come_twice(centre: Centre) -> None:
    for _ in range(15):
        centre.go(ANN, ONLINE)
        centre.go(ANN, OFFLINE)
    before = read_changes()
    names = [change.change_id for change in before]

    assert names == sorted(set(names))
    assert all(len(name) <= 40 for name in names)


def test_a_change_after_a_loss_has_a_new_name_even_if_redis_clock_went_back(centre: Centre) -> None:
    centre.go(ANN, ONLINE)
    (before,) = read_changes()
    centre.lose()
    centre.open()
    centre.go(ANN, ONLINE)
    ((_, fields),) = sync_redis().xrange(CHANGES)
    sync_redis().delete(CHANGES)
    sync_redis().xadd(CHANGES, fields, id=before.entry)

    (after,) = read_changes()

    assert after.entry == before.entry
    assert after.change_id != before.change_id


def test_a_refused_change_leaves_no_trace(centre: Centre) -> None:
    with pytest.raises(CounselorStateConflict):
        centre.go(ANN, READY)

    assert read_changes() == []
    assert store.team() == []
