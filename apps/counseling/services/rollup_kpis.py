"""Keep the figures of each day: renewed as things happen, and computed anew from the history, by the same function."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import models

from apps.common.days import bounds, day_of, days_from_to, days_touched
from apps.common.redis import translate_errors
from apps.common.redis.locks import one_at_a_time
from apps.counseling.kpis import rows
from apps.counseling.kpis.folds import fold_category_day, fold_counselor_day
from apps.counseling.models import (
    Category,
    CounselAssignment,
    CounselorProfile,
    CounselorStateEvent,
    CounselSession,
    DailyCategoryKpi,
    DailyCounselorKpi,
    KpiMark,
)

MARKS_AT_ONCE = 5_000
LOCK = "kpis:{counseling}"
LOCK_SECONDS = 60

CounselorDay = tuple[int, date]
CategoryDay = tuple[int, date]


class Difference(NamedTuple):
    """A figure that was not what the history says."""

    whose: str
    day: date
    field: str
    was: Any
    became: Any


def refresh_kpis() -> int:
    """Compute anew each day that something was marked on; return how many days of somebody those were.

    One refresh at a time, so that none writes what an older look at the history gave. A mark goes when the days it
    touches are written; what happens meanwhile has a mark of its own.
    """
    with translate_errors(), one_at_a_time(LOCK, seconds=LOCK_SECONDS):
        marks = list(KpiMark.objects.order_by("pk")[:MARKS_AT_ONCE])
        counselor_days, category_days = _days_of_sessions({one.session_id for one in marks if one.session_id})
        counselor_days |= _days_of_states(marks)
        for counselor_id, day in sorted(counselor_days):
            roll_up_counselor(counselor_id, day)
        for category_id, day in sorted(category_days):
            roll_up_category(category_id, day)
        KpiMark.objects.filter(pk__in=[one.pk for one in marks]).delete()
    return len(counselor_days) + len(category_days)


def roll_up(
    first: date, last: date, *, counselor_ids: Sequence[int] | None = None, category_ids: Sequence[int] | None = None
) -> list[Difference]:
    """Compute every day from `first` to `last` anew from the history; return what was different before.

    Of everybody, unless these counselors and categories are named.
    """
    differences: list[Difference] = []
    with translate_errors(), one_at_a_time(LOCK, seconds=LOCK_SECONDS):
        if counselor_ids is None:
            counselor_ids = list(CounselorProfile.objects.order_by("pk").values_list("pk", flat=True))
        if category_ids is None:
            category_ids = list(Category.objects.order_by("pk").values_list("pk", flat=True))
        for day in days_from_to(first, last):
            for counselor_id in counselor_ids:
                differences += roll_up_counselor(counselor_id, day)
            for category_id in category_ids:
                differences += roll_up_category(category_id, day)
    return differences


def roll_up_counselor(counselor_id: int, day: date) -> list[Difference]:
    """Compute and write one counselor's day."""
    span = bounds(day)
    figures = fold_counselor_day(
        span,
        parts=rows.counselor_parts(counselor_id, span),
        changes=rows.state_changes(counselor_id, span),
        scores=rows.counselor_scores(counselor_id, span),
    )
    return _write(DailyCounselorKpi, {"counselor_id": counselor_id}, day, figures)


def roll_up_category(category_id: int, day: date) -> list[Difference]:
    """Compute and write one category's day."""
    span = bounds(day)
    figures = fold_category_day(
        span,
        parts=rows.category_parts(category_id, span),
        closed=rows.closed_sessions(category_id, span),
        scores=rows.category_scores(category_id, span),
    )
    return _write(DailyCategoryKpi, {"category_id": category_id}, day, figures)


def _write(model: type[models.Model], whose: dict[str, int], day: date, figures: dict[str, Any]) -> list[Difference]:
    """Make a row say these figures; a day on which nothing happened has none."""
    row = model._default_manager.filter(day=day, **whose).first()
    if row is None:
        if not any(figures.values()):
            return []
        row = model(day=day, **whose)
    name = " ".join(f"{key.removesuffix('_id')} {value}" for key, value in whose.items())
    differences = [
        Difference(name, day, field, getattr(row, field), value)
        for field, value in figures.items()
        if getattr(row, field) != value
    ]
    if differences:
        for field, value in figures.items():
            setattr(row, field, value)
        row.save()
    return differences


def _days_of_sessions(session_ids: Iterable[int]) -> tuple[set[CounselorDay], set[CategoryDay]]:
    """Return every day of a counselor and of a category that these conversations touch."""
    counselor_days: set[CounselorDay] = set()
    category_days: set[CategoryDay] = set()
    ids: Sequence[int] = list(session_ids)
    parts = CounselAssignment.objects.filter(session__in=ids)
    for counselor_id, category_id, started_at, ended_at in parts.values_list(
        "counselor", "category", "started_at", "ended_at"
    ):
        for day in days_touched(started_at, ended_at or started_at):
            counselor_days.add((counselor_id, day))
            category_days.add((category_id, day))
    sessions = CounselSession.objects.filter(pk__in=ids)
    for category_id, ended_at, rated_at, counselor_id in sessions.values_list(
        "category", "ended_at", "rating__rated_at", "log__counselor"
    ):
        category_days.update((category_id, day_of(instant)) for instant in (ended_at, rated_at) if instant)
        if rated_at and counselor_id:
            counselor_days.add((counselor_id, day_of(rated_at)))
    return counselor_days, category_days


def _days_of_states(marks: Iterable[KpiMark]) -> set[CounselorDay]:
    """Return the days that each change of state ended a state on: it may have begun days before."""
    days: set[CounselorDay] = set()
    for mark in marks:
        if mark.counselor_id is None or mark.state_changed_at is None:
            continue
        if (mark.counselor_id, day_of(mark.state_changed_at)) in days:
            continue
        before = CounselorStateEvent.objects.filter(
            counselor=mark.counselor_id, happened_at__lt=bounds(day_of(mark.state_changed_at))[0]
        )
        last = before.order_by("-happened_at").values_list("happened_at", flat=True).first()
        start = mark.state_changed_at if last is None else last
        days.update((mark.counselor_id, day) for day in days_touched(start, mark.state_changed_at))
    return days
