"""Reserving: every seat of an order for its buyer, or none."""

import pytest
from django.conf import settings

from apps.common.errors import NotFound
from apps.concerts.errors import AccessPassRequired, LineNotReady, NotOnSale, SeatStateNotReady, SeatsUnavailable
from apps.orders.errors import OrderExpired, OrderStateConflict
from apps.orders.order_ids import new_order_id
from apps.orders.seat_holds import store
from apps.orders.seat_holds.answers import LayoutChanged
from tests.seat_state import FIRST_SEAT_ID, PERFORMANCE, SeatState

HOLD = settings.HOLD_SECONDS
ANN, BOB = 1, 2


def test_a_buyer_holds_all_seats_of_an_order_for_ten_minutes(seat_state: SeatState) -> None:
    order_id, hold = seat_state.hold(ANN, 2, 5)

    assert seat_state.statuses() == "aahaahaa"
    assert hold.expires_at.timestamp() == int(seat_state.clock.now) + HOLD
    assert hold.version == seat_state.version
    assert seat_state.records()[order_id].ordinals == (2, 5)


def test_one_taken_seat_leaves_the_buyer_without_any_and_is_named(seat_state: SeatState) -> None:
    seat_state.hold(ANN, 2, 3)
    order_id = seat_state.draft(BOB, 1, 2, 3, 4)
    before = seat_state.contents()

    with pytest.raises(SeatsUnavailable) as refused:
        store.reserve(order_id, user_id=BOB)

    assert refused.value.extras["seat_ids"] == [FIRST_SEAT_ID + 2, FIRST_SEAT_ID + 3]
    assert seat_state.contents() == before


@pytest.mark.parametrize("state", ["held", "sold", "blocked", "beyond the map"])
def test_only_a_free_seat_can_be_held(seat_state: SeatState, state: str) -> None:
    ordinal = 2
    if state == "held":
        seat_state.hold(ANN, ordinal)
    elif state == "sold":
        seat_state.sell(ANN, ordinal)
    elif state == "blocked":
        seat_state.lose()
        seat_state.build(blocked=[ordinal])
    else:
        ordinal = 99

    with pytest.raises(SeatsUnavailable):
        seat_state.hold(BOB, ordinal)


def test_the_same_order_again_gives_the_same_hold(seat_state: SeatState) -> None:
    order_id, first = seat_state.hold(ANN, 0, 1)
    seat_state.clock.advance(30)
    before = seat_state.contents()

    second = store.reserve(order_id, user_id=ANN)

    assert (second.version, second.expires_at) == (first.version, first.expires_at)
    assert second.already
    assert not first.already
    assert seat_state.contents() == before


def test_somebody_elses_order_is_not_there(seat_state: SeatState) -> None:
    order_id = seat_state.draft(ANN, 0)

    with pytest.raises(NotFound):
        store.reserve(order_id, user_id=BOB)
    assert seat_state.statuses() == "aaaaaaaa"


def test_what_is_no_order_id_is_not_there(seat_state: SeatState) -> None:
    with pytest.raises(NotFound):
        store.reserve("no-order", user_id=ANN)


def test_a_sold_order_cannot_be_reserved_again(seat_state: SeatState) -> None:
    order_id = seat_state.sell(ANN, 0)

    with pytest.raises(OrderStateConflict) as refused:
        store.reserve(order_id, user_id=ANN)
    assert refused.value.extras["order_status"] == "PAID"


@pytest.mark.parametrize(("opens_in", "closes_in"), [(60, 600), (-600, 0), (-600, -1)])
def test_nothing_is_held_outside_of_the_sale(seat_state: SeatState, opens_in: int, closes_in: int) -> None:
    order_id = seat_state.draft(ANN, 0)
    now = int(seat_state.clock.now)
    seat_state.change_sale(opens_at=now + opens_in, closes_at=now + closes_in)

    with pytest.raises(NotOnSale):
        store.reserve(order_id, user_id=ANN)
    with pytest.raises(NotOnSale):
        seat_state.check(ANN, 0)
    assert seat_state.statuses() == "aaaaaaaa"


def test_the_sale_opens_at_the_second(seat_state: SeatState) -> None:
    order_id = seat_state.draft(ANN, 0)
    seat_state.change_sale(opens_at=int(seat_state.clock.now) + 60)

    seat_state.clock.advance(60)

    assert store.reserve(order_id, user_id=ANN)


