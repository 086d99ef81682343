"""A centre whose people are the services' own, and what has to hold in it after every fault."""

from __future__ import annotations

from datetime import timedelta

from django.db.models.functions import Now

from apps.accounts.models import User
from apps.common.database import outbox
from apps.common.models import OutboxMessage
from apps.counseling.models import Category, CounselAssignment, CounselSession
from apps.counseling.routing import store
from apps.counseling.routing.answers import Stage
from apps.counseling.services.counselor_states import change_counselor_state
from apps.counseling.services.request_session import request_session
from apps.counseling.states import OPEN_SESSIONS, CounselorState, SessionStatus
from tests.counseling_factories import make_counselor
from tests.factories import make_user
from tests.integration.counseling.routing.centre import audit

STAGES = {
    SessionStatus.WAITING: Stage.LINE,
    SessionStatus.OFFERED: Stage.OFFERED,
    SessionStatus.IN_PROGRESS: Stage.TALKING,
}


def come_to_work(*skills: Category, capacity: int = 1, ready: bool = True) -> User:
    """A counselor at their desk."""
    counselor = make_counselor(*skills, capacity=capacity)
    change_counselor_state(counselor.pk, CounselorState.ONLINE)
    if ready:
        change_counselor_state(counselor.pk, CounselorState.READY)
    return counselor


def ask(category: Category) -> CounselSession:
    """Somebody who asks."""
    return request_session(make_user().pk, category_id=category.pk).session


def keep_promises() -> None:
    """Let what the outbox has be due, and be done."""
    OutboxMessage.objects.update(next_attempt_at=Now() - timedelta(seconds=1))
    outbox.relay()


def status_of(session: CounselSession) -> str:
    return CounselSession.objects.values_list("status", flat=True).get(pk=session.pk)


def position_of(session: CounselSession) -> int:
    """From 1 on in the line; 0 outside it."""
    (queue_position,) = store.positions([session.pk])
    return 0 if queue_position is None else queue_position.position


def assert_nobody_is_forgotten() -> None:
    """Routing has everybody where the database has them: no load but of live conversations, nobody out of the line."""
    audit()
    sessions = list(CounselSession.objects.filter(status__in=OPEN_SESSIONS))
    positions = store.positions([session.pk for session in sessions]) if sessions else []
    for session, queue_position in zip(sessions, positions, strict=True):
        assert queue_position is not None, session
        assert queue_position.stage == STAGES[SessionStatus(session.status)], session
        assert queue_position.counselor_id == session.counselor_id, session
    theirs = {session.pk for session in sessions if session.status != SessionStatus.WAITING}
    assert {session_id for counselor in store.team() for session_id in counselor.session_ids} == theirs
    talking = {session.pk for session in sessions if session.status == SessionStatus.IN_PROGRESS}
    assert sorted(CounselAssignment.objects.filter(is_live=True).values_list("session", flat=True)) == sorted(talking)
