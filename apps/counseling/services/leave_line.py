"""A customer leaves the line before anybody has answered."""

from __future__ import annotations

from django.db.models import Q

from apps.common.clock import database_now
from apps.common.database import outbox
from apps.common.database.transactions import retried_transaction
from apps.common.errors import NotFound
from apps.counseling.errors import SessionStateConflict
from apps.counseling.models import COUNSEL_SESSION_MOVES, CounselSession
from apps.counseling.notices import tell_counselor, tell_customer
from apps.counseling.services.append_entry import append_entry
from apps.counseling.services.mark_kpis import mark_session
from apps.counseling.services.rebuild_routing import put_right
from apps.counseling.services.run_matches import run_matches
from apps.counseling.services.state_changes import drain_state_changes, tell_states
from apps.counseling.states import EndReason, EntryType, SessionStatus

LEFT_LINE = "counseling.left_line"
BEFORE_AN_ANSWER = (SessionStatus.WAITING, SessionStatus.OFFERED)


def leave_line(session_id: int, *, customer_id: int, reason: EndReason = EndReason.LEFT_LINE) -> CounselSession:
    """Give up a place in the line; a second time nothing happens.

    1. WAITING or OFFERED becomes ABANDONED, with its entry in the log and the promise of the next step.
    2. Routing forgets it, and who it was offered to is free again.

    Raises:
        NotFound: not this customer's.
        SessionStateConflict: somebody has answered; it is to be ended.
    """
    session = _abandon(session_id, customer_id, reason)
    session.refresh_from_db()
    return session


@retried_transaction
def _abandon(session_id: int, customer_id: int, reason: EndReason) -> CounselSession:
    session = CounselSession.objects.select_for_update().filter(pk=session_id, customer=customer_id).first()
    if session is None:
        raise NotFound
    if session.status == SessionStatus.ABANDONED:
        return session
    moved = COUNSEL_SESSION_MOVES.move(
        session_id,
        BEFORE_AN_ANSWER,
        SessionStatus.ABANDONED,
        reason=reason,
        actor=f"user:{customer_id}",
        where=Q(answered_at=None),
        changes={"is_open": None, "ended_at": database_now(), "end_reason": reason},
    )
    if not moved:
        raise SessionStateConflict(session_status=session.status)
    append_entry(session_id, type=EntryType.ENDED, sender_id=customer_id, details={"reason": reason})
    tell_customer(customer_id, {"type": "ENDED", "session_id": session_id, "reason": reason})
    mark_session(session_id)
    outbox.enqueue(LEFT_LINE, session_id=session_id, counselor_id=session.counselor_id)
    return session


@outbox.handles(LEFT_LINE)
def forget_in_routing(*, session_id: int, counselor_id: int | None) -> None:
    """Take a session that was left out of routing. Safe to repeat."""
    put_right(session_id)
    if counselor_id is not None:
        tell_counselor(counselor_id, {"type": "OFFER_LAPSED", "session_id": session_id, "reason": "left"})
        drain_state_changes()
        tell_states([counselor_id], reason="the customer left")
    run_matches([CounselSession.objects.values_list("category_id", flat=True).get(pk=session_id)])
