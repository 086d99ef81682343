"""From hold to sale, and back when a refund is certain."""

from django.conf import settings

from apps.orders.seat_holds import store
from tests.seat_state import SeatState

HOLD = settings.HOLD_SECONDS
ANN, BOB = 1, 2


def test_sold_seats_stay_sold(seat_state: SeatState) -> None:
    seat_state.sell(ANN, 0, 1)

    seat_state.clock.advance(10 * HOLD)

    assert seat_state.statuses() == "ssaaaaaa"


def test_marking_twice_does_no_harm(seat_state: SeatState) -> None:
    order_id = seat_state.sell(ANN, 0)
    before = seat_state.contents()

    store.mark_sold(order_id)

    assert seat_state.contents() == before


def test_refunded_seats_are_free_and_the_others_stay_sold(seat_state: SeatState) -> None:
    order_id = seat_state.sell(ANN, 0, 1, 2)

    assert store.free_seats(order_id, ordinals=[1]) == 1

    assert seat_state.statuses() == "sasaaaaa"
    assert seat_state.hold(BOB, 1)


def test_freeing_twice_does_not_free_the_next_buyers_seat(seat_state: SeatState) -> None:
    order_id = seat_state.sell(ANN, 0, 1)
    store.free_seats(order_id, ordinals=[0])
    seat_state.sell(BOB, 0)
    before = seat_state.contents()

    assert store.free_seats(order_id, ordinals=[0]) == 0
    assert seat_state.contents() == before


def test_an_order_frees_only_its_own_seats(seat_state: SeatState) -> None:
    order_id = seat_state.sell(ANN, 0)
    seat_state.sell(BOB, 1)

    assert store.free_seats(order_id, ordinals=[0, 1]) == 1
    assert seat_state.statuses() == "asaaaaaa"
    assert order_id not in seat_state.records()


def test_a_hold_is_not_freed_as_if_it_were_sold(seat_state: SeatState) -> None:
    order_id, _ = seat_state.hold(ANN, 0)

    assert store.free_seats(order_id, ordinals=[0]) == 0
    assert seat_state.statuses() == "haaaaaaa"
