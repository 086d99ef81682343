"""Reads the history that a day is folded from: some queries for a day, whatever happened on it.

Conversations of rehearsals' accounts are left out: the figures are of the house's customers.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet

from apps.accounts.rehearsals import without_rehearsals
from apps.counseling.kpis.folds import REPEAT_DAYS, Closed, Part, StateChange
from apps.counseling.kpis.spans import Span
from apps.counseling.models import CounselAssignment, CounselorStateEvent, CounselRating, CounselSession
from apps.counseling.states import SessionStatus


def counselor_parts(counselor_id: int, day: Span) -> list[Part]:
    """Return a counselor's parts that overlap the day or end on it."""
    return _parts(CounselAssignment.objects.filter(counselor=counselor_id), day)


def category_parts(category_id: int, day: Span) -> list[Part]:
    """Return a category's parts that overlap the day or end on it."""
    return _parts(CounselAssignment.objects.filter(category=category_id), day)


def state_changes(counselor_id: int, day: Span) -> list[StateChange]:
    """Return a counselor's changes of the day, with the one before it and the one after."""
    start, end = day
    events = CounselorStateEvent.objects.filter(counselor=counselor_id)
    before = events.filter(happened_at__lt=start).order_by("-happened_at", "-change_id")[:1]
    within = events.filter(happened_at__gte=start, happened_at__lt=end)
    after = events.filter(happened_at__gte=end).order_by("happened_at", "change_id")[:1]
    found = [*before, *within, *after]
    return [StateChange(event.happened_at, event.change_id, event.to_state) for event in found]


def counselor_scores(counselor_id: int, day: Span) -> list[int]:
    """Return the ratings that came on the day, of conversations that this counselor had at their end."""
    return _scores(CounselRating.objects.filter(session__log__counselor=counselor_id), day)


def category_scores(category_id: int, day: Span) -> list[int]:
    """Return the ratings that came on the day, of conversations that ended in this category."""
    return _scores(CounselRating.objects.filter(session__category=category_id), day)


def closed_sessions(category_id: int, day: Span) -> list[Closed]:
    """Return the conversations that were over on the day, in the category where they ended."""
    start, end = day
    further = CounselSession.objects.filter(
        customer=OuterRef("customer"),
        category=OuterRef("category"),
        requested_at__gt=OuterRef("ended_at"),
        requested_at__lte=OuterRef("ended_at") + timedelta(days=REPEAT_DAYS),
    )
    sessions = (
        without_rehearsals(CounselSession.objects.all(), account="customer")
        .filter(category=category_id, ended_at__gte=start, ended_at__lt=end)
        .annotate(came_back=Exists(further))
        .values_list("answered_at", "status", "came_back")
    )
    return [
        Closed(answered=answered_at is not None, ended=status == SessionStatus.ENDED, came_back=came_back)
        for answered_at, status, came_back in sessions
    ]


def _parts(assignments: QuerySet[CounselAssignment], day: Span) -> list[Part]:
    start, end = day
    assignments = without_rehearsals(assignments, account="session__customer")
    overlapping = list(
        assignments.filter(started_at__lt=end, ended_at__gte=start).select_related("session").order_by("pk")
    )
    before = _parts_before(overlapping)
    return [
        Part(
            started_at=part.started_at,
            ended_at=part.ended_at,  # type: ignore[arg-type]  # the filter leaves those that are over
            ended_by=part.ended_by,
            first_response_at=part.first_response_at,
            requested_at=part.session.requested_at,
            is_first=part.pk not in before,
            wrote_first=part.first_response_at is not None and part.first_response_at == part.session.first_response_at,
            came_by=before.get(part.pk, ""),
        )
        for part in overlapping
    ]


def _parts_before(parts: Iterable[CounselAssignment]) -> dict[int, str]:
    """Return {part: how the part before it in its conversation ended}; the first ones are not in it."""
    session_ids = {part.session_id for part in parts}
    rows = CounselAssignment.objects.filter(session__in=session_ids).order_by("session", "pk")
    before: dict[int, str] = {}
    last: tuple[int, str] | None = None
    for pk, session_id, ended_by in rows.values_list("pk", "session", "ended_by"):
        if last is not None and last[0] == session_id:
            before[pk] = last[1]
        last = (session_id, ended_by)
    return before


def _scores(ratings: QuerySet[CounselRating], day: Span) -> list[int]:
    start, end = day
    ratings = without_rehearsals(ratings, account="session__customer")
    return list(ratings.filter(rated_at__gte=start, rated_at__lt=end).values_list("score", flat=True))
