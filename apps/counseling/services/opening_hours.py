"""Whether somebody is there to answer, by the hours that staff have set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from apps.counseling.models import OpeningHours

DAYS_LOOKED_AHEAD = 8


def is_open(category_id: int, *, at: datetime) -> bool:
    """Tell whether a category is open at a time; without hours of its own, or of the centre, it always is."""
    hours = _hours_of(category_id)
    if not hours:
        return True
    local = timezone.localtime(at)
    return any(one.weekday == local.weekday() and one.opens_at <= local.time() < one.closes_at for one in hours)


def next_opening(category_id: int, *, after: datetime) -> datetime | None:
    """Return when a category opens next; None where it never closes, or never opens."""
    hours = _hours_of(category_id)
    local = timezone.localtime(after)
    for days in range(DAYS_LOOKED_AHEAD):
        day = local.date() + timedelta(days=days)
        for one in sorted(hours, key=lambda one: one.opens_at):
            opens = timezone.make_aware(datetime.combine(day, one.opens_at))
            if one.weekday == day.weekday() and opens > after:
                return opens
    return None


def _hours_of(category_id: int) -> Sequence[OpeningHours]:
    """Return the category's own hours, or the centre's where it has none."""
    found = list(OpeningHours.objects.filter(Q(category=category_id) | Q(category=None)))
    own = [one for one in found if one.category_id is not None]
    return own or found
