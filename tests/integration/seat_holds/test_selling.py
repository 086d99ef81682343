"""From hold to sale, and back when a refund is certain."""

from django.conf import settings

from apps.orders.seat_holds import store
from tests.seat_house import House

HOLD = settings.HOLD_SECONDS
ANN, BOB = 1, 2


def test_sold_seats_stay_sold(house: House) -> None:
    house.sell(ANN, 0, 1)

    house.clock.advance(10 * HOLD)

    assert house.statuses() == "ssaaaaaa"


def test_marking_twice_does_no_harm(house: House) -> None:
    order_id = house.sell(ANN, 0)
    before = house.contents()

    store.mark_sold(order_id)

    assert house.contents() == before


def test_refunded_seats_are_free_and_the_others_stay_sold(house: House) -> None:
    order_id = house.sell(ANN, 0, 1, 2)

    assert store.free_seats(order_id, ordinals=[1]) == 1

    assert house.statuses() == "sasaaaaa"
    assert house.hold(BOB, 1)


def test_freeing_twice_does_not_free_the_next_buyers_seat(house: House) -> None:
    order_id = house.sell(ANN, 0, 1)
    store.free_seats(order_id, ordinals=[0])
    house.sell(BOB, 0)
    before = house.contents()

    assert store.free_seats(order_id, ordinals=[0]) == 0
    assert house.contents() == before


def test_an_order_frees_only_its_own_seats(house: House) -> None:
    order_id = house.sell(ANN, 0)
    house.sell(BOB, 1)

    assert store.free_seats(order_id, ordinals=[0, 1]) == 1
    assert house.statuses() == "asaaaaaa"
    assert order_id not in house.records()


def test_a_hold_is_not_freed_as_if_it_were_sold(house: House) -> None:
    order_id, _ = house.hold(ANN, 0)

    assert store.free_seats(order_id, ordinals=[0]) == 0
    assert house.statuses() == "haaaaaaa"
