"""A slot goes to the next in line when its buyer is done, and no earlier."""

from __future__ import annotations

from apps.orders.seat_holds import store
from tests.seat_state import PERFORMANCE, SeatState


def test_a_purchase_that_ends_gives_the_pass_back(seat_state: SeatState) -> None:
    seat_state.require_passes()
    seat_state.give_pass(1)
    seat_state.sell(1, 0)

    assert store.give_pass_back(PERFORMANCE, user_id=1)

    assert seat_state.pass_end(1) is None


def test_the_pass_stays_while_another_order_holds_seats_that_the_database_has_not_heard_of_yet(
    seat_state: SeatState,
) -> None:
    seat_state.require_passes()
    seat_state.give_pass(1)
    seat_state.sell(1, 0)
    seat_state.hold(1, 1)

    assert not store.give_pass_back(PERFORMANCE, user_id=1)

    assert seat_state.pass_end(1) is not None


def test_a_hold_that_is_over_and_a_draft_do_not_keep_the_pass(seat_state: SeatState) -> None:
    seat_state.hold(1, 0)
    seat_state.clock.advance(601)
    seat_state.require_passes()
    seat_state.give_pass(1)
    seat_state.draft(1, 1)

    assert store.give_pass_back(PERFORMANCE, user_id=1)
