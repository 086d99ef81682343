"""What a performance leaves in Redis ends with it."""

from __future__ import annotations

from apps.concerts.seat_states.keys import seat_keys
from apps.orders.seat_holds import store
from tests.seat_house import DAY, PERFORMANCE, House


def ends(house: House) -> dict[str, int]:
    """When each key of the seats ends, -1 for never; keys that are not there are left out."""
    found = {key: house.redis.expiretime(key) for key in seat_keys(PERFORMANCE)}
    return {key: end for key, end in found.items() if end != -2}


def test_nothing_of_a_performance_stays_for_ever(house: House) -> None:
    house.sell(1, 0)
    house.hold(2, 1)
    house.draft(3, 2)

    assert ends(house) == dict.fromkeys(seat_keys(PERFORMANCE), house.sale.keys_expire_at)


def test_keys_that_come_back_end_with_the_others(house: House) -> None:
    order_id, _ = house.hold(1, 0)
    store.release_hold(order_id)
    assert len(ends(house)) == 3  # neither orders nor buyers nor expiries
    house.change_sale(layout_version=2)
    house.hold(2, 1)

    assert ends(house) == dict.fromkeys(seat_keys(PERFORMANCE), house.sale.keys_expire_at)


def test_a_performance_that_is_postponed_is_kept_for_longer(house: House) -> None:
    house.hold(1, 0)

    house.change_sale(keys_expire_at=house.sale.keys_expire_at + DAY)

    assert set(ends(house).values()) == {house.sale.keys_expire_at}


def test_a_performance_that_is_over_is_brought_back_for_a_day(house: House) -> None:
    house.change_sale(keys_expire_at=1)
    assert not ends(house)

    assert house.build()

    assert set(ends(house).values()) == {int(house.clock.now) + DAY}
