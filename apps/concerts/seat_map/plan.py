"""The plan of the hall: where each seat is and what it costs. It changes with the catalogue, not with the sale."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from apps.concerts.seat_map.drawing import compress
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


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as it is sent. `version` is the catalogue's."""

    version: int
    body: bytes
    compressed: bytes


def draw_plan(layout: Layout) -> Plan:
    """Encode the plan of a layout. Takes milliseconds: not for the event loop."""
    sections = [_section(section) for section in layout.sections]
    body = msgspec.json.encode(HallPlan(layout.performance_id, layout.version, sections))
    return Plan(layout.version, body, compress(body))


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
