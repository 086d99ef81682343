"""An offer is taken, declined or missed; what is given back has its old place."""

from __future__ import annotations

from apps.counseling.routing import store
from apps.counseling.routing.answers import OpenSession, Stage
from apps.counseling.states import CounselorState
from tests.integration.counseling.routing.centre import ANN, BOB, CARDS, OFFER_SECONDS, Centre


def test_an_offer_counts_as_a_session_of_its_counselor(centre: Centre) -> None:
    centre.hire(ANN, capacity=1)
    session = centre.ask()
    centre.offer()

    assert centre.stage(session) == Stage.OFFERED
    assert centre.state(ANN) == CounselorState.BUSY


def test_who_takes_the_offer_has_the_session(centre: Centre) -> None:
    centre.hire(ANN)
    session = centre.ask()
    centre.offer()

    assert store.take_offer(session, ANN)
    assert store.take_offer(session, ANN)
    assert centre.stage(session) == Stage.TALKING
    centre.clock.advance(OFFER_SECONDS)
    assert store.due().offers == ()


def test_only_who_has_the_offer_can_take_it(centre: Centre) -> None:
    centre.hire(ANN)
    session = centre.ask()
    centre.offer()

    assert not store.take_offer(session, BOB)
    assert not store.take_offer(session + 1, ANN)
    assert centre.stage(session) == Stage.OFFERED


def test_an_offer_that_lapses_goes_back_to_its_old_place(centre: Centre) -> None:
    centre.hire(ANN, capacity=1)
    session, behind = centre.ask(), centre.ask()
    centre.offer()

    returned = centre.miss(session, ANN)

    assert (returned.returned, returned.went_away) == (True, False)
    assert returned.queue_position is not None
    assert returned.queue_position.position == 1
    assert centre.positions(session, behind) == [1, 2]
    assert centre.counselor(ANN).load == 0


def test_an_offer_is_not_due_before_its_time(centre: Centre) -> None:
    centre.hire(ANN)
    centre.ask()
    centre.offer()
    centre.clock.advance(OFFER_SECONDS - 1)

    assert store.due().offers == ()


def test_who_misses_two_offers_in_a_row_is_set_away(centre: Centre) -> None:
    centre.hire(ANN, capacity=1)
    session = centre.ask()
    centre.offer()
    centre.miss(session, ANN)
    centre.offer()

    returned = centre.miss(session, ANN)

    assert returned.went_away
    assert returned.counselor.state == CounselorState.ONLINE
    assert centre.offer() == []
    assert centre.history(ANN)[-1] == CounselorState.ONLINE


def test_an_offer_that_is_taken_between_two_misses_keeps_the_counselor(centre: Centre) -> None:
    centre.hire(ANN, capacity=1)
    session = centre.ask()
    centre.offer()
    centre.miss(session, ANN)
    centre.offer()
    store.take_offer(session, ANN)
    centre.end(session, ANN)
    other = centre.ask()
    centre.offer()

    assert not centre.miss(other, ANN).went_away
    assert centre.state(ANN) == CounselorState.READY


def test_who_comes_back_from_being_away_may_miss_once_again(centre: Centre) -> None:
    centre.hire(ANN, capacity=1)
    session = centre.ask()
    centre.offer()
    centre.miss(session, ANN)
    centre.go(ANN, CounselorState.ONLINE)
    centre.go(ANN, CounselorState.READY)
    centre.offer()

    assert not centre.miss(session, ANN).went_away


def test_declining_is_no_miss(centre: Centre) -> None:
    centre.hire(ANN, capacity=1)
    session = centre.ask()
    for _ in range(3):
        assert centre.offer() == [(session, ANN)]
        assert not store.give_back(session, ANN).went_away

    assert centre.state(ANN) == CounselorState.READY


def test_an_offer_that_was_taken_in_time_does_not_lapse_after_all(centre: Centre) -> None:
    centre.hire(ANN)
    session = centre.ask()
    centre.offer()
    store.take_offer(session, ANN)

    assert not store.give_back(session, ANN, missed=True).returned
    assert not store.give_back(session, ANN).returned
    assert centre.counselor(ANN).session_ids == (session,)


def test_a_former_holder_gives_nothing_back(centre: Centre) -> None:
    centre.hire(ANN)
    session = centre.ask()
    centre.offer()
    store.give_back(session, ANN)
    centre.go(ANN, CounselorState.ONLINE)
    centre.hire(BOB)
    centre.offer()

    assert not store.give_back(session, ANN).returned
    assert not store.give_back(session, ANN, missed=True).returned
    assert (centre.stage(session), centre.counselor(BOB).load) == (Stage.OFFERED, 1)


def test_an_earlier_match_of_the_same_two_gives_nothing_back(centre: Centre) -> None:
    centre.hire(ANN)
    session = centre.ask()
    (early,) = store.match([CARDS])
    store.give_back(session, ANN, lease=early.lease)
    (late,) = store.match([CARDS])

    assert not store.give_back(session, ANN, lease=early.lease).returned
    assert store.settle([late]) == [True]


def test_a_session_that_has_ended_meanwhile_gives_its_place_back_and_is_gone(centre: Centre) -> None:
    centre.hire(ANN, capacity=1)
    session = centre.ask()
    (match,) = store.match([CARDS])

    assert store.give_back(session, ANN, to_line=False, lease=match.lease).returned
    assert centre.queue_position(session) is None
    assert centre.state(ANN) == CounselorState.READY


def test_a_match_of_before_the_database_decided_gives_nothing_back(centre: Centre) -> None:
    centre.hire(ANN)
    centre.hire(BOB)
    session = centre.ask()
    (early,) = centre.settled(offer_seconds=OFFER_SECONDS)
    for counselor in (BOB, early.counselor_id):
        known = OpenSession(session, CARDS, 1, Stage.OFFERED, counselor)
        assert store.put_right(session, known, offer_seconds=OFFER_SECONDS)

    assert not store.give_back(session, early.counselor_id, lease=early.lease).returned
