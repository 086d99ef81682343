"""A slot goes to the next in line when its buyer is done, and no earlier."""

from __future__ import annotations

from apps.orders.seat_holds import store
from tests.seat_house import PERFORMANCE, House


def test_a_purchase_that_ends_gives_the_pass_back(house: House) -> None:
    house.require_passes()
    house.give_pass(1)
    house.sell(1, 0)

    assert store.give_pass_back(PERFORMANCE, user_id=1)

    assert house.pass_end(1) is None


def test_the_pass_stays_while_another_order_holds_seats_that_the_database_has_not_heard_of_yet(house: House) -> None:
    house.require_passes()
    house.give_pass(1)
    house.sell(1, 0)
    house.hold(1, 1)

    assert not store.give_pass_back(PERFORMANCE, user_id=1)

    assert house.pass_end(1) is not None


def test_a_hold_that_is_over_and_a_draft_do_not_keep_the_pass(house: House) -> None:
    house.hold(1, 0)
    house.clock.advance(601)
    house.require_passes()
    house.give_pass(1)
    house.draft(1, 1)

    assert store.give_pass_back(PERFORMANCE, user_id=1)
