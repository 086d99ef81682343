"""Reserving: every seat of an order for its buyer, or none."""

import pytest
from django.conf import settings

from apps.common.errors import NotFound
from apps.concerts.errors import AccessPassRequired, LineNotReady, NotOnSale, SeatStateNotReady, SeatsUnavailable
from apps.orders.errors import OrderExpired, OrderStateConflict
from apps.orders.order_ids import new_order_id
from apps.orders.seat_holds import store
from apps.orders.seat_holds.answers import LayoutChanged
from tests.seat_house import FIRST_SEAT_ID, PERFORMANCE, House

HOLD = settings.HOLD_SECONDS
ANN, BOB = 1, 2


def test_a_buyer_holds_all_seats_of_an_order_for_ten_minutes(house: House) -> None:
    order_id, hold = house.hold(ANN, 2, 5)

    assert house.statuses() == "aahaahaa"
    assert hold.expires_at.timestamp() == int(house.clock.now) + HOLD
    assert hold.version == house.version
    assert house.records()[order_id].ordinals == (2, 5)


def test_one_taken_seat_leaves_the_buyer_without_any_and_is_named(house: House) -> None:
    house.hold(ANN, 2, 3)
    order_id = house.draft(BOB, 1, 2, 3, 4)
    before = house.contents()

    with pytest.raises(SeatsUnavailable) as refused:
        store.reserve(order_id, user_id=BOB)

    assert refused.value.extras["seat_ids"] == [FIRST_SEAT_ID + 2, FIRST_SEAT_ID + 3]
    assert house.contents() == before


@pytest.mark.parametrize("state", ["held", "sold", "blocked", "beyond the map"])
def test_only_a_free_seat_can_be_held(house: House, state: str) -> None:
    ordinal = 2
    if state == "held":
        house.hold(ANN, ordinal)
    elif state == "sold":
        house.sell(ANN, ordinal)
    elif state == "blocked":
        house.lose()
        house.build(blocked=[ordinal])
    else:
        ordinal = 99

    with pytest.raises(SeatsUnavailable):
        house.hold(BOB, ordinal)


def test_the_same_order_again_gives_the_same_hold(house: House) -> None:
    order_id, first = house.hold(ANN, 0, 1)
    house.clock.advance(30)
    before = house.contents()

    second = store.reserve(order_id, user_id=ANN)

    assert (second.version, second.expires_at) == (first.version, first.expires_at)
    assert second.already
    assert not first.already
    assert house.contents() == before


def test_somebody_elses_order_is_not_there(house: House) -> None:
    order_id = house.draft(ANN, 0)

    with pytest.raises(NotFound):
        store.reserve(order_id, user_id=BOB)
    assert house.statuses() == "aaaaaaaa"


def test_what_is_no_order_id_is_not_there(house: House) -> None:
    with pytest.raises(NotFound):
        store.reserve("no-order", user_id=ANN)


def test_a_sold_order_cannot_be_reserved_again(house: House) -> None:
    order_id = house.sell(ANN, 0)

    with pytest.raises(OrderStateConflict) as refused:
        store.reserve(order_id, user_id=ANN)
    assert refused.value.extras["order_status"] == "PAID"


@pytest.mark.parametrize(("opens_in", "closes_in"), [(60, 600), (-600, 0), (-600, -1)])
def test_nothing_is_held_outside_of_the_sale(house: House, opens_in: int, closes_in: int) -> None:
    order_id = house.draft(ANN, 0)
    now = int(house.clock.now)
    house.change_sale(opens_at=now + opens_in, closes_at=now + closes_in)

    with pytest.raises(NotOnSale):
        store.reserve(order_id, user_id=ANN)
    with pytest.raises(NotOnSale):
        house.check(ANN, 0)
    assert house.statuses() == "aaaaaaaa"


def test_the_sale_opens_at_the_second(house: House) -> None:
    order_id = house.draft(ANN, 0)
    house.change_sale(opens_at=int(house.clock.now) + 60)

    house.clock.advance(60)

    assert store.reserve(order_id, user_id=ANN)


