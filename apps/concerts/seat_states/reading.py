"""Reading the state of the seats: one call for each answer to a client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from apps.common.redis import pipelined_redis
from apps.common.redis.script_calls import Answer, Question, Refusals, asking
from apps.common.redis.scripts import load_script
from apps.concerts.errors import SeatStateNotReady
from apps.concerts.seat_states.keys import WANTED_KEY, seat_keys
from apps.concerts.seat_states.records import CELL, OrderRecord, unpack_changes

NOBODY = 0
VERSIONS_ANSWERED = 100
"""Each costs Redis some 5 microseconds; beyond this many the whole map, which is shared, is the cheaper answer."""

REFUSALS: Refusals = {b"NOT_READY": lambda _answer: SeatStateNotReady()}
"""What every script of the seats may answer: their state has to be rebuilt first; nothing has changed."""


class StateVersion(NamedTuple):
    """The newest version, the layout that goes with it, and the orders of the user who asked."""

    version: int
    layout_version: int
    own: tuple[OrderRecord, ...]


@dataclass(frozen=True, slots=True)
class CellsRead:
    """All cells as they were at `now`, Unix seconds by Redis' clock."""

    version: int
    layout_version: int
    now: int
    packed: bytes

    def cell(self, ordinal: int) -> tuple[int, int]:
        """Return (expires_at, version) of a seat."""
        return CELL.unpack_from(self.packed, ordinal * CELL.size)


@dataclass(frozen=True, slots=True)
class ChangesRead:
    """The seats that changed since a version, as (ordinal, expires_at, version) at `now`."""

    version: int
    layout_version: int
    now: int
    cells: tuple[tuple[int, int, int], ...]
    own: tuple[OrderRecord, ...]


async def ask_for_seats(performance_id: int) -> None:
    """Let the worker bring back seats that Redis does not have, also of a performance that is over or cancelled."""
    await pipelined_redis().execute(b"SADD", WANTED_KEY, performance_id)


def _orders(records: Sequence[bytes]) -> tuple[OrderRecord, ...]:
    return tuple([OrderRecord.unpack(record) for record in records])


def _version(answer: Answer) -> StateVersion:
    _, version, layout, *records = answer
    return StateVersion(version, layout, _orders(records))


@asking(load_script(__file__, "read_version.lua"), read=_version, refusals=REFUSALS)
def read_version(performance_id: int, *, user_id: int = NOBODY) -> Question:
    """Read how new a seat map has to be, and what of it is the user's own.

    Raises:
        SeatStateNotReady, ServiceUnavailable
    """
    return seat_keys(performance_id), (user_id,)


def _cells(answer: Answer) -> CellsRead:
    _, version, layout, now, packed = answer
    return CellsRead(version, layout, now, packed)


@asking(load_script(__file__, "read_cells.lua"), read=_cells, refusals=REFUSALS)
def read_cells(performance_id: int) -> Question:
    """Read the state of every seat.

    Raises:
        SeatStateNotReady, ServiceUnavailable
    """
    return seat_keys(performance_id), ()


def _changes(answer: Answer) -> ChangesRead | None:
    name, version, layout, *rest = answer
    if name == b"RESET":
        return None
    now, packed, *records = rest
    return ChangesRead(version, layout, now, tuple(unpack_changes(packed)), _orders(records))


@asking(load_script(__file__, "read_changes.lua"), read=_changes, refusals=REFUSALS)
def read_changes(
    performance_id: int, *, since: int, user_id: int = NOBODY, at_most: int = VERSIONS_ANSWERED
) -> Question:
    """Read what changed after version `since`; None if it was too long ago, or more than `at_most` versions.

    Raises:
        SeatStateNotReady, ServiceUnavailable
    """
    return seat_keys(performance_id), (since, user_id, at_most)
