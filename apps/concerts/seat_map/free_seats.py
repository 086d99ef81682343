"""How many seats of a performance can be had, for telling those who wait whether any will be left."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass

from apps.common.errors import ServiceUnavailable
from apps.concerts.models import Seat, SectionGrade
from apps.concerts.seat_states.reading import CellsRead, read_cells, read_version
from apps.concerts.seat_states.records import CELL

KEPT_SECONDS = 2.0
PERFORMANCES_KEPT = 256


@dataclass(frozen=True, slots=True)
class _Count:
    """How many seats could be had at a version of the state, and a byte for each ordinal: whether it is for sale."""

    version: int
    layout_version: int
    for_sale: bytes
    free: int
    good_until: float  # by this process's monotonic clock


class FreeSeats:
    """Counts seats for threads: again after some seconds, and anew only if the seats have changed since."""

    def __init__(self) -> None:
        self._counts: dict[int, _Count] = {}

    def count(self, performance_id: int) -> int | None:
        """Return how many seats are for sale that nobody holds or has; None while it cannot be told."""
        known = self._counts.get(performance_id)
        if known is not None and time.monotonic() < known.good_until:
            return known.free
        try:
            count = _count(performance_id, known)
        except ServiceUnavailable:
            return None
        self._keep(performance_id, count)
        return count.free

    def is_known(self, performance_id: int) -> bool:
        """Whether this process has counted a performance before: the first time reads all of its seats."""
        return performance_id in self._counts

    def _keep(self, performance_id: int, count: _Count) -> None:
        if performance_id not in self._counts and len(self._counts) >= PERFORMANCES_KEPT:
            self._counts.clear()  # a worker meets so many lines in weeks
        self._counts[performance_id] = count


@functools.cache
def free_seats() -> FreeSeats:
    """The process's counts."""
    return FreeSeats()


def _count(performance_id: int, known: _Count | None) -> _Count:
    good_until = time.monotonic() + KEPT_SECONDS
    if known is not None and read_version(performance_id).version == known.version:
        return _Count(known.version, known.layout_version, known.for_sale, known.free, good_until)
    cells = read_cells(performance_id)
    if known is not None and known.layout_version == cells.layout_version:
        for_sale = known.for_sale
    else:
        for_sale = _read_for_sale(performance_id, seats=len(cells.packed) // CELL.size)
    return _Count(cells.version, cells.layout_version, for_sale, _count_free(cells, for_sale), good_until)


def _count_free(cells: CellsRead, for_sale: bytes) -> int:
    ends = (expires_at for expires_at, _ in CELL.iter_unpack(cells.packed))
    return sum(
        1 for expires_at, is_for_sale in zip(ends, for_sale, strict=True) if is_for_sale and expires_at <= cells.now
    )


def _read_for_sale(performance_id: int, *, seats: int) -> bytes:
    """Mark the seats whose section has a grade; the others' cells are free, too, but nobody can buy them."""
    sections = SectionGrade.objects.filter(performance=performance_id).values("section")
    marks = bytearray(seats)
    for ordinal in Seat.objects.filter(section__in=sections).values_list("ordinal", flat=True).iterator():
        marks[ordinal] = 1
    return bytes(marks)
