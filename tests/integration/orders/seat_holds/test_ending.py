"""How a hold ends: by its buyer, by the clock; and how it is made to last."""

import pytest
from django.conf import settings

from apps.concerts.errors import SeatsUnavailable
from apps.concerts.seat_states.keys import seat_keys
from apps.orders.errors import OrderStateConflict
from apps.orders.seat_holds import store
from tests.seat_state import PERFORMANCE, SeatState

HOLD = settings.HOLD_SECONDS
ANN, BOB = 1, 2


def test_a_hold_ends_by_itself_and_its_seats_are_free_at_once(seat_state: SeatState) -> None:
    seat_state.hold(ANN, 0, 1)

    seat_state.clock.advance(HOLD - 1)
    with pytest.raises(SeatsUnavailable):
        seat_state.hold(BOB, 1)
    seat_state.clock.advance(1)

    _, hold = seat_state.hold(BOB, 1, 2)
    assert seat_state.statuses() == "ahhaaaaa"
    assert hold.version == seat_state.version


def test_what_has_ended_leaves_nothing_behind(seat_state: SeatState) -> None:
    seat_state.hold(ANN, 0, 1)
    seat_state.draft(BOB, 2)
    seat_state.clock.advance(HOLD)

    seat_state.check(BOB, 0)

    _, cells, orders, expiries, buyers, _ = seat_keys(PERFORMANCE)
    assert seat_state.redis.exists(orders, expiries, buyers) == 0
    assert seat_state.redis.get(cells) == bytes(64)


def test_many_holds_that_end_together_are_all_free_at_once(seat_state: SeatState) -> None:
    for user_id in range(100, 108):
        for _ in range(store.DRAFTS_AT_ONCE + 5):
            seat_state.draft(user_id, 0)
        seat_state.hold(user_id, user_id - 100)
    seat_state.clock.advance(HOLD)

    assert seat_state.statuses() == "aaaaaaaa"
    assert seat_state.hold(ANN, 0, 1, 2, 3)


def test_a_release_frees_the_seats_at_once(seat_state: SeatState) -> None:
    order_id, hold = seat_state.hold(ANN, 0, 1)

    assert store.release_hold(order_id, version=hold.version)

    assert seat_state.statuses() == "aaaaaaaa"
    assert seat_state.version > hold.version
    assert seat_state.records() == {}


def test_a_release_drops_a_draft(seat_state: SeatState) -> None:
    order_id = seat_state.draft(ANN, 0)

    assert store.release_hold(order_id)
    assert seat_state.records() == {}


def test_a_late_release_by_an_old_owner_does_nothing(seat_state: SeatState) -> None:
    order_id, old = seat_state.hold(ANN, 0)
    seat_state.clock.advance(HOLD)
    seat_state.hold(BOB, 0)
    before = seat_state.contents()

    assert not store.release_hold(order_id, version=old.version)
    assert not store.release_hold(order_id)
    assert seat_state.contents() == before


def test_a_release_of_an_older_hold_of_the_same_order_does_nothing(seat_state: SeatState) -> None:
    order_id, old = seat_state.hold(ANN, 0)
    store.release_hold(order_id)
    known = {"user_id": ANN, "ordinals": [0], "expires_at": old.expires_at}
    store.register_draft(order_id, **known)
    new = store.reserve(order_id, user_id=ANN)

    assert not store.release_hold(order_id, version=old.version)
    assert seat_state.statuses() == "haaaaaaa"
    assert store.release_hold(order_id, version=new.version)


def test_a_release_twice_frees_once(seat_state: SeatState) -> None:
    order_id, hold = seat_state.hold(ANN, 0)
    store.release_hold(order_id, version=hold.version)
    seat_state.hold(BOB, 0)

    assert not store.release_hold(order_id, version=hold.version)
    assert seat_state.statuses() == "haaaaaaa"


def test_a_sold_seat_is_not_released(seat_state: SeatState) -> None:
    order_id = seat_state.sell(ANN, 0)

    assert not store.release_hold(order_id)
    assert seat_state.statuses() == "saaaaaaa"


def test_an_extended_hold_lasts_from_now(seat_state: SeatState) -> None:
    order_id, first = seat_state.hold(ANN, 0, 1)
    seat_state.clock.advance(HOLD - 1)

    longer = store.extend_hold(order_id, until=seat_state.in_seconds(HOLD))

    assert longer.version == first.version
    assert longer.expires_at.timestamp() == int(seat_state.clock.now) + HOLD
    seat_state.clock.advance(HOLD - 1)
    assert seat_state.statuses() == "hhaaaaaa"


def test_an_extension_never_shortens(seat_state: SeatState) -> None:
    order_id, first = seat_state.hold(ANN, 0)

    assert store.extend_hold(order_id, until=seat_state.in_seconds(1)).expires_at == first.expires_at


def test_a_sold_order_is_not_extended(seat_state: SeatState) -> None:
    order_id = seat_state.sell(ANN, 0)

    with pytest.raises(OrderStateConflict):
        store.extend_hold(order_id, until=seat_state.in_seconds(HOLD))
