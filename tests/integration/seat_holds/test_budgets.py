"""How many orders one may place, and how many holds one may take, whoever has them in the end."""

from __future__ import annotations

import pytest

from apps.common.errors import TooManyRequests
from apps.orders.errors import TooManyOrders
from apps.orders.seat_holds import store
from tests.seat_house import PERFORMANCE, House

ANN, BOB = 1, 2
THREE = ("u:1", "3/600")
TEN_DRAFTS = store.DRAFTS_AT_ONCE


def place(house: House, user_id: int = ANN, who: tuple[str, ...] = THREE, *, seat: int = 0) -> None:
    store.check_order(PERFORMANCE, user_id=user_id, ordinals=[seat], layout_version=1, who=who)


def take(house: House, who: tuple[str, ...] = THREE, *, seat: int = 0, user_id: int = ANN) -> str:
    order_id = house.draft(user_id, seat)
    store.reserve(order_id, user_id=user_id, who=who)
    return order_id


def test_who_takes_seats_and_lets_them_go_again_takes_no_more_for_a_while(house: House) -> None:
    for _ in range(3):
        store.release_hold(take(house))
    order_id = house.draft(ANN, 0)
    before = house.contents()

    with pytest.raises(TooManyRequests) as refused:
        store.reserve(order_id, user_id=ANN, who=THREE)

    assert refused.value.headers() == {"Retry-After": "200"}
    assert house.contents() == before
    assert house.statuses() == "aaaaaaaa"
    house.clock.advance(200)
    assert store.reserve(order_id, user_id=ANN, who=THREE)


def test_holds_that_are_left_to_end_by_themselves_count_as_well(house: House) -> None:
    for seat in range(3):
        take(house, ("u:1", "3/6000"), seat=seat)
        house.clock.advance(601)

    with pytest.raises(TooManyRequests):
        take(house, ("u:1", "3/6000"), seat=3)


def test_one_hold_asked_for_again_and_again_is_one(house: House) -> None:
    order_id = take(house)
    for _ in range(10):
        store.reserve(order_id, user_id=ANN, who=THREE)

    assert take(house, seat=1)


def test_seats_that_somebody_else_has_cost_nothing(house: House) -> None:
    house.hold(BOB, 0)
    for _ in range(10):
        with pytest.raises(store.SeatsUnavailable):
            take(house)
        with pytest.raises(store.SeatsUnavailable):
            place(house)

    assert take(house, seat=1)
    place(house, seat=2)


def test_an_order_too_many_is_refused_before_it_is_placed(house: House) -> None:
    for _ in range(3):
        place(house)
    before = house.contents()

    with pytest.raises(TooManyRequests) as refused:
        place(house)

    assert refused.value.headers() == {"Retry-After": "200"}
    assert house.contents() == before
    place(house, BOB, ("u:2", "3/600"))


def test_many_accounts_of_one_address_share_the_addresss_budget(house: House) -> None:
    for user_id in (1, 2, 3):
        place(house, user_id, (f"u:{user_id}", "3/600", "n:203.0.113.7", "3/600"))

    with pytest.raises(TooManyRequests):
        place(house, 4, ("u:4", "3/600", "n:203.0.113.7", "3/600"))
    place(house, 4, ("u:4", "3/600", "n:203.0.113.8", "3/600"))


def test_drafts_at_once_are_refused_before_the_budget(house: House) -> None:
    for seat in range(TEN_DRAFTS):
        house.draft(ANN, seat % 4)

    with pytest.raises(TooManyOrders):
        place(house, seat=5)


def test_the_budgets_keys_end_by_themselves(house: House) -> None:
    place(house)
    take(house)

    for kind in ("placed", "taken"):
        assert 600 <= house.redis.ttl(f"{kind}:{{performance:{PERFORMANCE}}}") <= 1200