def test_a_hold_needs_a_pass(seat_state: SeatState) -> None:
    order_id = seat_state.draft(ANN, 0)
    seat_state.require_passes()

    with pytest.raises(AccessPassRequired):
        store.reserve(order_id, user_id=ANN)
    with pytest.raises(AccessPassRequired):
        seat_state.check(ANN, 0)

    seat_state.give_pass(BOB)
    with pytest.raises(AccessPassRequired):
        store.reserve(order_id, user_id=ANN)

    seat_state.give_pass(ANN)
    assert store.reserve(order_id, user_id=ANN)


def test_a_pass_that_has_ended_is_none(seat_state: SeatState) -> None:
    order_id = seat_state.draft(ANN, 0)
    seat_state.require_passes()
    seat_state.give_pass(ANN, seconds=60)

    seat_state.clock.advance(60)

    with pytest.raises(AccessPassRequired):
        store.reserve(order_id, user_id=ANN)


def test_a_hold_keeps_the_pass_alive(seat_state: SeatState) -> None:
    order_id = seat_state.draft(ANN, 0)
    seat_state.require_passes()
    seat_state.give_pass(ANN, seconds=60)

    hold = store.reserve(order_id, user_id=ANN)

    assert seat_state.pass_end(ANN) == hold.expires_at.timestamp()


def test_a_hold_that_is_extended_keeps_the_pass_alive_but_gives_none(seat_state: SeatState) -> None:
    order_id = seat_state.draft(ANN, 0)
    seat_state.require_passes()
    seat_state.give_pass(ANN, seconds=60)
    store.reserve(order_id, user_id=ANN)
    seat_state.clock.advance(100)

    hold = store.extend_hold(order_id, until=seat_state.in_seconds(HOLD))
    assert seat_state.pass_end(ANN) == hold.expires_at.timestamp()

    seat_state.redis.zrem(f"passes:{{performance:{PERFORMANCE}}}", ANN)
    store.extend_hold(order_id, until=seat_state.in_seconds(2 * HOLD))
    assert seat_state.pass_end(ANN) is None


def test_a_draft_that_has_ended_cannot_be_reserved(seat_state: SeatState) -> None:
    order_id = seat_state.draft(ANN, 0, seconds=60)
    seat_state.redis.delete(f"expiries:{{performance:{PERFORMANCE}}}")  # nothing has swept it yet
    seat_state.clock.advance(60)

    with pytest.raises(OrderExpired):
        store.reserve(order_id, user_id=ANN)


def test_an_order_of_an_older_layout_is_told_the_newer_one(seat_state: SeatState) -> None:
    seat_state.change_sale(layout_version=3)

    with pytest.raises(LayoutChanged) as refused:
        seat_state.check(ANN, 0, layout_version=2)

    assert refused.value.version == 3
    seat_state.check(ANN, 0, layout_version=3)


def test_nothing_is_answered_while_the_state_is_missing(seat_state: SeatState) -> None:
    order_id = seat_state.draft(ANN, 0)
    seat_state.lose()

    for call in (
        lambda: seat_state.check(ANN, 0),
        lambda: seat_state.draft(ANN, 1),
        lambda: store.reserve(order_id, user_id=ANN),
        lambda: store.extend_hold(order_id, until=seat_state.in_seconds(60)),
        lambda: store.release_hold(order_id),
        lambda: store.mark_sold(order_id),
        lambda: store.free_seats(order_id, ordinals=[0]),
    ):
        with pytest.raises(SeatStateNotReady):
            call()


def test_nobody_books_while_the_line_is_missing(seat_state: SeatState) -> None:
    order_id = seat_state.draft(ANN, 0)
    seat_state.redis.delete(f"line:{{performance:{PERFORMANCE}}}")

    with pytest.raises(LineNotReady):
        seat_state.check(ANN, 0)
    with pytest.raises(LineNotReady):
        store.reserve(order_id, user_id=ANN)


async def test_the_event_loop_gets_the_same_answers(seat_state: SeatState) -> None:
    order_id = new_order_id(PERFORMANCE)
    expires_at = (seat_state.hold(BOB, 7))[1].expires_at

    await store.acheck_order(PERFORMANCE, user_id=ANN, ordinals=[0], layout_version=1)
    await store.register_draft.arun(order_id, user_id=ANN, ordinals=[0], expires_at=expires_at)
    hold = await store.areserve(order_id, user_id=ANN)

    assert await store.ais_held(order_id, version=hold.version)
    with pytest.raises(SeatsUnavailable):
        await store.acheck_order(PERFORMANCE, user_id=BOB, ordinals=[0], layout_version=1)
    assert await store.release_hold.arun(order_id, version=hold.version)
    assert not await store.ais_held(order_id, version=hold.version)
