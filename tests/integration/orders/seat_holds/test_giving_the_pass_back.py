"""A slot goes to the next in line when its buyer is done, and no earlier."""

from __future__ import annotations

from apps.orders.seat_holds import store
from apps.orders.seat_holds.answers import Held
from tests.seat_state import PERFORMANCE, SeatState


def test_a_purchase_that_ends_gives_the_pass_back(seat_state: SeatState) -> None:
    seat_state.require_passes()
    seat_state.give_pass(1)
    held = buy(seat_state, 1, 0)

    assert store.give_pass_back(PERFORMANCE, user_id=1, pass_id=held.pass_id)

    assert seat_state.pass_end(1) is None


def test_the_pass_stays_while_another_order_holds_seats_that_the_database_has_not_heard_of_yet(
    seat_state: SeatState,
) -> None:
    seat_state.require_passes()
    seat_state.give_pass(1)
    held = buy(seat_state, 1, 0)
    seat_state.hold(1, 1)

    assert not store.give_pass_back(PERFORMANCE, user_id=1, pass_id=held.pass_id)

    assert seat_state.pass_end(1) is not None


def test_a_hold_that_is_over_and_a_draft_do_not_keep_the_pass(seat_state: SeatState) -> None:
    seat_state.hold(1, 0)
    seat_state.clock.advance(601)
    seat_state.require_passes()
    seat_state.give_pass(1)
    held = buy(seat_state, 1, 2)
    seat_state.draft(1, 1)

    assert store.give_pass_back(PERFORMANCE, user_id=1, pass_id=held.pass_id)


def test_a_message_that_comes_late_leaves_the_pass_that_was_given_since(seat_state: SeatState) -> None:
    seat_state.require_passes()
    seat_state.give_pass(1)
    first = buy(seat_state, 1, 0)
    assert store.give_pass_back(PERFORMANCE, user_id=1, pass_id=first.pass_id)
    seat_state.clock.advance(0.000_001)
    seat_state.give_pass(1)

    assert not store.give_pass_back(PERFORMANCE, user_id=1, pass_id=first.pass_id)

    assert seat_state.pass_end(1) is not None
    second = buy(seat_state, 1, 1)
    assert second.pass_id == (first.pass_id or 0) + 1
    assert store.give_pass_back(PERFORMANCE, user_id=1, pass_id=second.pass_id)
    assert seat_state.pass_end(1) is None


def test_the_pass_that_an_open_door_gives_is_known_by_its_moment(seat_state: SeatState) -> None:
    seat_state.clock.advance(0.25)

    order_id, held = seat_state.hold(1, 0)
    again = store.reserve(order_id, user_id=1)

    assert held.pass_id == round(seat_state.clock.now * 1_000_000)
    assert (again.already, again.pass_id) == (True, held.pass_id)


def test_of_an_order_from_before_passes_were_known_by_an_id_no_pass_ends(seat_state: SeatState) -> None:
    seat_state.hold(1, 0)
    seat_state.clock.advance(601)
    seat_state.require_passes()
    seat_state.give_pass(1)

    assert not store.give_pass_back(PERFORMANCE, user_id=1, pass_id=None)

    assert seat_state.pass_end(1) is not None


def buy(seat_state: SeatState, user_id: int, ordinal: int) -> Held:
    """Hold a seat, and show it as sold."""
    order_id, held = seat_state.hold(user_id, ordinal)
    store.mark_sold(order_id)
    return held
