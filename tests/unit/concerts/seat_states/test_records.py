import pytest

from apps.concerts.seat_map.statuses import SeatStatus, status_of
from apps.concerts.seat_states.keys import seat_keys
from apps.concerts.seat_states.records import (
    BLOCKED,
    SOLD,
    OrderRecord,
    RecordState,
    pack_ordinals,
    unpack_changes,
    unpack_ordinals,
)


@pytest.mark.parametrize("state", list(RecordState))
@pytest.mark.parametrize("ordinals", [(), (0,), (3, 70_000, 2**32 - 1)])
def test_a_record_is_read_as_it_was_written(state: RecordState, ordinals: tuple[int, ...]) -> None:
    record = OrderRecord(state, 2**53, 2**32 - 1, 1_800_000_000, ordinals)

    assert OrderRecord.unpack(record.pack()) == record
    assert len(record.pack()) == 17 + 4 * len(ordinals)


def test_ordinals_are_read_as_they_were_written() -> None:
    assert unpack_ordinals(pack_ordinals([5, 0, 9])) == (5, 0, 9)
    assert unpack_ordinals(b"") == ()


def test_changes_are_read_by_threes() -> None:
    assert list(unpack_changes(pack_ordinals([1, 2, 3, 4, 5, 6]))) == [(1, 2, 3), (4, 5, 6)]


@pytest.mark.parametrize(
    ("expires_at", "status"),
    [
        (0, SeatStatus.AVAILABLE),
        (99, SeatStatus.AVAILABLE),
        (100, SeatStatus.AVAILABLE),
        (101, SeatStatus.HELD),
        (SOLD, SeatStatus.SOLD),
        (BLOCKED, SeatStatus.BLOCKED),
    ],
)
def test_a_cell_tells_what_a_seat_is(expires_at: int, status: SeatStatus) -> None:
    assert status_of(expires_at, now=100) is status


def test_all_keys_of_a_performance_lie_in_one_slot() -> None:
    assert len(set(seat_keys(42))) == 6
    assert {key.partition(":")[2] for key in seat_keys(42)} == {"{performance:42}"}
