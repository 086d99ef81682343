"""The end of a conversation: one procedure, whoever ends it and why."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import Q

from apps.common.clock import database_now
from apps.common.database import outbox
from apps.common.database.transactions import retried_transaction
from apps.common.errors import NotFound, PermissionRefused
from apps.counseling.access import Member
from apps.counseling.models import (
    COUNSEL_SESSION_MOVES,
    CounselAssignment,
    CounselLog,
    CounselMessage,
    CounselSession,
    WrapUpCode,
)
from apps.counseling.notices import tell_counselor, tell_customer
from apps.counseling.routing import store
from apps.counseling.services.append_entry import append_entry
from apps.counseling.services.leave_line import leave_line
from apps.counseling.services.mark_kpis import mark_session
from apps.counseling.services.rebuild_routing import put_right, with_routing
from apps.counseling.services.run_matches import run_matches
from apps.counseling.services.state_changes import drain_state_changes, tell_states
from apps.counseling.states import CounselorState, EndReason, EntryType, SenderRole, SessionStatus

AFTER_END = "counseling.after_end"
SENDERS = {
    EndReason.CUSTOMER: SenderRole.CUSTOMER,
    EndReason.COUNSELOR: SenderRole.COUNSELOR,
    EndReason.SUPERVISOR: SenderRole.SUPERVISOR,
}


REASONS = {role: reason for reason, role in SENDERS.items()}


def end_session(session_id: int, *, reason: EndReason, actor_id: int | None = None) -> CounselSession:
    """End a conversation; of two ends the first counts, and the second finds it ended.

    1. In one transaction, under the session's lock: IN_PROGRESS becomes ENDED by compare-and-set, its log row is
       written (wait, duration, reason), the counselor's part is closed, the conversation's log gets its last entry,
       and the next steps are promised.
    2. After the commit, repeated until it is done: routing gives the counselor's place back and starts the after-call
       work, the two are told, the day's figures are renewed, and the next match is tried.

    A customer who ends what nobody has answered leaves the line, under the same lock: a match that comes at this
    moment is kept before it, and is ended, or finds nobody.

    Raises:
        NotFound: there is no such conversation.
    """
    session = _end_or_leave(session_id, reason=reason, actor_id=actor_id)
    session.refresh_from_db()
    return session


@retried_transaction
def _end_or_leave(session_id: int, *, reason: EndReason, actor_id: int | None) -> CounselSession:
    session = CounselSession.objects.select_for_update().filter(pk=session_id).first()
    if session is None:
        raise NotFound
    if session.is_open and session.answered_at is None:
        return leave_line(session_id, customer_id=session.customer_id)
    if session.is_open:
        _end(session, reason=reason, actor_id=actor_id, now=database_now())
    return session


def end_by_member(member: Member, *, user_id: int) -> CounselSession:
    """End a conversation at the wish of somebody who takes part in it, or of a supervisor; see `end_session`.

    Raises PermissionRefused for a counselor who had it before, unless it has ended anyway.
    """
    if not member.may_write and member.role != SenderRole.SUPERVISOR and member.session.is_open:
        raise PermissionRefused("This conversation is not yours any more")
    return end_session(member.session.pk, reason=REASONS[member.role], actor_id=user_id)


def _end(session: CounselSession, *, reason: EndReason, actor_id: int | None, now: datetime) -> None:
    """Step 1. One that waits for its next counselor after a transfer ends as well, and is nobody's in the log."""
    moved = COUNSEL_SESSION_MOVES.move(
        session.pk,
        [SessionStatus.IN_PROGRESS, SessionStatus.WAITING, SessionStatus.OFFERED],
        SessionStatus.ENDED,
        reason=reason,
        actor="system" if actor_id is None else f"user:{actor_id}",
        changes={"is_open": None, "ended_at": now, "end_reason": reason},
    )
    if not moved:
        return
    part = CounselAssignment.objects.filter(session=session, is_live=True).first()
    write_log(session, reason=reason, counselor_id=None if part is None else part.counselor_id, now=now)
    CounselAssignment.objects.filter(session=session, is_live=True).update(
        is_live=None, ended_at=now, ended_by=CounselAssignment.EndedBy.SESSION_END
    )
    sender = SENDERS.get(reason, SenderRole.SYSTEM)
    details = {"reason": reason}
    append_entry(session.pk, type=EntryType.ENDED, sender_id=actor_id, sender_role=sender, details=details)
    tell_customer(session.customer_id, {"type": "ENDED", "session_id": session.pk, "reason": reason})
    mark_session(session.pk)
    outbox.enqueue(AFTER_END, session_id=session.pk)
    session.status = SessionStatus.ENDED


