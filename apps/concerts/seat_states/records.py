"""The packed forms in Redis, big-endian throughout. seats.lua reads and writes the same.

Cell, 8 bytes, of a seat that is
    available   expires_at is 0 or past
    held        expires_at, Unix seconds | version of the hold
    sold        0xFFFFFFFF | version of the hold that was paid for
    blocked     0xFFFFFFFE | version of the change

Record, 17 bytes and 4 a seat, of an order
    state 1 | user id 8 | version of the hold 4 | expires_at 4 | ordinals 4 each
    state: P draft, H held to be paid, D held for a deposit, S sold
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

SOLD = 0xFFFF_FFFF
BLOCKED = 0xFFFF_FFFE

CELL = struct.Struct(">II")
_RECORD_HEAD = struct.Struct(">cQII")
_CHANGE = struct.Struct(">III")


class RecordState(StrEnum):
    """What the seats of a record are to its buyer."""

    DRAFT = "P"
    HELD = "H"
    WAITING = "D"
    SOLD = "S"


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order as Redis knows it. `version` is 0 for a draft, `expires_at` is 0 for a sale."""

    state: RecordState
    user_id: int
    version: int
    expires_at: int
    ordinals: tuple[int, ...]

    def pack(self) -> bytes:
        head = _RECORD_HEAD.pack(self.state.encode(), self.user_id, self.version, self.expires_at)
        return head + pack_ordinals(self.ordinals)

    @classmethod
    def unpack(cls, record: bytes) -> OrderRecord:
        state, user_id, version, expires_at = _RECORD_HEAD.unpack_from(record)
        ordinals = unpack_ordinals(record[_RECORD_HEAD.size :])
        return cls(RecordState(state.decode()), user_id, version, expires_at, ordinals)


def pack_ordinals(ordinals: Sequence[int]) -> bytes:
    """Pack the ordinals of seats, 4 bytes each."""
    return struct.pack(f">{len(ordinals)}I", *ordinals)


def unpack_ordinals(packed: bytes) -> tuple[int, ...]:
    """Read what `pack_ordinals` wrote."""
    return struct.unpack(f">{len(packed) // 4}I", packed)


def unpack_changes(packed: bytes) -> Iterable[tuple[int, int, int]]:
    """Read changed seats as (ordinal, expires_at, version)."""
    return _CHANGE.iter_unpack(packed)
