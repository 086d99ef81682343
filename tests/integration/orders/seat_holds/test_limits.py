"""What one person may have of a performance, over holds, tickets, tabs and drafts."""

import pytest

from apps.orders.errors import SeatLimitExceeded, TooManyOrders
from apps.orders.seat_holds import store
from tests.seat_state import LIMIT, SeatState

ANN, BOB = 1, 2


def test_holds_of_two_orders_count_together(seat_state: SeatState) -> None:
    seat_state.hold(ANN, 0, 1, 2)
    order_id = seat_state.draft(ANN, 3, 4)
    before = seat_state.contents()

    with pytest.raises(SeatLimitExceeded) as refused:
        store.reserve(order_id, user_id=ANN)

    assert refused.value.extras == {"limit": LIMIT, "already": 3}
    assert seat_state.contents() == before


def test_bought_seats_count(seat_state: SeatState) -> None:
    seat_state.sell(ANN, 0, 1)
    seat_state.hold(ANN, 2)

    with pytest.raises(SeatLimitExceeded):
        seat_state.hold(ANN, 3, 4)
    assert seat_state.hold(ANN, 3)


def test_an_order_is_refused_before_it_is_placed(seat_state: SeatState) -> None:
    seat_state.hold(ANN, 0, 1, 2)

    with pytest.raises(SeatLimitExceeded):
        seat_state.check(ANN, 3, 4)
    seat_state.check(ANN, 3)
    seat_state.check(BOB, 3, 4)


def test_more_than_the_limit_in_one_order_is_refused(seat_state: SeatState) -> None:
    with pytest.raises(SeatLimitExceeded):
        seat_state.check(ANN, 0, 1, 2, 3, 4)


def test_what_was_released_refunded_or_has_ended_does_not_count(seat_state: SeatState) -> None:
    released, _ = seat_state.hold(ANN, 0)
    sold = seat_state.sell(ANN, 1, 2)
    seat_state.hold(ANN, 3)
    store.release_hold(released)
    store.free_seats(sold, ordinals=[1])
    seat_state.clock.advance(600)

    seat_state.check(ANN, 4, 5, 6)
    with pytest.raises(SeatLimitExceeded):
        seat_state.check(ANN, 4, 5, 6, 7)


def test_drafts_do_not_count_as_seats_but_are_bounded(seat_state: SeatState) -> None:
    for _ in range(store.DRAFTS_AT_ONCE):
        seat_state.check(ANN, 0, 1, 2, 3)
        seat_state.draft(ANN, 0, 1, 2, 3)

    with pytest.raises(TooManyOrders):
        seat_state.check(ANN, 0)
    seat_state.check(BOB, 0)


def test_the_oldest_draft_gives_way_to_one_too_many(seat_state: SeatState) -> None:
    drafts = [seat_state.draft(ANN, 0) for _ in range(store.DRAFTS_AT_ONCE + 2)]
    held, _ = seat_state.hold(ANN, 1)

    assert set(seat_state.records()) == {*drafts[3:], held}


def test_a_lowered_limit_counts_at_once(seat_state: SeatState) -> None:
    seat_state.change_sale(limit=1)

    with pytest.raises(SeatLimitExceeded):
        seat_state.check(ANN, 0, 1)
