"""The plan of the hall: where each seat is and what it costs. It changes with the catalogue, not with the sale.

It comes in two forms. One names every figure of every seat. The other, "in columns", is for drawing large halls on
small devices: of 10,000 seats it is a tenth of the bytes and of the objects. Each of its columns holds one figure of
all seats of a section, as the difference to the seat before (the first: to 0).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

import msgspec

from apps.concerts.seat_map.drawing import GZIP_FORMAT, compress
from apps.concerts.seat_map.layout import Layout, LayoutSection


class PlannedSeat(msgspec.Struct):
    """A seat; `x` and `y` are metres from the middle of the stage's edge, to the right and away from it."""

    id: int
    row: str
    number: int
    x: float
    y: float
    is_accessible: bool


class PlannedSection(msgspec.Struct):
    """Seats of one price, in KRW, and the colour to draw them in."""

    id: int
    code: str
    name: str
    grade: str
    price: int
    color: str
    seats: list[PlannedSeat]


class HallPlan(msgspec.Struct):
    """Every seat that is for sale in a performance, without its state."""

    performance_id: int
    version: int
    sections: list[PlannedSection]


class ColumnSection(msgspec.Struct):
    """Seats of one price, in KRW. `rows` are [label, seats] of neighbours; `x` and `y` are centimetres.

    `ids`, `numbers`, `x` and `y` hold differences; `accessible` are places within the section, from 0.
    """

    id: int
    code: str
    name: str
    grade: str
    price: int
    color: str
    rows: list[tuple[str, int]]
    ids: list[int]
    numbers: list[int]
    x: list[int]
    y: list[int]
    accessible: list[int]


class ColumnPlan(msgspec.Struct):
    """The plan in columns. Its seats, section by section, have the order of the statuses in columns."""

    performance_id: int
    version: int
    sections: list[ColumnSection]


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as it is sent, in both forms. `version` is the catalogue's."""

    version: int
    body: bytes
    compressed: bytes
    columns: bytes
    columns_compressed: bytes


def draw_plan(layout: Layout) -> Plan:
    """Encode the plan of a layout. Takes tens of milliseconds: not for the event loop."""
    sections = [_section(section) for section in layout.sections]
    body = msgspec.json.encode(HallPlan(layout.performance_id, layout.version, sections))
    in_columns = [_columns(section) for section in layout.sections]
    columns = msgspec.json.encode(ColumnPlan(layout.performance_id, layout.version, in_columns))
    smallest = zlib.compress(columns, zlib.Z_BEST_COMPRESSION, GZIP_FORMAT)  # written once, sent to a crowd
    return Plan(layout.version, body, compress(body), columns, smallest)


def _section(section: LayoutSection) -> PlannedSection:
    return PlannedSection(
        id=section.id,
        code=section.code,
        name=section.name,
        grade=section.grade,
        price=section.price_krw,
        color=section.color,
        seats=[
            PlannedSeat(seat.id, seat.row, seat.number, seat.x, seat.y, seat.is_accessible) for seat in section.seats
        ],
    )


def _columns(section: LayoutSection) -> ColumnSection:
    seats = section.seats
    return ColumnSection(
        id=section.id,
        code=section.code,
        name=section.name,
        grade=section.grade,
        price=section.price_krw,
        color=section.color,
        rows=[(row, sum(1 for _ in group)) for row, group in groupby(seats, key=lambda seat: seat.row)],
        ids=list(_differences(seat.id for seat in seats)),
        numbers=list(_differences(seat.number for seat in seats)),
        x=list(_differences(round(seat.x * 100) for seat in seats)),
        y=list(_differences(round(seat.y * 100) for seat in seats)),
        accessible=[place for place, seat in enumerate(seats) if seat.is_accessible],
    )


def _differences(figures: Iterable[int]) -> Iterator[int]:
    before = 0
    for figure in figures:
        yield figure - before
        before = figure
