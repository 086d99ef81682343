"""Whether somebody is there to answer, by the hours that staff have set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from apps.counseling.models import OpeningHours

DAYS_LOOKED_AHEAD = 8


class Hours(NamedTuple):
    """The hours that count for a category: its own, or the centre's where it has none. Without any it is open."""

    periods: Sequence[OpeningHours]

    def is_open(self, at: datetime) -> bool:
        """Tell whether somebody is there at a time."""
        if not self.periods:
            return True
        local = timezone.localtime(at)
        return any(
            one.weekday == local.weekday() and one.opens_at <= local.time() < one.closes_at for one in self.periods
        )

    def next_opening(self, after: datetime) -> datetime | None:
        """Return when it opens next; None where it never closes, or never opens."""
        local = timezone.localtime(after)
        for days in range(DAYS_LOOKED_AHEAD):
            day = local.date() + timedelta(days=days)
            for one in sorted(self.periods, key=lambda one: one.opens_at):
                opens = timezone.make_aware(datetime.combine(day, one.opens_at))
                if one.weekday == day.weekday() and opens > after:
                    return opens
        return None


def hours_of(category_ids: Iterable[int]) -> dict[int, Hours]:
    """Return the hours of categories; one query for any number of them."""
    wanted = list(category_ids)
    found = list(OpeningHours.objects.filter(Q(category__in=wanted) | Q(category=None)))
    centre = [one for one in found if one.category_id is None]
    own: dict[int, list[OpeningHours]] = {}
    for one in found:
        if one.category_id is not None:
            own.setdefault(one.category_id, []).append(one)
    return {category_id: Hours(own.get(category_id) or centre) for category_id in wanted}


def is_open(category_id: int, *, at: datetime) -> bool:
    """Tell whether a category is open at a time; without hours of its own, or of the centre, it always is."""
    return hours_of([category_id])[category_id].is_open(at)


def next_opening(category_id: int, *, after: datetime) -> datetime | None:
    """Return when a category opens next; None where it never closes, or never opens."""
    return hours_of([category_id])[category_id].next_opening(after)
