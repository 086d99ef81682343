"""What the database knows of routing: open sessions, and counselors by the last state that their history has."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery

from apps.counseling.models import CounselAssignment, CounselorProfile, CounselorStateEvent, CounselSession
from apps.counseling.routing.answers import KnownCounselor, OpenSession, Stage
from apps.counseling.routing.places import microseconds, place_of
from apps.counseling.states import AT_WORK, OPEN_SESSIONS, CounselorState, SessionStatus

STAGES = {
    SessionStatus.WAITING: Stage.LINE,
    SessionStatus.OFFERED: Stage.OFFERED,
    SessionStatus.IN_PROGRESS: Stage.TALKING,
}


def list_open_sessions() -> list[OpenSession]:
    """Every session that waits, is offered, or goes on with a counselor; a supervisor who is none is not routing's."""
    return [_session(row) for row in _open_sessions()]


def get_open_session(session_id: int) -> OpenSession | None:
    """One of them; None where it has ended, or is not routing's."""
    row = _open_sessions().filter(pk=session_id).first()
    return None if row is None else _session(row)


def list_counselors() -> list[KnownCounselor]:
    """Every counselor who was at work by the history. Who has a session and is not among them is OFFLINE."""
    rows = (
        CounselorProfile.objects.annotate(
            last_state=_of_last(_history(), "to_state"),
            last_change=_of_last(_history(), "happened_at"),
            last_start=_of_last(_assignments(), "started_at"),
            last_end=_of_last(_assignments(), "ended_at"),
        )
        .filter(is_active=True, last_state__in=AT_WORK)
        .prefetch_related("skills")
    )
    return [_counselor(row) for row in rows]


def _open_sessions() -> QuerySet[CounselSession]:
    is_counselors = Q(status=SessionStatus.WAITING) | Q(counselor__counselor_profile__isnull=False)
    return CounselSession.objects.filter(is_counselors, status__in=OPEN_SESSIONS)


def _session(row: CounselSession) -> OpenSession:
    """A counselor of before, as of a session that was returned, is not its counselor."""
    stage = STAGES[SessionStatus(row.status)]
    return OpenSession(
        session_id=row.pk,
        category_id=row.category_id,
        place=place_of(row.requested_at, row.priority),
        stage=stage,
        counselor_id=None if stage == Stage.LINE else row.counselor_id,
        wanted_counselor_id=row.wanted_counselor_id,
    )


def _counselor(row: CounselorProfile) -> KnownCounselor:
    """`row` has the annotations of `list_counselors`."""
    times: list[datetime | None] = [row.last_change, row.last_start, row.last_end]  # type: ignore[attr-defined]
    idle_since = max((microseconds(time) for time in times if time is not None), default=0)
    state = CounselorState(row.last_state)  # type: ignore[attr-defined]
    until = 0
    if state.row.at_limit is not None:
        limit = timedelta(seconds=settings.COUNSEL_AFTER_CALL_SECONDS)
        until = microseconds(row.last_change + limit)  # type: ignore[attr-defined]
    return KnownCounselor(
        counselor_id=row.pk,
        last_state=state,
        capacity=row.capacity,
        category_ids=tuple(sorted(skill.pk for skill in row.skills.all())),
        idle_since_us=idle_since,
        after_call_until_us=until,
    )


def _history() -> QuerySet[CounselorStateEvent]:
    return CounselorStateEvent.objects.filter(counselor=OuterRef("pk")).order_by("-happened_at", "-change_id")


def _assignments() -> QuerySet[CounselAssignment]:
    return CounselAssignment.objects.filter(counselor=OuterRef("pk")).order_by("-started_at")


def _of_last(rows: QuerySet[CounselorStateEvent] | QuerySet[CounselAssignment], field: str) -> Subquery:
    return Subquery(rows.values(field)[:1])
