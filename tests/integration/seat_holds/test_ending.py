"""How a hold ends: by its buyer, by the clock; and how it is made to last."""

import pytest
from django.conf import settings

from apps.concerts.errors import SeatsUnavailable
from apps.concerts.seat_states.keys import seat_keys
from apps.orders.errors import OrderStateConflict
from apps.orders.seat_holds import store
from tests.seat_house import PERFORMANCE, House

HOLD = settings.HOLD_SECONDS
ANN, BOB = 1, 2


def test_a_hold_ends_by_itself_and_its_seats_are_free_at_once(house: House) -> None:
    house.hold(ANN, 0, 1)

    house.clock.advance(HOLD - 1)
    with pytest.raises(SeatsUnavailable):
        house.hold(BOB, 1)
    house.clock.advance(1)

    _, hold = house.hold(BOB, 1, 2)
    assert house.statuses() == "ahhaaaaa"
    assert hold.version == house.version


def test_what_has_ended_leaves_nothing_behind(house: House) -> None:
    house.hold(ANN, 0, 1)
    house.draft(BOB, 2)
    house.clock.advance(HOLD)

    house.check(BOB, 0)

    _, cells, orders, expiries, buyers, _ = seat_keys(PERFORMANCE)
    assert house.redis.exists(orders, expiries, buyers) == 0
    assert house.redis.get(cells) == bytes(64)


def test_many_holds_that_end_together_are_all_free_at_once(house: House) -> None:
    for user_id in range(100, 108):
        for _ in range(store.DRAFTS_AT_ONCE + 5):
            house.draft(user_id, 0)
        house.hold(user_id, user_id - 100)
    house.clock.advance(HOLD)

    assert house.statuses() == "aaaaaaaa"
    assert house.hold(ANN, 0, 1, 2, 3)


def test_a_release_frees_the_seats_at_once(house: House) -> None:
    order_id, hold = house.hold(ANN, 0, 1)

    assert store.release_hold(order_id, version=hold.version)

    assert house.statuses() == "aaaaaaaa"
    assert house.version > hold.version
    assert house.records() == {}


def test_a_release_drops_a_draft(house: House) -> None:
    order_id = house.draft(ANN, 0)

    assert store.release_hold(order_id)
    assert house.records() == {}


def test_a_late_release_by_an_old_owner_does_nothing(house: House) -> None:
    order_id, old = house.hold(ANN, 0)
    house.clock.advance(HOLD)
    house.hold(BOB, 0)
    before = house.contents()

    assert not store.release_hold(order_id, version=old.version)
    assert not store.release_hold(order_id)
    assert house.contents() == before


def test_a_release_of_an_older_hold_of_the_same_order_does_nothing(house: House) -> None:
    order_id, old = house.hold(ANN, 0)
    store.release_hold(order_id)
    known = {"user_id": ANN, "ordinals": [0], "expires_at": old.expires_at}
    store.register_draft(order_id, **known)
    new = store.reserve(order_id, user_id=ANN)

    assert not store.release_hold(order_id, version=old.version)
    assert house.statuses() == "haaaaaaa"
    assert store.release_hold(order_id, version=new.version)


def test_a_release_twice_frees_once(house: House) -> None:
    order_id, hold = house.hold(ANN, 0)
    store.release_hold(order_id, version=hold.version)
    house.hold(BOB, 0)

    assert not store.release_hold(order_id, version=hold.version)
    assert house.statuses() == "haaaaaaa"


def test_a_sold_seat_is_not_released(house: House) -> None:
    order_id = house.sell(ANN, 0)

    assert not store.release_hold(order_id)
    assert house.statuses() == "saaaaaaa"


def test_an_extended_hold_lasts_from_now(house: House) -> None:
    order_id, first = house.hold(ANN, 0, 1)
    house.clock.advance(HOLD - 1)

    longer = store.extend_hold(order_id, seconds=HOLD)

    assert longer.version == first.version
    assert longer.expires_at.timestamp() == int(house.clock.now) + HOLD
    house.clock.advance(HOLD - 1)
    assert house.statuses() == "hhaaaaaa"


def test_an_extension_never_shortens(house: House) -> None:
    order_id, first = house.hold(ANN, 0)

    assert store.extend_hold(order_id, seconds=1).expires_at == first.expires_at


def test_a_sold_order_is_not_extended(house: House) -> None:
    order_id = house.sell(ANN, 0)

    with pytest.raises(OrderStateConflict):
        store.extend_hold(order_id, seconds=HOLD)
