"""Drawing a seat map: the fixed part is encoded once for each layout, and a drawing only puts the states in.

A map of 10,000 seats is half a megabyte of JSON. Its template is a list of byte strings with one place a
seat, for the end of that seat's object; a drawing is a copy of the list, a pass over the cells, and a join.

For who has the plan there is a short form beside it, "in columns": one letter a seat, in the plan's order. It is
written with each drawing; the map with every seat when somebody asks for it.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from apps.concerts.seat_map.layout import Layout, LayoutSection
from apps.concerts.seat_map.statuses import SeatStatus, status_of, versions_held
from apps.concerts.seat_states.reading import CellsRead
from apps.concerts.seat_states.records import CELL, OrderRecord

COMPRESSION_LEVEL = 4  # of 10,000 seats: 2.5 ms for 52 kB; level 6 takes 8 ms for 41 kB
GZIP_FORMAT = 16 + zlib.MAX_WBITS
VERSION_PLACE = 1
NOT_FOR_SALE = -1

ENDS = {status: f'{status.value}"}}'.encode() for status in SeatStatus}
LETTERS = {status: ord(status.value[0]) for status in SeatStatus}
"""A, H, S, B, M: what a seat is in the short form."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A seat map as it was at one version, for everybody who holds no seat of it."""

    version: int
    layout_version: int
    cells: CellsRead
    whole: WholeMap
    statuses: StatusColumn

    def own_ordinals(self, own: Iterable[OrderRecord]) -> list[int]:
        """Return the seats that a user holds in this drawing."""
        held = versions_held(own)
        ordinals = {ordinal for order in own for ordinal in order.ordinals if order.version in held}
        return [
            ordinal for ordinal in sorted(ordinals) if _is_held_by(held, *self.cells.cell(ordinal), now=self.cells.now)
        ]


class WholeMap:
    """The map with every seat, half a megabyte for 10,000: written by the first who asks, in a thread."""

    def __init__(self, write_parts: Callable[[], list[bytes]], places: list[int]) -> None:
        self._write_parts = write_parts
        self._places = places
        self._lock = threading.Lock()
        self._written: tuple[list[bytes], bytes, bytes] | None = None

    @property
    def is_written(self) -> bool:
        """Whether `body` and `compressed` cost nothing any more."""
        return self._written is not None

    @property
    def body(self) -> bytes:
        return self.write()[1]

    @property
    def compressed(self) -> bytes:
        return self.write()[2]

    def write(self) -> tuple[list[bytes], bytes, bytes]:
        """Write it once; takes milliseconds. Return its parts, its body, and that compressed."""
        with self._lock:
            if self._written is None:
                parts = self._write_parts()
                body = b"".join(parts)
                self._written = parts, body, compress(body)
            return self._written

    def body_with(self, own_ordinals: Iterable[int]) -> bytes:
        """Write it once more, for the user whose seats these are."""
        parts = self.write()[0].copy()
        for ordinal in own_ordinals:
            parts[self._places[ordinal]] = ENDS[SeatStatus.MINE]
        return b"".join(parts)


@dataclass(frozen=True, slots=True)
class StatusColumn:
    """The short form of a drawing: `letters` by the plan's order, which `positions` gives for each ordinal."""

    head: bytes
    letters: bytes
    positions: list[int]
    body: bytes
    compressed: bytes

    def body_with(self, own_ordinals: Iterable[int]) -> bytes:
        """Write it once more, for the user whose seats these are."""
        letters = bytearray(self.letters)
        for ordinal in own_ordinals:
            letters[self.positions[ordinal]] = LETTERS[SeatStatus.MINE]
        return _column_body(self.head, letters)


class Template:
    """The fixed part of a performance's map, with a place for each seat's status."""

    def __init__(self, layout: Layout) -> None:
        self.layout_version = layout.version
        self._parts: list[bytes] = [b'{"performance_id":%d,"version":' % layout.performance_id, b"", b',"sections":[']
        self._places = [NOT_FOR_SALE] * (1 + max(layout.ids_by_ordinal, default=-1))
        self._positions = self._places.copy()
        self._performance_id, self._seat_count = layout.performance_id, 0
        for position, section in enumerate(layout.sections):
            self._add(section, separator=b"," if position else b"")
        self._parts.append(b"]}")

    def draw(self, cells: CellsRead) -> Drawing:
        """Put the states of the seats in. Takes milliseconds: not for the event loop."""
        taken = [
            (ordinal, status_of(expires_at, now=cells.now))
            for ordinal, (expires_at, _version) in zip(
                range(len(self._places)), CELL.iter_unpack(cells.packed), strict=False
            )
            if expires_at and self._places[ordinal] != NOT_FOR_SALE
        ]
        letters = bytearray([LETTERS[SeatStatus.AVAILABLE]]) * self._seat_count
        for ordinal, status in taken:
            letters[self._positions[ordinal]] = LETTERS[status]
        return Drawing(
            version=cells.version,
            layout_version=max(self.layout_version, cells.layout_version),  # the database had no newer one
            cells=cells,
            whole=WholeMap(partial(self._parts_with, cells.version, taken), self._places),
            statuses=self._column(cells.version, bytes(letters)),
        )

    def _parts_with(self, version: int, taken: Sequence[tuple[int, SeatStatus]]) -> list[bytes]:
        parts = self._parts.copy()
        parts[VERSION_PLACE] = b"%d" % version
        for ordinal, status in taken:
            parts[self._places[ordinal]] = ENDS[status]
        return parts

    def _column(self, version: int, letters: bytes) -> StatusColumn:
        names = self._performance_id, version, self.layout_version
        head = b'{"performance_id":%d,"version":%d,"layout_version":%d,"statuses":"' % names
        body = _column_body(head, letters)
        return StatusColumn(head, letters, self._positions, body, compress(body))

    def _add(self, section: LayoutSection, *, separator: bytes) -> None:
        head: dict[str, Any] = {
            "id": section.id,
            "code": section.code,
            "name": section.name,
            "grade": section.grade,
            "price": section.price_krw,
        }
        start = separator + msgspec.json.encode(head)[:-1] + b',"seats":['
        for seat in section.seats:
            fixed = msgspec.json.encode({"id": seat.id, "row": seat.row, "number": seat.number})
            self._parts.append(start + fixed[:-1] + b',"status":"')
            self._places[seat.ordinal] = len(self._parts)
            self._positions[seat.ordinal] = self._seat_count
            self._seat_count += 1
            self._parts.append(ENDS[SeatStatus.AVAILABLE])
            start = b","
        self._parts.append(b"]}" if section.seats else start + b"]}")


def compress(body: bytes) -> bytes:
    """Compress a body for `Content-Encoding: gzip`."""
    return zlib.compress(body, COMPRESSION_LEVEL, GZIP_FORMAT)


def _column_body(head: bytes, letters: bytes | bytearray) -> bytes:
    return b"".join((head, letters, b'"}'))


def _is_held_by(held: frozenset[int], expires_at: int, version: int, *, now: int) -> bool:
    return version in held and status_of(expires_at, now=now) is SeatStatus.HELD
