"""The hall as a person sees it, and how neighbours are chosen in it.

The plan is read once for the whole crowd, and each state of the seats once however many of them fetch it; what
somebody has seen beyond that is their own.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterable
from itertools import accumulate

import msgspec

from apps.rehearsal.on_sale.connection import Answer

FREE = ord("A")
GZIP_FORMAT = 16 + zlib.MAX_WBITS
FRONT_POWER = 3  # how far to the front those look who want to sit there
VIEWS_KEPT = 64


class _Section(msgspec.Struct):
    rows: list[tuple[str, int]]
    ids: list[int]  # each as the difference to the one before


class _Plan(msgspec.Struct):
    version: int
    sections: list[_Section]


class _Statuses(msgspec.Struct):
    version: int
    layout_version: int
    statuses: str


class Changes(msgspec.Struct):
    """What `?since=` answers where that is short, or the live news: with `reset` all statuses are to be fetched."""

    version: int
    changed: list[tuple[int, str]] | None = None
    reset: bool = False


_read_plan = msgspec.json.Decoder(_Plan)
_read_statuses = msgspec.json.Decoder(_Statuses)
read_changes = msgspec.json.Decoder(Changes)


class Hall:
    """The plan: every seat's place in a line of all rows, a wall behind each."""

    def __init__(self, plan: bytes) -> None:
        decoded = _read_plan.decode(plan)
        self.version = decoded.version
        self.ids: list[int] = []  # by place; 0 for a wall
        self.rows: list[tuple[int, int]] = []  # from, to within the plan's order of seats
        start = 0
        for section in decoded.sections:
            ids = list(accumulate(section.ids))
            taken = 0
            for _, length in section.rows:
                self.ids += [*ids[taken : taken + length], 0]
                self.rows.append((start + taken, start + taken + length))
                taken += length
            start += taken
        self.places = {seat_id: place for place, seat_id in enumerate(self.ids) if seat_id}

    @property
    def seat_count(self) -> int:
        return len(self.places)

    def with_walls(self, letters: bytes) -> bytes:
        """Put a wall, across which nobody is anybody's neighbour, after each row of the statuses."""
        return b"|".join([letters[start:end] for start, end in self.rows]) + b"|"


class View:
    """One person's map: a state that all share, and the changes that were seen since."""

    __slots__ = ("_letters", "hall", "version")

    def __init__(self, hall: Hall, letters: bytes, version: int) -> None:
        self.hall = hall
        self.version = version
        self._letters: bytes | bytearray = letters

    def apply(self, changes: Iterable[tuple[int, str]], version: int) -> None:
        letters = self._own()
        places = self.hall.places
        for seat_id, status in changes:
            place = places.get(seat_id)
            if place is not None:
                letters[place] = ord(status[0])
        self.version = version

    def replace(self, newer: View) -> None:
        """See what another view sees."""
        self.hall, self.version, self._letters = newer.hall, newer.version, newer._letters

    def lose(self, seat_ids: Iterable[int]) -> None:
        """Remember that others have these."""
        self.apply([(seat_id, "HELD") for seat_id in seat_ids], self.version)

    @property
    def free_count(self) -> int:
        return self._letters.count(b"A")

    def choose(self, party: int, draw: random.Random, *, from_front: bool) -> list[int]:
        """Choose free neighbours for a party, or for fewer of them where there is no more room; [] where none is."""
        for count in range(party, 0, -1):
            place = self._find(count, draw, from_front=from_front)
            if place >= 0:
                return self.hall.ids[place : place + count]
        return []

    def _find(self, count: int, draw: random.Random, *, from_front: bool) -> int:
        letters, wanted = self._letters, b"A" * count
        share = draw.random() ** FRONT_POWER if from_front else draw.random()
        start = int(share * len(letters))
        place = letters.find(wanted, start)
        return place if place >= 0 else letters.find(wanted)

    def _own(self) -> bytearray:
        if not isinstance(self._letters, bytearray):
            self._letters = bytearray(self._letters)
        return self._letters


class SeenByAll:
    """Plan and states by their ETags, so that what many fetch is read once."""

    def __init__(self) -> None:
        self.hall: Hall | None = None
        self._plan_tag: bytes | None = None
        self._views: dict[bytes | None, tuple[bytes, int]] = {}

    def read_plan(self, answer: Answer) -> Hall:
        """Take an answer of `layout/columns`. Raises ValueError for one that is no plan."""
        if self.hall is None or answer.etag != self._plan_tag:
            self.hall = Hall(_plain(answer))
            self._plan_tag = answer.etag
        return self.hall

    def read_statuses(self, answer: Answer) -> View:
        """Take an answer of `seats/columns`. Raises ValueError for one that is none, or before there is a plan."""
        if self.hall is None:
            raise ValueError("statuses without a plan")
        known = self._views.get(answer.etag)
        if known is None:
            payload = _read_statuses.decode(_plain(answer))
            known = self.hall.with_walls(payload.statuses.encode()), payload.version
            if len(self._views) >= VIEWS_KEPT:
                self._views.pop(next(iter(self._views)))
            self._views[answer.etag] = known
        return View(self.hall, *known)


def _plain(answer: Answer) -> bytes:
    return zlib.decompress(answer.body, GZIP_FORMAT) if answer.is_gzip else answer.body
