"""Where the seats of a hall stand: rows on arcs around the stage, in metres.

All rows share one centre behind the stage's edge, so that every seat faces the stage. The centre
lies just far enough back for the widest level to span no more than `WIDEST_SPAN`; a long flat hall
therefore gets gentle curves, a small one tight ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, radians, sin

from apps.concerts.venue_plans.plan import SectionPlan, VenuePlan

SEAT_PITCH = 0.55
ROW_PITCH = 0.95
AISLE_WIDTH = 1.0
SECTION_GAP = 1.6
LEVEL_GAP = 2.5
STAGE_GAP = 4.0
NEAREST_CENTRE = 6.0
WIDEST_SPAN = radians(120)


@dataclass(frozen=True, slots=True)
class SeatPlace:
    """One seat of a plan, and where it stands (see `apps.concerts.models.Seat`)."""

    section: SectionPlan
    row: str
    number: int
    x: float
    y: float
    is_accessible: bool


def place_seats(plan: VenuePlan) -> Iterator[SeatPlace]:
    """Yield every seat: by section in the plan's order, then by row from the stage, then by number."""
    starts = _level_starts(plan)
    centre = max(NEAREST_CENTRE, *(_width(level) / WIDEST_SPAN - start for level, start in starts))
    origins: dict[str, tuple[float, float]] = {}
    for level, start in starts:
        origins |= _section_origins(level, radius=centre + start)
    for section in plan.sections:
        middle, radius = origins[section.code]
        yield from _place_section(section, middle=middle, radius=radius, centre=centre)


def _place_section(section: SectionPlan, *, middle: float, radius: float, centre: float) -> Iterator[SeatPlace]:
    accessible = set(section.accessible)
    for depth, (row, length) in enumerate(zip(section.row_labels, section.row_lengths, strict=True)):
        distance = radius + depth * ROW_PITCH
        offsets = _row_offsets(length, section.aisles)
        for number, offset in enumerate(offsets, start=1):
            angle = middle + offset / distance
            yield SeatPlace(
                section=section,
                row=row,
                number=number,
                x=round(distance * sin(angle), 2),
                y=round(distance * cos(angle) - centre, 2),
                is_accessible=f"{row}-{number}" in accessible,
            )


def _row_offsets(length: int, aisles: list[int]) -> list[float]:
    """Return where each seat of a row stands along its arc, the row's middle at 0."""
    offsets, offset = [], 0.0
    for number in range(1, length + 1):
        offsets.append(offset)
        offset += SEAT_PITCH + (AISLE_WIDTH if number in aisles else 0.0)
    middle = offsets[-1] / 2
    return [offset - middle for offset in offsets]


def _section_width(section: SectionPlan) -> float:
    longest = max(section.row_lengths)
    return longest * SEAT_PITCH + sum(AISLE_WIDTH for aisle in set(section.aisles) if aisle < longest)


def _width(level: list[SectionPlan]) -> float:
    return sum(map(_section_width, level)) + SECTION_GAP * (len(level) - 1)


def _level_starts(plan: VenuePlan) -> list[tuple[list[SectionPlan], float]]:
    """Return each level with the distance of its first row from the stage's edge."""
    starts, start = [], STAGE_GAP
    for level in plan.levels:
        starts.append((level, start))
        start += max(len(section.row_labels) for section in level) * ROW_PITCH + LEVEL_GAP
    return starts


def _section_origins(level: list[SectionPlan], *, radius: float) -> dict[str, tuple[float, float]]:
    """Return the angle of each section's middle and the radius of its first row, by the section's code."""
    origins: dict[str, tuple[float, float]] = {}
    left = -_width(level) / 2
    for section in level:
        width = _section_width(section)
        origins[section.code] = ((left + width / 2) / radius, radius)
        left += width + SECTION_GAP
    return origins
