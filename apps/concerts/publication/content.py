"""What buyers see of a concert or a performance, and its fingerprint, which an approval is bound to.

It is read from the rows themselves, the policy's and the hall's among them: whoever changes them, by whatever way,
changes the fingerprint. How fast a line lets people in and which seats are blocked is not content: both are run like a
dial.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from apps.concerts.models import CancellationPolicy, Concert, Performance, SectionGrade, Venue

Show = Concert | Performance

CONCERT_FIELDS = (
    "slug", "title", "organiser", "genre", "description", "notice", "poster", "running_minutes", "age_limit",
)  # fmt: skip
PERFORMANCE_FIELDS = (
    "concert_id", "starts_at", "sale_opens_at", "sale_closes_at", "limit_per_person", "waiting_room_mode",
    "waiting_room_opens_minutes_before",
)  # fmt: skip
POLICY_FIELDS = (
    "name", "free_period_hours", "free_period_until_days", "cutoff_days_before", "cutoff_time", "booking_fee_krw",
)  # fmt: skip
TIER_FIELDS = ("days_before_min", "percent", "per_ticket_krw", "cap_percent")
VENUE_FIELDS = ("pk", "name", "city", "address", "time_zone", "seat_count")
GRADE_FIELDS = ("grade__position", "grade__name", "grade__price_krw", "grade__color", "section__code")


def fingerprint_of(show: Show) -> str:
    """Return the fingerprint of what buyers would see now, as the database has it: 64 hexadecimal digits."""
    return hashlib.sha256(msgspec.json.encode(content_of(show), order="deterministic")).hexdigest()


def content_of(show: Show) -> dict[str, Any]:
    """Return what buyers would see of a show now, as the database has it: three queries."""
    return _of_performance(show.pk) if isinstance(show, Performance) else _of_concert(show.pk)


def _of_concert(concert_id: int) -> dict[str, Any]:
    concert = Concert.objects.get(pk=concert_id)
    policy = CancellationPolicy.objects.get(pk=concert.cancellation_policy_id)
    return {
        **_fields(concert, CONCERT_FIELDS),
        "policy": _fields(policy, POLICY_FIELDS),
        "tiers": list(policy.tiers.order_by("days_before_min").values_list(*TIER_FIELDS)),
    }


def _of_performance(performance_id: int) -> dict[str, Any]:
    performance = Performance.objects.get(pk=performance_id)
    grades = SectionGrade.objects.filter(performance=performance_id).order_by("grade__position", "section__code")
    return {
        **_fields(performance, PERFORMANCE_FIELDS),
        "venue": _fields(Venue.objects.get(pk=performance.venue_id), VENUE_FIELDS),
        "grades": list(grades.values_list(*GRADE_FIELDS)),
    }


def _fields(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
