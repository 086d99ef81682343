"""Who answers: the skill, the least share of capacity, the longest idle; never more than the capacity."""

from __future__ import annotations

import pytest

from apps.counseling.errors import NoFreeCapacity
from apps.counseling.routing import store
from apps.counseling.routing.answers import KnownCounselor, OpenSession, Stage
from apps.counseling.states import CounselorState
from tests.integration.counseling.routing.centre import ANN, BOB, CARDS, CAT, REFUNDS, TICKETS, Centre


def test_only_who_has_the_skill_is_given_a_session(centre: Centre) -> None:
    centre.hire(ANN, TICKETS)
    session = centre.ask(CARDS)
    assert centre.match(CARDS, TICKETS) == []

    centre.hire(BOB, CARDS, REFUNDS)

    assert centre.match(CARDS, TICKETS) == [(session, BOB)]


def test_the_least_share_of_capacity_counts_not_the_number(centre: Centre) -> None:
    centre.hire(ANN, capacity=2)
    centre.hire(BOB, capacity=6)
    for _ in range(3):
        centre.ask()
    assert [counselor for _, counselor in centre.match()] == [ANN, BOB, BOB]  # 1/2 and 2/6

    centre.ask()

    assert [counselor for _, counselor in centre.match()] == [BOB]  # 2/6 is less than 1/2


def test_equal_shares_of_different_capacities_are_equal(centre: Centre) -> None:
    centre.hire(ANN, capacity=3)
    centre.hire(BOB, capacity=6)
    first = [centre.ask() for _ in range(3)]
    assert [counselor for _, counselor in centre.match()] == [ANN, BOB, BOB]
    assert len(first) == 3

    centre.ask()

    assert [counselor for _, counselor in centre.match()] == [ANN]  # 1/3 and 2/6; Ann was given one longer ago


def test_of_equal_shares_the_longest_idle_is_next(centre: Centre) -> None:
    for counselor in (BOB, CAT, ANN):
        centre.hire(counselor, capacity=1)
    order: list[int] = []

    for _ in range(6):
        centre.ask()
        ((session, counselor),) = centre.match()
        order.append(counselor)
        centre.end(session, counselor)

    assert order == [BOB, CAT, ANN, BOB, CAT, ANN]


def test_nobody_has_more_sessions_than_their_capacity(centre: Centre) -> None:
    centre.hire(ANN, capacity=2)
    sessions = [centre.ask() for _ in range(3)]

    assert centre.match() == [(sessions[0], ANN), (sessions[1], ANN)]
    assert centre.match() == []
    assert centre.counselor(ANN).load == 2


def test_a_counselor_is_busy_at_capacity_and_ready_when_a_place_is_free_again(centre: Centre) -> None:
    centre.hire(ANN, capacity=2)
    first, _ = centre.ask(), centre.ask()
    centre.match()
    assert centre.state(ANN) == CounselorState.BUSY

    centre.end(first, ANN)

    assert centre.state(ANN) == CounselorState.READY
    assert centre.history(ANN)[2:] == [CounselorState.BUSY, CounselorState.READY]


def test_with_several_lines_the_one_who_has_waited_longest_goes_first(centre: Centre) -> None:
    sessions = [centre.ask(category) for category in (CARDS, TICKETS, REFUNDS, CARDS)]
    centre.hire(ANN, CARDS, TICKETS, REFUNDS, capacity=4)

    assert [session for session, _ in centre.match(REFUNDS, TICKETS, CARDS)] == sessions


def test_only_the_lines_that_are_asked_for_are_looked_at(centre: Centre) -> None:
    cards = centre.ask(CARDS)
    tickets = centre.ask(TICKETS)
    centre.hire(ANN, CARDS, TICKETS)

    assert centre.match(TICKETS) == [(tickets, ANN)]
    assert centre.stage(cards) == Stage.LINE


def test_no_more_are_matched_at_once_than_is_asked_for(centre: Centre) -> None:
    for _ in range(3):
        centre.ask()
    centre.hire(ANN, capacity=5)

    assert len(centre.match(limit=2)) == 2
    assert len(centre.match(limit=2)) == 1


def test_a_line_that_nobody_can_serve_does_not_hold_up_another(centre: Centre) -> None:
    centre.ask(REFUNDS)
    cards = centre.ask(CARDS)
    centre.hire(ANN, CARDS)

    assert centre.match(REFUNDS, CARDS) == [(cards, ANN)]


def test_a_match_whose_process_died_is_found_when_its_lease_is_over(centre: Centre) -> None:
    session = centre.ask()
    centre.hire(ANN)
    (match,) = store.match([CARDS])
    assert store.due().leases == ()

    centre.clock.advance(store.LEASE_SECONDS)

    assert store.due().leases == ((session, ANN),)
    store.give_back(session, ANN, lease=match.lease)
    assert (centre.positions(session), centre.counselor(ANN).load) == ([1], 0)


def test_a_settled_match_is_not_due_any_more(centre: Centre) -> None:
    centre.ask()
    centre.hire(ANN)
    centre.match()
    centre.clock.advance(store.LEASE_SECONDS)

    assert store.due().leases == ()


