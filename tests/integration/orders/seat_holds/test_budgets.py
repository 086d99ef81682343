"""How many orders one may place, and how many holds one may take, whoever has them in the end."""

from __future__ import annotations

import pytest

from apps.common.errors import TooManyRequests
from apps.orders.errors import TooManyOrders
from apps.orders.seat_holds import store
from tests.seat_state import PERFORMANCE, SeatState, check_order

ANN, BOB = 1, 2
THREE = ("u:1", "3/600")
TEN_DRAFTS = store.DRAFTS_AT_ONCE


def place(seat_state: SeatState, user_id: int = ANN, who: tuple[str, ...] = THREE, *, seat: int = 0) -> None:
    check_order(user_id, [seat], who=who)


def take(seat_state: SeatState, who: tuple[str, ...] = THREE, *, seat: int = 0, user_id: int = ANN) -> str:
    order_id = seat_state.draft(user_id, seat)
    store.reserve(order_id, user_id=user_id, who=who)
    return order_id


def test_who_takes_seats_and_lets_them_go_again_takes_no_more_for_a_while(seat_state: SeatState) -> None:
    for _ in range(3):
        store.release_hold(take(seat_state))
    order_id = seat_state.draft(ANN, 0)
    before = seat_state.contents()

    with pytest.raises(TooManyRequests) as refused:
        store.reserve(order_id, user_id=ANN, who=THREE)

    assert refused.value.headers() == {"Retry-After": "200"}
    assert seat_state.contents() == before
    assert seat_state.statuses() == "aaaaaaaa"
    seat_state.clock.advance(200)
    assert store.reserve(order_id, user_id=ANN, who=THREE)


def test_holds_that_are_left_to_end_by_themselves_count_as_well(seat_state: SeatState) -> None:
    for seat in range(3):
        take(seat_state, ("u:1", "3/6000"), seat=seat)
        seat_state.clock.advance(601)

    with pytest.raises(TooManyRequests):
        take(seat_state, ("u:1", "3/6000"), seat=3)


def test_one_hold_asked_for_again_and_again_is_one(seat_state: SeatState) -> None:
    order_id = take(seat_state)
    for _ in range(10):
        store.reserve(order_id, user_id=ANN, who=THREE)

    assert take(seat_state, seat=1)


def test_seats_that_somebody_else_has_cost_nothing(seat_state: SeatState) -> None:
    seat_state.hold(BOB, 0)
    for _ in range(10):
        with pytest.raises(store.SeatsUnavailable):
            take(seat_state)
        with pytest.raises(store.SeatsUnavailable):
            place(seat_state)

    assert take(seat_state, seat=1)
    place(seat_state, seat=2)


def test_an_order_too_many_is_refused_before_it_is_placed(seat_state: SeatState) -> None:
    for _ in range(3):
        place(seat_state)
    before = seat_state.contents()

    with pytest.raises(TooManyRequests) as refused:
        place(seat_state)

    assert refused.value.headers() == {"Retry-After": "200"}
    assert seat_state.contents() == before
    place(seat_state, BOB, ("u:2", "3/600"))


def test_many_accounts_of_one_address_share_the_addresss_budget(seat_state: SeatState) -> None:
    for user_id in (1, 2, 3):
        place(seat_state, user_id, (f"u:{user_id}", "3/600", "n:203.0.113.7", "3/600"))

    with pytest.raises(TooManyRequests):
        place(seat_state, 4, ("u:4", "3/600", "n:203.0.113.7", "3/600"))
    place(seat_state, 4, ("u:4", "3/600", "n:203.0.113.8", "3/600"))


def test_drafts_at_once_are_refused_before_the_budget(seat_state: SeatState) -> None:
    for seat in range(TEN_DRAFTS):
        seat_state.draft(ANN, seat % 4)

    with pytest.raises(TooManyOrders):
        place(seat_state, seat=5)


def test_the_budgets_keys_end_by_themselves(seat_state: SeatState) -> None:
    place(seat_state)
    take(seat_state)

    for kind in ("placed", "taken"):
        assert 600 <= seat_state.redis.ttl(f"{kind}:{{performance:{PERFORMANCE}}}") <= 1200
