"""Staff keep seats from being sold, unless somebody has them already."""

from __future__ import annotations

import pytest
from django.db import DatabaseError

from apps.accounts.models import Role
from apps.common.errors import ServiceUnavailable, ValidationFailed
from apps.common.redis import sync_redis
from apps.concerts.errors import SeatsUnavailable
from apps.concerts.models import BlockedSeat, Performance, Seat
from apps.concerts.seat_states import store as seat_states
from apps.concerts.seat_states.keys import seat_keys
from apps.concerts.seat_states.records import BLOCKED, CELL
from apps.concerts.services import block_seats as services
from apps.concerts.services.block_seats import block_seats, free_unblocked_seats, unblock_seats
from apps.orders.services.rebuild_seat_state import ensure_seat_state
from tests.factories import make_performance, make_user, seat_ids
from tests.held_seats import hold_seats
from tests.servers import PrivateRedis

pytestmark = pytest.mark.django_db(transaction=True)


def block(performance: Performance, seats: list[int]) -> int:
    return block_seats(performance, seats, actor_id=make_user(role=Role.STAFF).pk, reason="카메라석")


def in_database(performance: Performance) -> set[int]:
    return set(BlockedSeat.objects.filter(performance=performance).values_list("seat_id", flat=True))


def in_redis(performance: Performance) -> set[int]:
    cells = sync_redis().get(seat_keys(performance.pk)[1])
    assert isinstance(cells, bytes)
    ends = [end for end, _version in CELL.iter_unpack(cells)]
    seats = Seat.objects.filter(venue=performance.venue_id)
    return {seat.pk for seat in seats if ends[seat.ordinal] == BLOCKED}


def test_a_blocked_seat_is_blocked_in_the_database_and_in_redis() -> None:
    performance = make_performance()
    seats = seat_ids(performance, 3)
    assert block(performance, seats) == 3
    assert in_database(performance) == in_redis(performance) == set(seats)
    row = BlockedSeat.objects.first()
    assert row is not None
    assert (row.reason, row.blocked_by_id is not None) == ("카메라석", True)


def test_blocking_again_blocks_only_what_was_not() -> None:
    performance = make_performance()
    block(performance, seat_ids(performance, 2))
    assert block(performance, seat_ids(performance, 3)) == 1
    assert in_database(performance) == in_redis(performance) == set(seat_ids(performance, 3))


def test_a_held_seat_cannot_be_blocked_and_none_of_the_others_is() -> None:
    performance = make_performance()
    free, held = seat_ids(performance, 2)
    hold_seats(performance, [held])
    with pytest.raises(SeatsUnavailable) as refusal:
        block(performance, [free, held])
    assert refusal.value.extras["seat_ids"] == [held]
    assert in_database(performance) == in_redis(performance) == set()


def test_a_blocked_seat_cannot_be_held() -> None:
    performance = make_performance()
    seats = seat_ids(performance, 1)
    block(performance, seats)
    with pytest.raises(SeatsUnavailable):
        hold_seats(performance, seats)


def test_an_unblocked_seat_can_be_held_again() -> None:
    performance = make_performance()
    seats = seat_ids(performance, 2)
    block(performance, seats)
    assert unblock_seats(performance, seats) == 2
    assert in_database(performance) == in_redis(performance) == set()
    hold_seats(performance, seats)


def test_a_seat_that_was_blocked_again_stays_blocked_when_redis_hears_late_of_its_release() -> None:
    performance = make_performance()
    kept, freed = seat_ids(performance, 2)
    block(performance, [kept, freed])
    BlockedSeat.objects.filter(seat=freed).delete()
    free_unblocked_seats(performance_id=performance.pk, seat_ids=[kept, freed])
    assert in_redis(performance) == {kept}


def test_blocked_seats_are_still_blocked_after_redis_was_emptied() -> None:
    performance = make_performance()
    seats = seat_ids(performance, 2)
    block(performance, seats)
    sync_redis().flushall()
    ensure_seat_state(performance.pk)
    assert in_redis(performance) == set(seats)


def test_seats_of_another_hall_are_refused() -> None:
    performance, other = make_performance(), make_performance()
    with pytest.raises(ValidationFailed):
        block(performance, seat_ids(performance, 1) + seat_ids(other, 1))
    with pytest.raises(ValidationFailed):
        unblock_seats(performance, seat_ids(other, 1))
    assert in_database(performance) == in_redis(performance) == set()


def test_nothing_is_blocked_while_redis_is_away(redis_server: PrivateRedis) -> None:
    performance = make_performance()
    redis_server.kill()
    with pytest.raises(ServiceUnavailable):
        block(performance, seat_ids(performance, 1))
    assert in_database(performance) == set()


def test_a_failure_between_redis_and_the_commit_leaves_the_seat_unsold(monkeypatch: pytest.MonkeyPatch) -> None:
    performance = make_performance()
    seats = seat_ids(performance, 1)

    class FailingStore:
        @staticmethod
        def block_seats(performance_id: int, ordinals: list[int]) -> None:
            seat_states.block_seats(performance_id, ordinals)
            raise DatabaseError("the server went away before the commit")

    monkeypatch.setattr(services, "store", FailingStore)
    with pytest.raises(DatabaseError):
        block(performance, seats)
    assert in_database(performance) == set()
    assert in_redis(performance) == set(seats)
