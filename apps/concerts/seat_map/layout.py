"""The fixed part of a performance's seat map: sections, seats, grades and prices.

It is read by three queries, shared between processes through Django's cache, and kept by each process. A
performance's `catalogue_version` names it; Redis knows the version on sale, so that whoever asks Redis
learns there that a kept layout is too old.
"""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import msgspec
from django.core.cache import cache
from django.utils import timezone

from apps.common.database.threads import in_database_thread
from apps.common.errors import NotFound
from apps.concerts.models import Performance, Seat, SectionGrade
from apps.concerts.seat_map.single_flight import SingleFlight

LAYOUTS_KEPT = 64
SHARED_SECONDS = 3600
KEPT_AS = 3  # to be raised with every change of the classes below: older pickles in the cache are not theirs


class LayoutSeat(msgspec.Struct, frozen=True, gc=False):
    """A seat that is for sale, at its price. The garbage collector does not look through tens of thousands of them."""

    id: int
    ordinal: int
    row: str
    number: int
    x: float
    y: float
    is_accessible: bool
    section: str  # its name
    grade: str
    price_krw: int


@dataclass(frozen=True, slots=True)
class LayoutSection:
    """Seats of one price, in the order in which they are listed."""

    id: int
    code: str
    name: str
    grade: str
    price_krw: int
    color: str
    seats: tuple[LayoutSeat, ...]


@dataclass(frozen=True)
class Layout:
    """What can be bought in one performance. A section without a grade is not in it."""

    performance_id: int
    venue_id: int
    version: int
    sections: tuple[LayoutSection, ...]

    @cached_property
    def seats(self) -> dict[int, LayoutSeat]:
        """Every seat by its id."""
        return {seat.id: seat for section in self.sections for seat in section.seats}

    @cached_property
    def ids_by_ordinal(self) -> dict[int, int]:
        """Every seat's id by its ordinal."""
        return {seat.ordinal: seat.id for seat in self.seats.values()}

    def ordinals(self, seat_ids: Iterable[int]) -> list[int]:
        """Return the ordinals of seats that the layout knows, in the order given."""
        return [self.seats[seat_id].ordinal for seat_id in seat_ids]

    def seat_ids(self, ordinals: Iterable[int]) -> list[int]:
        """Return the ids of those of the ordinals that the layout knows."""
        ids = self.ids_by_ordinal
        return [ids[ordinal] for ordinal in ordinals if ordinal in ids]


class KeptLayouts:
    """The layouts this process has used last, one for each performance."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._layouts: OrderedDict[int, Layout] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, performance_id: int, *, at_least: int) -> Layout | None:
        """Return a layout of at least that version."""
        with self._lock:
            layout = self._layouts.get(performance_id)
            if layout is None or layout.version < at_least:
                return None
            self._layouts.move_to_end(performance_id)
            return layout

    def keep(self, layout: Layout) -> None:
        """Keep a layout instead of an older one, and let go of those that were not used for longest."""
        with self._lock:
            self._layouts[layout.performance_id] = layout
            self._layouts.move_to_end(layout.performance_id)
            while len(self._layouts) > self._limit:
                self._layouts.popitem(last=False)


@functools.cache
def kept_layouts() -> KeptLayouts:
    """The process's layouts."""
    return KeptLayouts(LAYOUTS_KEPT)


@functools.cache
def _loading() -> SingleFlight[int, Layout]:
    return SingleFlight()


def get_layout(performance_id: int, *, at_least: int = 0) -> Layout:
    """Return a performance's layout, of version `at_least` or newer, for threads.

    Raises:
        NotFound: there is no such performance that is public.
    """
    return kept_layouts().get(performance_id, at_least=at_least) or _load(performance_id)


async def aget_layout(performance_id: int, *, at_least: int = 0) -> Layout:
    """Return a performance's layout, of version `at_least` or newer, for the event loop.

    It is older only where the database has no newer one. One that this process has kept is returned also after the
    performance was taken back: Redis, asked before or after it, does not have the seats then.

    Raises:
        NotFound: there is no such performance that is public.
    """
    kept = kept_layouts().get(performance_id, at_least=at_least)
    if kept is not None:
        return kept
    return await _loading().run(
        performance_id,
        lambda: in_database_thread(_load, performance_id),
        is_enough=lambda layout: layout.version >= at_least,
    )


async def aget_layout_on_record(performance_id: int) -> Layout:
    """Return a performance's layout as the database has it: for those who find no seats of it in Redis.

    Raises:
        NotFound: there is no such performance that is public.
    """
    return await _loading().run(performance_id, lambda: in_database_thread(_load, performance_id))


def _load(performance_id: int) -> Layout:
    """Read the layout of the version that the database has now, or that another process has read already."""
    public = Performance.objects.public(timezone.now())
    performance = public.filter(pk=performance_id).values_list("catalogue_version", "venue_id").first()
    if performance is None:
        raise NotFound
    version, venue_id = performance
    key = f"layout:{KEPT_AS}:{performance_id}:{version}"
    layout: Layout | None = cache.get(key)
    if layout is None:
        layout = _read(performance_id, version, venue_id)
        cache.set(key, layout, SHARED_SECONDS)
    kept_layouts().keep(layout)
    return layout


def _read(performance_id: int, version: int, venue_id: int) -> Layout:
    grades = (
        SectionGrade.objects.filter(performance=performance_id)
        .order_by("section__position", "section")
        .select_related("section", "grade")
    )
    by_section = {section_grade.section_id: section_grade for section_grade in grades}
    seats: dict[int, list[LayoutSeat]] = {section_id: [] for section_id in by_section}
    for seat in Seat.objects.filter(section__in=by_section).order_by("ordinal").iterator():
        section_grade = by_section[seat.section_id]
        seats[seat.section_id].append(
            LayoutSeat(
                id=seat.pk,
                ordinal=seat.ordinal,
                row=seat.row,
                number=seat.number,
                x=seat.x,
                y=seat.y,
                is_accessible=seat.is_accessible,
                section=section_grade.section.name,
                grade=section_grade.grade.name,
                price_krw=section_grade.grade.price_krw,
            )
        )
    return Layout(
        performance_id=performance_id,
        venue_id=venue_id,
        version=version,
        sections=tuple(_section(by_section[section_id], tuple(seats[section_id])) for section_id in by_section),
    )


def _section(section_grade: SectionGrade, seats: tuple[LayoutSeat, ...]) -> LayoutSection:
    section, grade = section_grade.section, section_grade.grade
    return LayoutSection(section.pk, section.code, section.name, grade.name, grade.price_krw, grade.color, seats)
