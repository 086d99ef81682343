"""The seats of a performance as the database knows them: what a rebuild writes into Redis."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from apps.concerts.seat_states.records import BLOCKED, CELL, OrderRecord, RecordState
from apps.concerts.seat_states.store import SaleSettings


@dataclass(frozen=True, slots=True)
class SoldSeat:
    """A seat with a live ticket. `version` is that of the hold it was bought with."""

    order_id: str
    ordinal: int
    user_id: int
    version: int


@dataclass(frozen=True, slots=True)
class LiveOrder:
    """An order that holds its seats, or (`held` false) is a draft that does not yet; `waits` for a deposit."""

    order_id: str
    user_id: int
    held: bool
    version: int
    expires_at: datetime
    ordinals: list[int] = field(default_factory=list)
    pass_id: int | None = None
    waits: bool = False

    def record(self) -> OrderRecord:
        return OrderRecord(
            state=self._state,
            user_id=self.user_id,
            version=self.version,
            expires_at=math.ceil(self.expires_at.timestamp()),
            ordinals=tuple(self.ordinals),
        )

    @property
    def _state(self) -> RecordState:
        if self.waits:
            return RecordState.WAITING
        return RecordState.HELD if self.held else RecordState.DRAFT


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`version` is the lowest that the state may go on from: higher than any that was ever given out."""

    settings: SaleSettings
    seat_count: int
    version: int
    blocked: list[int]
    sold: list[SoldSeat]
    orders: list[LiveOrder]

    def cells(self) -> bytes:
        """Pack the cells, with the blocked seats in them."""
        cells = bytearray(self.seat_count * CELL.size)
        for ordinal in self.blocked:
            CELL.pack_into(cells, ordinal * CELL.size, BLOCKED, 0)
        return bytes(cells)

    def records(self) -> Iterator[tuple[str, bytes]]:
        """Give each order's record: drafts, holds by version, sales last, so that of two claims the stronger stays."""
        paid = {seat.order_id for seat in self.sold}
        for order in sorted(self.orders, key=lambda order: order.version):
            if order.order_id not in paid:
                yield order.order_id, order.record().pack()
        for order_id, record in self._sales().items():
            yield order_id, record.pack()

    def _sales(self) -> dict[str, OrderRecord]:
        seats: dict[str, list[SoldSeat]] = {}
        for seat in self.sold:
            seats.setdefault(seat.order_id, []).append(seat)
        return {
            order_id: OrderRecord(
                state=RecordState.SOLD,
                user_id=bought[0].user_id,
                version=bought[0].version,
                expires_at=0,
                ordinals=tuple(seat.ordinal for seat in bought),
            )
            for order_id, bought in seats.items()
        }
