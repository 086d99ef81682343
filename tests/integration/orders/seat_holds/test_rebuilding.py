"""Redis came back empty: the seats as the database knows them, before anything new is granted."""

from datetime import UTC, datetime

import pytest
from django.conf import settings

from apps.concerts.errors import SeatsUnavailable
from apps.concerts.seat_states import store as seat_states
from apps.orders.errors import SeatLimitExceeded
from apps.orders.order_ids import new_order_id
from apps.orders.seat_holds import store
from apps.orders.seat_holds.snapshot import LiveOrder, SoldSeat
from tests.seat_state import PERFORMANCE, SeatState

HOLD = settings.HOLD_SECONDS
ANN, BOB, CAT = 1, 2, 3


def live(
    seat_state: SeatState, user_id: int, *ordinals: int, version: int = 5, ends_in: int = 300, held: bool = True
) -> LiveOrder:
    ends_at = datetime.fromtimestamp(int(seat_state.clock.now) + ends_in, UTC)
    return LiveOrder(new_order_id(PERFORMANCE), user_id, held, version, ends_at, list(ordinals))


def test_everything_is_as_the_database_has_it(seat_state: SeatState) -> None:
    hold, draft = live(seat_state, ANN, 0, 1), live(seat_state, BOB, 5, held=False, version=0)
    sold = [SoldSeat(new_order_id(PERFORMANCE), 3, CAT, 4)]
    seat_state.lose()

    assert seat_state.build(version=1_000, blocked=[7], sold=sold, orders=[hold, draft])

    assert seat_state.statuses() == "hhasaaab"
    assert store.reserve(hold.order_id, user_id=ANN).already
    assert store.reserve(draft.order_id, user_id=BOB).version == seat_state.version
    assert store.free_seats(sold[0].order_id, ordinals=[3]) == 1
    with pytest.raises(SeatLimitExceeded):
        seat_state.hold(ANN, 2, 3, 4)
    seat_state.clock.advance(300)
    assert seat_state.statuses() == "aaaaahab"


def test_a_state_that_is_there_stays(seat_state: SeatState) -> None:
    seat_state.hold(ANN, 0)
    before = seat_state.contents()

    assert not seat_state.build(blocked=[1])
    assert seat_state.contents() == before


def test_versions_never_go_back(seat_state: SeatState) -> None:
    _, hold = seat_state.hold(ANN, 0)

    seat_states.mark_not_ready(PERFORMANCE)
    seat_state.build()
    after_restart = seat_state.version
    seat_state.lose()
    seat_state.build(version=after_restart + 500)

    assert after_restart > hold.version
    assert seat_state.version == after_restart + 500
    seat_state.lose()
    seat_state.build()
    assert seat_state.version >= int(seat_state.clock.now)


def test_a_hold_whose_payment_is_on_its_way_is_not_given_to_another(seat_state: SeatState) -> None:
    confirming = live(seat_state, ANN, 0, ends_in=-60)
    seat_state.lose()
    seat_state.build(orders=[confirming])

    with pytest.raises(SeatsUnavailable):
        seat_state.hold(BOB, 0)
    seat_state.clock.advance(HOLD)
    assert seat_state.hold(BOB, 0)


def test_of_two_claims_to_a_seat_the_ticket_counts_then_the_younger_hold(seat_state: SeatState) -> None:
    older, younger = live(seat_state, ANN, 0, 1, version=5), live(seat_state, BOB, 1, 2, version=6)
    sold = SoldSeat(new_order_id(PERFORMANCE), 2, CAT, 4)
    seat_state.lose()
    seat_state.build(sold=[sold], orders=[younger, older])
    assert seat_state.statuses() == "hhsaaaaa"

    store.release_hold(older.order_id)
    assert seat_state.statuses() == "ahsaaaaa"
    store.release_hold(younger.order_id)
    assert seat_state.statuses() == "aasaaaaa"


def test_an_order_that_was_paid_while_the_database_was_read_counts_as_paid(seat_state: SeatState) -> None:
    order = live(seat_state, ANN, 0, 1)
    sold = [SoldSeat(order.order_id, ordinal, ANN, order.version) for ordinal in (0, 1)]
    seat_state.lose()
    seat_state.build(sold=sold, orders=[order])

    seat_state.clock.advance(HOLD)

    assert seat_state.statuses() == "ssaaaaaa"
    assert store.free_seats(order.order_id, ordinals=[0, 1]) == 2


def test_scripts_survive_a_server_that_has_forgotten_them(seat_state: SeatState) -> None:
    seat_state.redis.script_flush()

    assert seat_state.hold(ANN, 0)