def test_a_hold_needs_a_pass(house: House) -> None:
    order_id = house.draft(ANN, 0)
    house.require_passes()

    with pytest.raises(AccessPassRequired):
        store.reserve(order_id, user_id=ANN)
    with pytest.raises(AccessPassRequired):
        house.check(ANN, 0)

    house.give_pass(BOB)
    with pytest.raises(AccessPassRequired):
        store.reserve(order_id, user_id=ANN)

    house.give_pass(ANN)
    assert store.reserve(order_id, user_id=ANN)


def test_a_pass_that_has_ended_is_none(house: House) -> None:
    order_id = house.draft(ANN, 0)
    house.require_passes()
    house.give_pass(ANN, seconds=60)

    house.clock.advance(60)

    with pytest.raises(AccessPassRequired):
        store.reserve(order_id, user_id=ANN)


def test_a_hold_keeps_the_pass_alive(house: House) -> None:
    order_id = house.draft(ANN, 0)
    house.require_passes()
    house.give_pass(ANN, seconds=60)

    hold = store.reserve(order_id, user_id=ANN)

    assert house.pass_end(ANN) == hold.expires_at.timestamp()


def test_a_hold_that_is_extended_keeps_the_pass_alive_but_gives_none(house: House) -> None:
    order_id = house.draft(ANN, 0)
    house.require_passes()
    house.give_pass(ANN, seconds=60)
    store.reserve(order_id, user_id=ANN)
    house.clock.advance(100)

    hold = store.extend_hold(order_id, seconds=HOLD)
    assert house.pass_end(ANN) == hold.expires_at.timestamp()

    house.redis.zrem(f"passes:{{performance:{PERFORMANCE}}}", ANN)
    store.extend_hold(order_id, seconds=2 * HOLD)
    assert house.pass_end(ANN) is None


def test_a_draft_that_has_ended_cannot_be_reserved(house: House) -> None:
    order_id = house.draft(ANN, 0, seconds=60)
    house.redis.delete(f"expiries:{{performance:{PERFORMANCE}}}")  # nothing has swept it yet
    house.clock.advance(60)

    with pytest.raises(OrderExpired):
        store.reserve(order_id, user_id=ANN)


def test_an_order_of_an_older_layout_is_told_the_newer_one(house: House) -> None:
    house.change_sale(layout_version=3)

    with pytest.raises(LayoutChanged) as refused:
        house.check(ANN, 0, layout_version=2)

    assert refused.value.version == 3
    house.check(ANN, 0, layout_version=3)


def test_nothing_is_answered_while_the_state_is_missing(house: House) -> None:
    order_id = house.draft(ANN, 0)
    house.lose()

    for call in (
        lambda: house.check(ANN, 0),
        lambda: house.draft(ANN, 1),
        lambda: store.reserve(order_id, user_id=ANN),
        lambda: store.extend_hold(order_id, seconds=60),
        lambda: store.release_hold(order_id),
        lambda: store.mark_sold(order_id),
        lambda: store.free_seats(order_id, ordinals=[0]),
    ):
        with pytest.raises(SeatStateNotReady):
            call()


def test_nobody_books_while_the_line_is_missing(house: House) -> None:
    order_id = house.draft(ANN, 0)
    house.redis.delete(f"line:{{performance:{PERFORMANCE}}}")

    with pytest.raises(LineNotReady):
        house.check(ANN, 0)
    with pytest.raises(LineNotReady):
        store.reserve(order_id, user_id=ANN)


async def test_the_event_loop_gets_the_same_answers(house: House) -> None:
    order_id = new_order_id(PERFORMANCE)
    expires_at = (house.hold(BOB, 7))[1].expires_at

    await store.acheck_order(PERFORMANCE, user_id=ANN, ordinals=[0], layout_version=1)
    await store.register_draft.arun(order_id, user_id=ANN, ordinals=[0], expires_at=expires_at)
    hold = await store.areserve(order_id, user_id=ANN)

    assert await store.ais_held(order_id, version=hold.version)
    with pytest.raises(SeatsUnavailable):
        await store.acheck_order(PERFORMANCE, user_id=BOB, ordinals=[0], layout_version=1)
    assert await store.release_hold.arun(order_id, version=hold.version)
    assert not await store.ais_held(order_id, version=hold.version)
