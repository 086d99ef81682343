"""A conversation goes to somebody else: to a counselor by name, to a category's line, or to a supervisor."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError

from apps.accounts.models import User
from apps.common.clock import database_now
from apps.common.database import outbox
from apps.common.database.transactions import retried_transaction
from apps.common.errors import PermissionRefused, ValidationFailed
from apps.counseling.access import SUPERVISE, Member, require
from apps.counseling.errors import SessionStateConflict
from apps.counseling.models import (
    COUNSEL_SESSION_MOVES,
    Category,
    CounselAssignment,
    CounselorProfile,
    CounselSession,
    CounselSessionEvent,
)
from apps.counseling.notices import tell_counselor, tell_customer
from apps.counseling.routing import store
from apps.counseling.routing.places import place_of
from apps.counseling.services.append_entry import append_entry
from apps.counseling.services.mark_kpis import mark_earlier, mark_session
from apps.counseling.services.rebuild_routing import put_right, with_routing
from apps.counseling.services.run_matches import run_matches
from apps.counseling.services.state_changes import drain_state_changes, tell_states
from apps.counseling.states import EntryType, SenderRole, SessionStatus

TRANSFERRED = "counseling.transferred"


def transfer_to_category(member: Member, *, category_id: int, by: int) -> CounselSession:
    """Put a conversation into another category's line, at the place of its first request.

    1. In one transaction: WAITING in the new category, the counselor's part closed, told in the conversation's log.
    2. After the commit, repeated until it is done: its counselor is free, the line has it, the match is tried.

    Raises:
        PermissionRefused: neither its counselor nor a supervisor.
        ValidationFailed: no such category.
        SessionStateConflict: it does not go on, or the customer waits in that category already.
    """
    require_part(member)
    if not Category.objects.filter(pk=category_id, is_active=True).exists():
        raise ValidationFailed(errors={"category_id": ["There is no such category."]})
    try:
        session = _commit_transfer(member, category_id, by=by)
    except IntegrityError as error:
        raise SessionStateConflict("The customer has another open conversation in that category") from error
    session.refresh_from_db()
    return session


@retried_transaction
def _commit_transfer(member: Member, category_id: int, *, by: int) -> CounselSession:
    session = _lock(member)
    former = session.counselor_id
    COUNSEL_SESSION_MOVES.move(
        session.pk,
        [SessionStatus.IN_PROGRESS],
        SessionStatus.WAITING,
        reason="transferred",
        actor=f"user:{by}",
        changes={"category": category_id, "counselor": None},
        details={"category_id": category_id},
    )
    _close_part(session, CounselAssignment.EndedBy.TRANSFER)
    _tell_log(session, by=by, role=member.role, to={"category_id": category_id})
    mark_session(session.pk)
    for one in (session.category_id, category_id):
        mark_earlier(session, category_id=one)
    outbox.enqueue(TRANSFERRED, session_id=session.pk, counselor_id=former)
    return session


@outbox.handles(TRANSFERRED)
def after_transfer(*, session_id: int, counselor_id: int) -> None:
    """Step 2. Safe to repeat."""
    released = with_routing(lambda: store.release(session_id, counselor_id, after_call_seconds=0))
    put_right(session_id)
    drain_state_changes()
    tell_states([counselor_id], reason="transferred")
    category_id = CounselSession.objects.values_list("category_id", flat=True).get(pk=session_id)
    run_matches({category_id, *released.counselor.category_ids})


def transfer_to_counselor(member: Member, *, counselor_id: int, by: int) -> CounselSession:
    """Give a conversation to a counselor who has a free place and the skill; it goes on at once.

    Raises:
        PermissionRefused: neither its counselor nor a supervisor.
        NoFreeCapacity: the counselor has none.
        SessionStateConflict: the conversation does not go on.
    """
    require_part(member)
    if not CounselorProfile.objects.filter(pk=counselor_id, is_active=True).exists():
        raise ValidationFailed(errors={"counselor_id": ["There is no such counselor."]})
    return _give(member, counselor_id, by=by, ended_by=CounselAssignment.EndedBy.TRANSFER, by_supervisor=False)


def take_over_session(member: Member, *, supervisor_id: int) -> CounselSession:
    """Let a supervisor have a conversation in place of its counselor.

    Raises:
        PermissionRefused: no supervisor.
        NoFreeCapacity: the supervisor is a counselor at work, and has no free place.
        SessionStateConflict: the conversation does not go on.
    """
    require(supervisor_id, SUPERVISE)
    return _give(
        member, supervisor_id, by=supervisor_id, ended_by=CounselAssignment.EndedBy.TAKE_OVER, by_supervisor=True
    )


def _give(
    member: Member, to: int, *, by: int, ended_by: CounselAssignment.EndedBy, by_supervisor: bool
) -> CounselSession:
    """Take a place in routing, commit, settle; what fails in between the database puts right."""
    session = member.session
    if session.status != SessionStatus.IN_PROGRESS or session.counselor_id == to:
        raise SessionStateConflict(session_status=session.status)
    former = session.counselor_id
    match = None
    is_at_work = bool(with_routing(lambda: store.team([to])))
    if is_at_work or not by_supervisor:
        place = place_of(session.requested_at, session.priority)
        match = with_routing(
            lambda: store.force_assign(
                session.pk, to, category_id=session.category_id, place=place, by_supervisor=by_supervisor
            )
        ).match
    try:
        _commit_gift(member, to, former=former, by=by, ended_by=ended_by)
    except BaseException:
        put_right(session.pk)
        raise
    if match is None or not store.settle([match])[0]:
        put_right(session.pk)
    drain_state_changes()
    tell_states([one for one in (former, to) if one is not None], reason="transferred")
    session.refresh_from_db()
    return session


@retried_transaction
def _commit_gift(member: Member, to: int, *, former: int | None, by: int, ended_by: CounselAssignment.EndedBy) -> None:
    session = _lock(member)
    if session.counselor_id != former:
        raise SessionStateConflict("Somebody else has it by now", session_status=session.status)
    name = User.objects.values_list("nickname", flat=True).get(pk=to)
    CounselSession.objects.filter(pk=session.pk).update(counselor=to)
    CounselSessionEvent.objects.create(
        subject=session,
        from_status=SessionStatus.IN_PROGRESS,
        to_status=SessionStatus.IN_PROGRESS,
        reason=ended_by.value,
        actor=f"user:{by}",
        details={"counselor_id": to},
    )
    _close_part(session, ended_by)
    CounselAssignment.objects.create(
        session=session, counselor_id=to, category_id=session.category_id, started_at=database_now()
    )
    counselor = {"id": to, "name": name}
    _tell_log(session, by=by, role=member.role, to={"counselor": counselor})
    tell_customer(session.customer_id, {"type": "ASSIGNED", "session_id": session.pk, "counselor": counselor})
    tell_counselor(to, {"type": "ASSIGNED", "session_id": session.pk, "subject": session.subject})
    if former is not None:
        tell_counselor(former, {"type": "ENDED", "session_id": session.pk, "reason": ended_by.value})
    mark_session(session.pk)


def require_part(member: Member) -> None:
    """Let through the counselor who has the conversation, and supervisors."""
    if member.role == SenderRole.CUSTOMER or (member.role == SenderRole.COUNSELOR and not member.may_write):
        raise PermissionRefused("Only its counselor, or a supervisor, can transfer a conversation")


def _lock(member: Member) -> CounselSession:
    session = CounselSession.objects.select_for_update().get(pk=member.session.pk)
    if session.status != SessionStatus.IN_PROGRESS:
        raise SessionStateConflict(session_status=session.status)
    return session


def _close_part(session: CounselSession, ended_by: CounselAssignment.EndedBy) -> None:
    live = CounselAssignment.objects.filter(session=session, is_live=True)
    live.update(is_live=None, ended_at=database_now(), ended_by=ended_by)


def _tell_log(session: CounselSession, *, by: int, role: SenderRole, to: dict[str, Any]) -> None:
    append_entry(session.pk, type=EntryType.TRANSFERRED, sender_id=by, sender_role=role, details={"to": to})
