"""What one person may have of a performance, over holds, tickets, tabs and drafts."""

import pytest

from apps.orders.errors import SeatLimitExceeded, TooManyOrders
from apps.orders.seat_holds import store
from tests.seat_house import LIMIT, House

ANN, BOB = 1, 2


def test_holds_of_two_orders_count_together(house: House) -> None:
    house.hold(ANN, 0, 1, 2)
    order_id = house.draft(ANN, 3, 4)
    before = house.contents()

    with pytest.raises(SeatLimitExceeded) as refused:
        store.reserve(order_id, user_id=ANN)

    assert refused.value.extras == {"limit": LIMIT, "already": 3}
    assert house.contents() == before


def test_bought_seats_count(house: House) -> None:
    house.sell(ANN, 0, 1)
    house.hold(ANN, 2)

    with pytest.raises(SeatLimitExceeded):
        house.hold(ANN, 3, 4)
    assert house.hold(ANN, 3)


def test_an_order_is_refused_before_it_is_placed(house: House) -> None:
    house.hold(ANN, 0, 1, 2)

    with pytest.raises(SeatLimitExceeded):
        house.check(ANN, 3, 4)
    house.check(ANN, 3)
    house.check(BOB, 3, 4)


def test_more_than_the_limit_in_one_order_is_refused(house: House) -> None:
    with pytest.raises(SeatLimitExceeded):
        house.check(ANN, 0, 1, 2, 3, 4)


def test_what_was_released_refunded_or_has_ended_does_not_count(house: House) -> None:
    released, _ = house.hold(ANN, 0)
    sold = house.sell(ANN, 1, 2)
    house.hold(ANN, 3)
    store.release_hold(released)
    store.free_seats(sold, ordinals=[1])
    house.clock.advance(600)

    house.check(ANN, 4, 5, 6)
    with pytest.raises(SeatLimitExceeded):
        house.check(ANN, 4, 5, 6, 7)


def test_drafts_do_not_count_as_seats_but_are_bounded(house: House) -> None:
    for _ in range(store.DRAFTS_AT_ONCE):
        house.check(ANN, 0, 1, 2, 3)
        house.draft(ANN, 0, 1, 2, 3)

    with pytest.raises(TooManyOrders):
        house.check(ANN, 0)
    house.check(BOB, 0)


def test_the_oldest_draft_gives_way_to_one_too_many(house: House) -> None:
    drafts = [house.draft(ANN, 0) for _ in range(store.DRAFTS_AT_ONCE + 2)]
    held, _ = house.hold(ANN, 1)

    assert set(house.records()) == {*drafts[3:], held}


def test_a_lowered_limit_counts_at_once(house: House) -> None:
    house.change_sale(limit=1)

    with pytest.raises(SeatLimitExceeded):
        house.check(ANN, 0, 1)