def write_log(session: CounselSession, *, reason: EndReason, counselor_id: int | None, now: datetime) -> CounselLog:
    """Write what is kept of a conversation; there is one row for each, so a second one is refused."""
    answered_at = session.answered_at or now
    messages = CounselMessage.objects.filter(session=session, type=EntryType.MESSAGE).count()
    return CounselLog.objects.create(
        session=session,
        counselor_id=counselor_id,
        category_id=session.category_id,
        reason=reason,
        waited_seconds=seconds_between(session.requested_at, answered_at),
        duration_seconds=seconds_between(answered_at, now),
        messages=messages,
        ended_at=now,
    )


def seconds_between(start: datetime, end: datetime) -> Decimal:
    """Return seconds with their microseconds, exactly."""
    passed = end - start
    return Decimal(passed.days * 86_400 + passed.seconds) + Decimal(passed.microseconds) / 1_000_000


@outbox.handles(AFTER_END)
def after_end(*, session_id: int) -> None:
    """Step 2. Every part of it is safe to repeat."""
    log = CounselLog.objects.get(pk=session_id)
    category_ids = {log.category_id}
    if log.counselor_id is None:
        put_right(session_id)
    else:
        counselor_id = log.counselor_id
        released = with_routing(
            lambda: store.release(session_id, counselor_id, after_call_seconds=settings.COUNSEL_AFTER_CALL_SECONDS)
        )
        if not released.released:
            put_right(session_id)
        if released.counselor.state != CounselorState.AFTER_CALL:
            _skip_after_call(log)
        category_ids |= set(released.counselor.category_ids)
        tell_counselor(counselor_id, {"type": "ENDED", "session_id": session_id, "reason": log.reason})
        drain_state_changes()
        tell_states([counselor_id], reason="ended")
    run_matches(category_ids)


def _skip_after_call(log: CounselLog) -> None:
    """Close the log of a counselor who has paused, or was lost: no after-call work follows this end."""
    CounselLog.objects.filter(pk=log.pk, after_call_ended_at=None).update(
        after_call_ended_at=log.ended_at, after_call_seconds=0
    )
    CounselLog.objects.filter(pk=log.pk, wrap_up=None).update(wrap_up=wrap_up_none_given())


def wrap_up_none_given() -> WrapUpCode:
    """Return the code of what nobody has named."""
    return WrapUpCode.objects.get_or_create(code=WrapUpCode.NONE_GIVEN, defaults={"name": "none given"})[0]


def name_wrap_up(session_id: int, *, counselor_id: int, wrap_up_id: int, note: str = "") -> bool:
    """Say how a counselor's conversation came out, while nobody has; tell whether this call did. Its time goes on."""
    nameless = Q(wrap_up=None) | Q(wrap_up=wrap_up_none_given())
    log = CounselLog.objects.filter(nameless, pk=session_id, counselor=counselor_id)
    return bool(log.update(wrap_up=wrap_up_id, wrap_up_note=note))


def finish_after_call(counselor_id: int, *, wrap_up_id: int, note: str = "") -> int:
    """Close the after-call work of a counselor's ended conversations; return how many those were.

    By the counselor, or by the limit. What is closed stays as it is, and a wrap-up that came with the end counts.
    """
    now = database_now()
    closed = 0
    for log in CounselLog.objects.filter(counselor=counselor_id, after_call_ended_at=None):
        closed += _close(log, wrap_up_id, note, now=now)
    return closed


@retried_transaction
def _close(log: CounselLog, wrap_up_id: int, note: str, *, now: datetime) -> int:
    closed = CounselLog.objects.filter(pk=log.pk, after_call_ended_at=None).update(
        after_call_ended_at=now, after_call_seconds=seconds_between(log.ended_at, now)
    )
    CounselLog.objects.filter(pk=log.pk, wrap_up=None).update(wrap_up=wrap_up_id, wrap_up_note=note)
    mark_session(log.pk)
    return closed
