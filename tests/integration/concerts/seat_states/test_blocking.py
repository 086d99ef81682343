"""What staff decide: seats that are kept back, and the settings of a sale."""

from __future__ import annotations

import pytest

from apps.common.redis import sync_redis
from apps.concerts.errors import SeatStateNotReady, SeatsUnavailable
from apps.concerts.models import Performance, Seat
from apps.concerts.seat_states import reading, store
from apps.concerts.seat_states.keys import seat_keys
from apps.concerts.seat_states.records import pack_ordinals
from apps.orders.seat_holds import store as holds
from tests.factories import make_performance
from tests.seat_state import PERFORMANCE, SeatState

ANN = 1


def blocked(seat_state: SeatState, *ordinals: int) -> list[bytes | int]:
    return store._block.script.run(seat_keys(PERFORMANCE), [pack_ordinals(ordinals)])


def test_a_blocked_seat_is_not_sold_until_it_is_given_back(seat_state: SeatState) -> None:
    store.block_seats(PERFORMANCE, [0, 3])
    assert seat_state.statuses() == "baabaaaa"
    with pytest.raises(SeatsUnavailable):
        seat_state.hold(ANN, 3)

    store.unblock_seats(PERFORMANCE, [3])
    assert seat_state.statuses() == "baaaaaaa"
    assert seat_state.hold(ANN, 3)


def test_seats_that_somebody_has_are_not_blocked_nor_are_those_named_with_them(seat_state: SeatState) -> None:
    seat_state.hold(ANN, 1)
    seat_state.sell(ANN, 2)
    before = seat_state.contents()

    assert blocked(seat_state, 0, 1, 2, 3) == [b"TAKEN", 1, 2]
    assert seat_state.contents() == before


def test_a_hold_that_has_ended_does_not_keep_a_seat_from_being_blocked(seat_state: SeatState) -> None:
    order_id, hold = seat_state.hold(ANN, 1)
    seat_state.clock.advance(600)

    store.block_seats(PERFORMANCE, [1])
    holds.release_hold(order_id, version=hold.version)

    assert seat_state.statuses() == "abaaaaaa"


def test_blocking_twice_does_no_harm(seat_state: SeatState) -> None:
    store.block_seats(PERFORMANCE, [1])
    store.block_seats(PERFORMANCE, [1, 2])

    assert seat_state.statuses() == "abbaaaaa"


def test_giving_back_seats_that_are_not_blocked_leaves_them_to_who_has_them(seat_state: SeatState) -> None:
    seat_state.hold(ANN, 1)
    seat_state.sell(ANN, 2)

    store.unblock_seats(PERFORMANCE, [0, 1, 2])

    assert seat_state.statuses() == "ahsaaaaa"


def test_nothing_is_blocked_while_the_state_is_missing(seat_state: SeatState) -> None:
    seat_state.lose()

    with pytest.raises(SeatStateNotReady):
        store.block_seats(PERFORMANCE, [0])
    with pytest.raises(SeatStateNotReady):
        store.unblock_seats(PERFORMANCE, [0])


async def test_settings_of_one_layout_leave_watchers_where_they_are(seat_state: SeatState) -> None:
    before = seat_state.version
    seat_state.hold(ANN, 0)

    seat_state.change_sale(limit=1)
    changes = await reading.read_changes.arun(PERFORMANCE, since=before)
    assert changes is not None
    assert [ordinal for ordinal, *_ in changes.cells] == [0]

    seat_state.change_sale(layout_version=2)
    assert await reading.read_changes.arun(PERFORMANCE, since=before) is None


@pytest.mark.django_db
def test_a_refused_block_names_the_seats() -> None:
    performance = make_performance()
    seat = Seat.objects.get(venue=performance.venue_id, ordinal=5)
    store.block_seats(performance.pk, [4])
    sync_redis().setrange(f"cells:{{performance:{performance.pk}}}", 5 * 8, b"\xff" * 4 + b"\0\0\0\1")

    with pytest.raises(SeatsUnavailable) as refused:
        store.block_seats(performance.pk, [4, 5, 6])
    assert refused.value.extras["seat_ids"] == [seat.pk]


@pytest.mark.django_db
def test_the_sale_of_a_cancelled_performance_is_over() -> None:
    performance = make_performance()
    performance.status = Performance.Status.CANCELLED

    assert store.sale_settings(performance).closes_at == 0


@pytest.mark.django_db
def test_performances_that_redis_does_not_have_are_found() -> None:
    there, lost = make_performance(), make_performance(in_redis=False)

    assert store.not_ready([there.pk, lost.pk]) == [lost.pk]
    assert store.is_ready(there.pk)
    assert not store.is_ready(lost.pk)

    store.mark_not_ready(there.pk)
    assert store.not_ready([there.pk, lost.pk]) == [there.pk, lost.pk]
