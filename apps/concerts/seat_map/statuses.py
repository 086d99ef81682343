"""What a seat is to somebody who looks at the map."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from apps.concerts.seat_states.records import BLOCKED, SOLD, OrderRecord, RecordState


class SeatStatus(StrEnum):
    """The statuses of the seat map. A seat that the reader holds is MINE; one that was bought is SOLD to all."""

    AVAILABLE = "AVAILABLE"
    HELD = "HELD"
    SOLD = "SOLD"
    BLOCKED = "BLOCKED"
    MINE = "MINE"


def status_of(expires_at: int, *, now: int) -> SeatStatus:
    """Read a cell's first half."""
    if expires_at == SOLD:
        return SeatStatus.SOLD
    if expires_at == BLOCKED:
        return SeatStatus.BLOCKED
    return SeatStatus.HELD if expires_at > now else SeatStatus.AVAILABLE


HOLDING = (RecordState.HELD, RecordState.WAITING)


def versions_held(own: Iterable[OrderRecord]) -> frozenset[int]:
    """The holds among a user's orders, each known by its version."""
    return frozenset(order.version for order in own if order.state in HOLDING)
