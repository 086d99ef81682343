"""Halls as the admin's scripts draw them: in columns, so that ten thousand seats are some kilobytes.

    {"name": "…", "seat_count": 320, "sections": [
        {"code": "A", "name": "1층", "level": 1, "rows": ["1", "2"],
         "row": [0, 0, 1], "number": [1, 2, 1], "x": […], "y": […], "ordinal": [0, 1, 2], "accessible": [2]}]}

`row` is the place of a seat's row in `rows`, `accessible` places in the columns; x and y are metres
(see `apps.concerts.models.Seat`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from apps.concerts.models import Seat, Section, Venue
from apps.concerts.venue_plans.geometry import place_seats
from apps.concerts.venue_plans.plan import VenuePlan

Place = tuple[str, int, float, float, bool]
"""Row, number, x, y, whether it is accessible."""


def drawing_of_venue(venue: Venue) -> dict[str, Any]:
    """Draw a hall that is built; two queries."""
    columns: dict[int, _Columns] = {}
    sections = list(Section.objects.filter(venue=venue).order_by("position"))
    for section in sections:
        columns[section.pk] = _Columns(section.code, section.name)
    seats = Seat.objects.filter(venue=venue).order_by("ordinal")
    fields = ("section_id", "ordinal", "row", "number", "x", "y", "is_accessible")
    for section_id, ordinal, *place in seats.values_list(*fields).iterator():
        columns[section_id].add(ordinal, tuple(place))
    return _drawing(venue.name, columns.values())


def drawing_of_plan(plan: VenuePlan) -> dict[str, Any]:
    """Draw a hall that is only described."""
    columns = {section.code: _Columns(section.code, section.name or section.code) for section in plan.sections}
    for ordinal, place in enumerate(place_seats(plan)):
        columns[place.section.code].add(ordinal, (place.row, place.number, place.x, place.y, place.is_accessible))
    return _drawing(plan.name, columns.values())


class _Columns:
    """The seats of one section, a list for each of their properties."""

    def __init__(self, code: str, name: str) -> None:
        self._head = {"code": code, "name": name}
        self._rows: dict[str, int] = {}
        self._lists: dict[str, list[Any]] = {"row": [], "number": [], "x": [], "y": [], "ordinal": [], "accessible": []}

    def add(self, ordinal: int, place: Place) -> None:
        row, number, x, y, is_accessible = place
        lists = self._lists
        if is_accessible:
            lists["accessible"].append(len(lists["row"]))
        for name, value in (("number", number), ("x", x), ("y", y), ("ordinal", ordinal)):
            lists[name].append(value)
        lists["row"].append(self._rows.setdefault(row, len(self._rows)))

    def as_json(self) -> dict[str, Any]:
        return {**self._head, "rows": list(self._rows), **self._lists}

    def __len__(self) -> int:
        return len(self._lists["row"])


def _drawing(name: str, columns: Iterable[_Columns]) -> dict[str, Any]:
    sections = list(columns)
    return {
        "name": name,
        "seat_count": sum(map(len, sections)),
        "sections": [section.as_json() for section in sections],
    }
