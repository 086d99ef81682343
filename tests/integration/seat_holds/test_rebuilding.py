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
from tests.seat_house import PERFORMANCE, House

HOLD = settings.HOLD_SECONDS
ANN, BOB, CAT = 1, 2, 3


def live(
    house: House, user_id: int, *ordinals: int, version: int = 5, ends_in: int = 300, held: bool = True
) -> LiveOrder:
    ends_at = datetime.fromtimestamp(int(house.clock.now) + ends_in, UTC)
    return LiveOrder(new_order_id(PERFORMANCE), user_id, held, version, ends_at, list(ordinals))


def test_everything_is_as_the_database_has_it(house: House) -> None:
    hold, draft = live(house, ANN, 0, 1), live(house, BOB, 5, held=False, version=0)
    sold = [SoldSeat(new_order_id(PERFORMANCE), 3, CAT, 4)]
    house.lose()

    assert house.build(version=1_000, blocked=[7], sold=sold, orders=[hold, draft])

    assert house.statuses() == "hhasaaab"
    assert store.reserve(hold.order_id, user_id=ANN).already
    assert store.reserve(draft.order_id, user_id=BOB).version == house.version
    assert store.free_seats(sold[0].order_id, ordinals=[3]) == 1
    with pytest.raises(SeatLimitExceeded):
        house.hold(ANN, 2, 3, 4)
    house.clock.advance(300)
    assert house.statuses() == "aaaaahab"


def test_a_state_that_is_there_stays(house: House) -> None:
    house.hold(ANN, 0)
    before = house.contents()

    assert not house.build(blocked=[1])
    assert house.contents() == before


def test_versions_never_go_back(house: House) -> None:
    _, hold = house.hold(ANN, 0)

    seat_states.mark_not_ready(PERFORMANCE)
    house.build()
    after_restart = house.version
    house.lose()
    house.build(version=after_restart + 500)

    assert after_restart > hold.version
    assert house.version == after_restart + 500
    house.lose()
    house.build()
    assert house.version >= int(house.clock.now)


def test_a_hold_whose_payment_is_on_its_way_is_not_given_to_another(house: House) -> None:
    confirming = live(house, ANN, 0, ends_in=-60)
    house.lose()
    house.build(orders=[confirming])

    with pytest.raises(SeatsUnavailable):
        house.hold(BOB, 0)
    house.clock.advance(HOLD)
    assert house.hold(BOB, 0)


def test_of_two_claims_to_a_seat_the_ticket_counts_then_the_younger_hold(house: House) -> None:
    older, younger = live(house, ANN, 0, 1, version=5), live(house, BOB, 1, 2, version=6)
    sold = SoldSeat(new_order_id(PERFORMANCE), 2, CAT, 4)
    house.lose()
    house.build(sold=[sold], orders=[younger, older])
    assert house.statuses() == "hhsaaaaa"

    store.release_hold(older.order_id)
    assert house.statuses() == "ahsaaaaa"
    store.release_hold(younger.order_id)
    assert house.statuses() == "aasaaaaa"


def test_an_order_that_was_paid_while_the_database_was_read_counts_as_paid(house: House) -> None:
    order = live(house, ANN, 0, 1)
    sold = [SoldSeat(order.order_id, ordinal, ANN, order.version) for ordinal in (0, 1)]
    house.lose()
    house.build(sold=sold, orders=[order])

    house.clock.advance(HOLD)

    assert house.statuses() == "ssaaaaaa"
    assert store.free_seats(order.order_id, ordinals=[0, 1]) == 2


def test_scripts_survive_a_server_that_has_forgotten_them(house: House) -> None:
    house.redis.script_flush()

    assert house.hold(ANN, 0)