def test_settling_twice_does_no_harm(centre: Centre) -> None:
    session = centre.ask()
    centre.hire(ANN)
    matches = store.match([CARDS])

    assert [store.settle(matches), store.settle(matches)] == [[True], [True]]
    assert centre.counselor(ANN).session_ids == (session,)


def test_a_late_settle_of_an_earlier_match_of_the_same_two_changes_nothing(centre: Centre) -> None:
    session = centre.ask()
    centre.hire(ANN)
    early = store.match([CARDS])
    store.give_back(session, ANN)
    late = store.match([CARDS])

    assert store.settle(early) == [False]
    assert centre.stage(session) == Stage.LEASED
    assert store.settle(late) == [True]


def test_a_late_settle_by_a_former_holder_changes_nothing(centre: Centre) -> None:
    session = centre.ask()
    centre.hire(ANN, capacity=1)
    early = store.match([CARDS])
    store.give_back(session, ANN)
    centre.go(ANN, CounselorState.ONLINE)
    centre.hire(BOB)
    centre.match()

    assert store.settle(early) == [False]
    assert centre.counselor(BOB).session_ids == (session,)


def test_a_session_goes_to_another_than_the_one_who_has_just_given_it_back(centre: Centre) -> None:
    centre.hire(BOB, capacity=2)
    centre.ask()
    centre.match()
    centre.hire(ANN, capacity=2)
    session = centre.ask()
    assert centre.offer() == [(session, ANN)]  # Bob has a session already
    store.give_back(session, ANN)

    assert centre.match() == [(session, BOB)]


def test_who_gave_a_session_back_gets_it_again_if_nobody_else_is_there(centre: Centre) -> None:
    centre.hire(ANN)
    session = centre.ask()
    centre.offer()
    store.give_back(session, ANN)

    assert centre.match() == [(session, ANN)]


def test_a_transfer_takes_the_session_from_one_and_gives_it_to_the_other(centre: Centre) -> None:
    centre.hire(ANN, capacity=1)
    session = centre.ask()
    centre.match()
    centre.hire(BOB)

    assigned = store.force_assign(session, BOB, category_id=CARDS, place=centre.place())
    store.settle([assigned.match])

    assert assigned.from_counselor_id == ANN
    assert (centre.counselor(ANN).load, centre.state(ANN)) == (0, CounselorState.READY)
    assert centre.counselor(BOB).session_ids == (session,)


@pytest.mark.parametrize("why", ["busy", "unskilled", "away", "offline", "has it"])
def test_a_transfer_to_who_cannot_take_it_is_refused_and_changes_nothing(centre: Centre, why: str) -> None:
    centre.hire(ANN)
    session = centre.ask()
    centre.match()
    if why != "offline":
        centre.hire(BOB, TICKETS if why == "unskilled" else CARDS, capacity=1)
    if why == "away":
        centre.go(BOB, CounselorState.ONLINE)
    if why == "busy":
        other = centre.ask()
        store.settle([store.force_assign(other, BOB, category_id=CARDS, place=1).match])

    with pytest.raises(NoFreeCapacity):
        store.force_assign(session, ANN if why == "has it" else BOB, category_id=CARDS, place=1)

    assert centre.counselor(ANN).session_ids == (session,)
    assert centre.stage(session) == Stage.TALKING


def test_a_supervisor_takes_over_without_being_ready_or_skilled(centre: Centre) -> None:
    centre.hire(ANN)
    session = centre.ask()
    centre.match()
    centre.hire(BOB, TICKETS, capacity=1)
    centre.go(BOB, CounselorState.ONLINE)

    assigned = store.force_assign(session, BOB, category_id=CARDS, place=1, by_supervisor=True)
    store.settle([assigned.match])

    assert centre.counselor(BOB).session_ids == (session,)
    assert centre.state(BOB) == CounselorState.ONLINE


def test_a_supervisor_at_capacity_cannot_take_over_another_one(centre: Centre) -> None:
    centre.hire(ANN)
    session, other = centre.ask(), centre.ask()
    centre.match()
    centre.hire(BOB, capacity=1)
    store.force_assign(session, BOB, category_id=CARDS, place=1, by_supervisor=True)

    with pytest.raises(NoFreeCapacity):
        store.force_assign(other, BOB, category_id=CARDS, place=1, by_supervisor=True)


def test_somebody_who_waits_can_be_given_to_a_counselor_by_name(centre: Centre) -> None:
    centre.ask()
    second = centre.ask()
    centre.hire(ANN, capacity=1)

    assigned = store.force_assign(second, ANN, category_id=CARDS, place=1)

    assert assigned.from_counselor_id is None
    assert store.settle([assigned.match]) == [True]
    assert store.waiting([CARDS]) == {CARDS: 1}


def test_the_longest_idle_is_next_after_a_rebuild_too(centre: Centre) -> None:
    centre.lose()
    centre.open(
        [OpenSession(1, CARDS, 1, Stage.LINE)],
        [
            KnownCounselor(ANN, CounselorState.READY, 3, (CARDS,), idle_since_us=2),
            KnownCounselor(BOB, CounselorState.READY, 3, (CARDS,), idle_since_us=1),
        ],
    )

    assert centre.match() == [(1, BOB)]
