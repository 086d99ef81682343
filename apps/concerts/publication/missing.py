"""What a concert or a performance still lacks before the public may know of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from apps.concerts.models import Performance
from apps.concerts.publication.content import Show

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Missing(StrEnum):
    """What is missing, by a word for programs."""

    PRICES = "prices"
    HALL = "hall"
    SALE_TIMES = "sale_times"
    POLICY = "policy"
    SCHEDULE = "schedule"


IN_WORDS: dict[Missing, StrOrPromise] = {
    Missing.PRICES: _("Prices: no section has a grade."),
    Missing.HALL: _("A hall: this one has no seats."),
    Missing.SALE_TIMES: _("Times of the sale: it would be over already."),
    Missing.POLICY: _("A cancellation policy: this one has no fees, so that nothing would be paid back."),
    Missing.SCHEDULE: _("A performance that is to take place: this one is cancelled."),
}


def list_missing(show: Show, *, now: datetime) -> list[Missing]:
    """Return what keeps a show from being submitted and published at `now`; nothing where it is complete."""
    if isinstance(show, Performance):
        return _of_performance(show, now=now)
    return [] if show.cancellation_policy.tiers.exists() else [Missing.POLICY]


def in_words(missing: Sequence[Missing]) -> str:
    """Say what is missing, in the reader's language."""
    return " ".join(str(IN_WORDS[one]) for one in missing)


def _of_performance(performance: Performance, *, now: datetime) -> list[Missing]:
    found = []
    if performance.status != Performance.Status.SCHEDULED:
        found.append(Missing.SCHEDULE)
    if not performance.section_grades.exists():
        found.append(Missing.PRICES)
    if performance.venue.seat_count == 0:
        found.append(Missing.HALL)
    if performance.sale_closes_at <= now:
        found.append(Missing.SALE_TIMES)
    return found
