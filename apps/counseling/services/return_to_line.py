"""A conversation goes back to its old place in the line: its counselor was lost."""

from __future__ import annotations

from apps.common.clock import database_now
from apps.common.database import outbox
from apps.common.database.transactions import retried_transaction
from apps.counseling.models import COUNSEL_SESSION_MOVES, CounselAssignment, CounselSession
from apps.counseling.notices import tell_customer
from apps.counseling.routing import store
from apps.counseling.services.append_entry import append_entry
from apps.counseling.services.mark_kpis import mark_session
from apps.counseling.services.rebuild_routing import put_right, with_routing
from apps.counseling.services.run_matches import run_matches
from apps.counseling.states import EntryType, SessionStatus

RETURNED = "counseling.returned_to_line"


@retried_transaction
def return_to_line(session_id: int, *, counselor_id: int) -> bool:
    """Take a conversation, or an offer, from a counselor who was lost; tell whether this call did.

    1. In one transaction: WAITING again, the counselor's part closed, the customer told in the conversation's log.
    2. After the commit, repeated until it is done: routing has it at its old place, and the next match is tried.
    """
    locked = CounselSession.objects.select_for_update().filter(pk=session_id, counselor=counselor_id)
    session = locked.first()
    if session is None or session.status not in (SessionStatus.IN_PROGRESS, SessionStatus.OFFERED):
        return False
    COUNSEL_SESSION_MOVES.move(
        session_id,
        [SessionStatus.IN_PROGRESS, SessionStatus.OFFERED],
        SessionStatus.WAITING,
        reason="counselor lost",
        changes={"counselor": None},
    )
    if session.status == SessionStatus.IN_PROGRESS:
        CounselAssignment.objects.filter(session=session_id, is_live=True).update(
            is_live=None, ended_at=database_now(), ended_by=CounselAssignment.EndedBy.LOST
        )
        append_entry(session_id, type=EntryType.TRANSFERRED, details={"reason": "counselor_lost", "to": None})
    mark_session(session_id)
    outbox.enqueue(RETURNED, session_id=session_id, counselor_id=counselor_id)
    return True


@outbox.handles(RETURNED)
def wait_again(*, session_id: int, counselor_id: int) -> None:
    """Step 2. Safe to repeat."""
    with_routing(lambda: store.give_back(session_id, counselor_id, talking=True))
    put_right(session_id)
    (queue_position,) = store.positions([session_id])
    session = CounselSession.objects.get(pk=session_id)
    if queue_position is not None and queue_position.position:
        tell_customer(
            session.customer_id,
            {
                "type": "RETURNED",
                "session_id": session_id,
                "position": queue_position.position,
                "eta_seconds": queue_position.eta_seconds,
            },
        )
    run_matches([session.category_id])
