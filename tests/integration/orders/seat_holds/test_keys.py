"""What a performance leaves in Redis ends with it."""

from __future__ import annotations

from apps.concerts.seat_states.keys import seat_keys
from apps.orders.seat_holds import store
from tests.seat_state import DAY, PERFORMANCE, SeatState


def ends(seat_state: SeatState) -> dict[str, int]:
    """When each key of the seats ends, -1 for never; keys that are not there are left out."""
    found = {key: seat_state.redis.expiretime(key) for key in seat_keys(PERFORMANCE)}
    return {key: end for key, end in found.items() if end != -2}


def test_nothing_of_a_performance_stays_for_ever(seat_state: SeatState) -> None:
    seat_state.sell(1, 0)
    seat_state.hold(2, 1)
    seat_state.draft(3, 2)

    assert ends(seat_state) == dict.fromkeys(seat_keys(PERFORMANCE), seat_state.sale.keys_expire_at)


def test_keys_that_come_back_end_with_the_others(seat_state: SeatState) -> None:
    order_id, _ = seat_state.hold(1, 0)
    store.release_hold(order_id)
    assert len(ends(seat_state)) == 3  # neither orders nor buyers nor expiries
    seat_state.change_sale(layout_version=2)
    seat_state.hold(2, 1)

    assert ends(seat_state) == dict.fromkeys(seat_keys(PERFORMANCE), seat_state.sale.keys_expire_at)


def test_a_performance_that_is_postponed_is_kept_for_longer(seat_state: SeatState) -> None:
    seat_state.hold(1, 0)

    seat_state.change_sale(keys_expire_at=seat_state.sale.keys_expire_at + DAY)

    assert set(ends(seat_state).values()) == {seat_state.sale.keys_expire_at}


def test_a_performance_that_is_over_is_brought_back_for_a_day(seat_state: SeatState) -> None:
    seat_state.change_sale(keys_expire_at=1)
    assert not ends(seat_state)

    assert seat_state.build()

    assert set(ends(seat_state).values()) == {int(seat_state.clock.now) + DAY}
