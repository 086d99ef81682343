"""Halls of the same plan: what was sold in the one can be given in the other, seat by seat."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from django.db.models import QuerySet

from apps.concerts.models import Seat, Venue

Place = tuple[int, str, str, int, bool]
"""Ordinal, section's code, row, number, whether it is accessible."""


def is_of_same_plan(one: Venue, other: Venue) -> bool:
    """Whether each seat of the one is called as the seat of the same ordinal in the other, and is as accessible.

    Halls do not change once they are built (decision 0050), so an answer stays true.
    """
    if one.pk == other.pk:
        return True
    if one.seat_count != other.seat_count:
        return False
    return all(ours == theirs for ours, theirs in zip_longest(_places(one), _places(other)))


def halls_of_same_size(venue: Venue) -> QuerySet[Venue]:
    """The halls that may be of a hall's plan, itself included: those with as many seats."""
    return Venue.objects.filter(seat_count=venue.seat_count)


def _places(venue: Venue) -> Iterator[Place]:
    seats = Seat.objects.filter(venue=venue).order_by("ordinal")
    return seats.values_list("ordinal", "section__code", "row", "number", "is_accessible").iterator()
