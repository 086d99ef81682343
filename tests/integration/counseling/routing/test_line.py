"""Who goes first: the order of arrival, what a class is worth, and who is waited for."""

from __future__ import annotations

import pytest

from apps.counseling.routing import store
from apps.counseling.states import AGEING_SECONDS, CounselorState, Priority
from tests.integration.counseling.routing.centre import ANN, BOB, CARDS, REFUNDS, TICKETS, Centre


def test_whoever_asked_first_is_answered_first(centre: Centre) -> None:
    asked = [centre.ask() for _ in range(5)]
    centre.hire(ANN, capacity=5)

    assert [session for session, _ in centre.match()] == asked


def test_the_order_is_that_of_the_requests_not_that_in_which_they_came_to_the_line(centre: Centre) -> None:
    late, early = centre.ask(), centre.ask(waited=30)

    assert centre.positions(late, early) == [2, 1]


def test_an_urgent_request_goes_before_a_normal_one_that_came_earlier(centre: Centre) -> None:
    normal = centre.ask(waited=60)
    high, urgent = centre.ask(priority=Priority.HIGH), centre.ask(priority=Priority.URGENT)

    assert centre.positions(urgent, high, normal) == [1, 2, 3]


@pytest.mark.parametrize("priority", [Priority.URGENT, Priority.HIGH])
def test_a_normal_one_that_has_waited_longer_than_the_class_is_worth_goes_first(
    centre: Centre, priority: Priority
) -> None:
    normal = centre.ask()
    centre.clock.advance(AGEING_SECONDS[priority])
    preferred = centre.ask(priority=priority)

    assert centre.positions(normal, preferred) == [1, 2]


def test_nobody_starves_behind_a_stream_of_urgent_requests(centre: Centre) -> None:
    normal = centre.ask()
    centre.hire(ANN, capacity=1)
    answered: list[int] = []

    for _ in range(AGEING_SECONDS[Priority.URGENT] // 60 + 1):
        centre.ask(priority=Priority.URGENT)
        ((session, counselor),) = centre.match()
        answered.append(session)
        centre.clock.advance(60)
        centre.end(session, counselor)

    assert normal in answered


def test_a_request_that_comes_to_the_line_twice_stands_in_it_once(centre: Centre) -> None:
    session, place = centre.ask(), centre.place()
    centre.ask()

    again = store.enqueue(session, category_id=CARDS, place=place + 1_000_000)

    assert again.position == 1
    assert store.waiting([CARDS]) == {CARDS: 2}


def test_a_request_that_is_somebodys_already_is_not_put_in_line_again(centre: Centre) -> None:
    session = centre.ask()
    centre.hire(ANN)
    centre.match()

    assert store.enqueue(session, category_id=CARDS, place=centre.place()).counselor_id == ANN
    assert store.waiting([CARDS]) == {CARDS: 0}


def test_whoever_leaves_the_line_moves_the_others_up(centre: Centre) -> None:
    first, second = centre.ask(), centre.ask()

    assert store.leave(first)
    assert not store.leave(first)
    assert centre.queue_position(first) is None
    assert centre.positions(second) == [1]


def test_who_is_with_a_counselor_cannot_leave_the_line_any_more(centre: Centre) -> None:
    session = centre.ask()
    centre.hire(ANN)
    centre.match()

    assert not store.leave(session)
    assert centre.counselor(ANN).session_ids == (session,)


def test_each_category_has_a_line_of_its_own(centre: Centre) -> None:
    sessions = [centre.ask(CARDS), centre.ask(TICKETS), centre.ask(CARDS)]

    assert centre.positions(*sessions) == [1, 1, 2]
    assert store.waiting([CARDS, TICKETS, REFUNDS]) == {CARDS: 2, TICKETS: 1, REFUNDS: 0}


def test_nobody_knows_how_long_it_takes_before_the_line_has_moved(centre: Centre) -> None:
    queue_position = centre.queue_position(centre.ask())

    assert queue_position is not None
    assert queue_position.eta_seconds is None


def test_the_estimate_is_the_pace_of_the_line_times_the_position(centre: Centre) -> None:
    centre.hire(ANN, capacity=20)
    for _ in range(8):
        centre.ask()
    for _ in range(5):
        centre.clock.advance(30)
        centre.match(limit=1)

    etas = [queue_position.eta_seconds for queue_position in store.positions([6, 7, 8]) if queue_position]

    assert etas == pytest.approx([30, 60, 90], abs=2)


def test_an_empty_line_is_not_counted_as_a_slow_one(centre: Centre) -> None:
    centre.hire(ANN, capacity=20)
    for _ in range(3):
        centre.ask()
        centre.clock.advance(10)
        centre.match()
    centre.clock.advance(3600)

    queue_position = centre.queue_position(centre.ask())

    assert queue_position is not None
    assert queue_position.eta_seconds == pytest.approx(10, abs=1)


def test_the_estimate_grows_while_the_line_stands_still(centre: Centre) -> None:
    centre.hire(ANN, capacity=20)
    sessions = [centre.ask() for _ in range(3)]
    for _ in range(2):
        centre.clock.advance(10)
        centre.match(limit=1)
    before = centre.queue_position(sessions[2])
    centre.clock.advance(600)
    after = centre.queue_position(sessions[2])

    assert before is not None
    assert after is not None
    assert (after.eta_seconds or 0) > (before.eta_seconds or 0)


def test_who_was_transferred_to_a_counselor_waits_for_that_one_and_keeps_nobody_waiting(centre: Centre) -> None:
    centre.hire(ANN, capacity=1)
    (busy_with,) = [centre.ask()]
    centre.match()
    wanting = centre.ask(wanted=ANN, waited=100)
    behind = centre.ask()
    centre.hire(BOB, capacity=3)

    assert centre.match() == [(behind, BOB)]
    centre.end(busy_with, ANN)
    assert centre.match() == [(wanting, ANN)]


def test_of_those_who_want_a_counselor_and_those_who_take_anybody_the_earlier_goes_first(centre: Centre) -> None:
    centre.hire(ANN, capacity=1)
    centre.go(ANN, CounselorState.ONLINE)
    anybody, wanting = centre.ask(), centre.ask(wanted=ANN)
    centre.go(ANN, CounselorState.READY)

    assert centre.match() == [(anybody, ANN)]
    centre.end(anybody, ANN)
    assert centre.match() == [(wanting, ANN)]


@pytest.mark.parametrize("gone", ["offline", "unskilled"])
def test_when_the_wanted_counselor_goes_anybody_answers(centre: Centre, gone: str) -> None:
    centre.hire(ANN)
    centre.go(ANN, CounselorState.ONLINE)
    centre.hire(BOB)
    wanting = centre.ask(wanted=ANN)
    assert centre.match() == []

    if gone == "offline":
        centre.go(ANN, CounselorState.OFFLINE)
    else:
        store.change_profile(ANN, capacity=3, skills=[TICKETS])

    assert centre.match() == [(wanting, BOB)]


def test_a_counselor_who_is_not_at_work_cannot_be_waited_for(centre: Centre) -> None:
    centre.hire(BOB)
    session = centre.ask(wanted=ANN)

    assert centre.match() == [(session, BOB)]
