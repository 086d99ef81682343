"""How many orders one may place, and how many holds one may take, whoever has them in the end."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from apps.common.budgets import seconds_spent
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


# For how long


@pytest.fixture
def half_of_each_hour(settings: Settings) -> tuple[str, ...]:
    """Who spends of the seconds for which seats may be held: three holds at once, and one more each twenty minutes."""
    settings.SALE_RATES = settings.SALE_RATES | {"held_seconds": {"account": "1800/hour", "address": ""}}
    return seconds_spent("h:1", "1800/hour", settings.HOLD_SECONDS)


def test_who_holds_seats_to_the_end_again_and_again_holds_none_for_a_while(
    seat_state: SeatState, half_of_each_hour: tuple[str, ...]
) -> None:
    for _ in range(5):  # the last two of what has come back meanwhile
        take(seat_state, half_of_each_hour)
        seat_state.clock.advance(600)
    order_id = seat_state.draft(ANN, 0)

    with pytest.raises(TooManyRequests) as refused:
        store.reserve(order_id, user_id=ANN, who=half_of_each_hour)

    assert refused.value.headers() == {"Retry-After": "600"}
    assert "let them go too often" in refused.value.detail
    assert seat_state.statuses() == "aaaaaaaa"
    seat_state.clock.advance(600)
    assert store.reserve(seat_state.draft(ANN, 0), user_id=ANN, who=half_of_each_hour)


def test_who_lets_go_of_seats_early_has_spent_the_time_for_which_they_were_held(
    seat_state: SeatState, half_of_each_hour: tuple[str, ...]
) -> None:
    for _ in range(20):
        store.release_hold(take(seat_state, half_of_each_hour))
    for _ in range(5):
        order_id = take(seat_state, half_of_each_hour)
        seat_state.clock.advance(599)
        store.release_hold(order_id)
        seat_state.clock.advance(1)

    with pytest.raises(TooManyRequests):
        take(seat_state, half_of_each_hour)


def test_a_hold_that_lasts_longer_than_the_budget_can_be_taken_all_the_same(
    seat_state: SeatState, settings: Settings
) -> None:
    settings.HOLD_SECONDS = 7200

    who = seconds_spent("h:1", "1800/hour", settings.HOLD_SECONDS)

    assert take(seat_state, who)
    with pytest.raises(TooManyRequests):
        take(seat_state, who, seat=1)
