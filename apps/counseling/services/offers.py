"""Offers, where counselors accept by themselves: taken, declined, or lapsed."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from apps.common.clock import database_now
from apps.common.database.transactions import retried_transaction
from apps.counseling.errors import OfferGone
from apps.counseling.models import COUNSEL_SESSION_MOVES, CounselSession
from apps.counseling.notices import tell_counselor
from apps.counseling.routing import store
from apps.counseling.services.rebuild_routing import put_right, with_routing
from apps.counseling.services.run_matches import begin_conversation, run_matches
from apps.counseling.services.state_changes import drain_state_changes, tell_states
from apps.counseling.states import SessionStatus


def accept_offer(session_id: int, *, counselor_id: int) -> CounselSession:
    """Begin a conversation that is offered to this counselor; the second time it is theirs already.

    1. The session's row decides: still OFFERED to this counselor.
    2. Routing takes note; should the offer have lapsed there meanwhile, the database puts it right.

    Raises:
        OfferGone: it lapsed, or is somebody else's.
    """
    session = _begin(session_id, counselor_id)
    if not with_routing(lambda: store.take_offer(session_id, counselor_id)):
        put_right(session_id)
    drain_state_changes()
    tell_states([counselor_id], reason="accepted")
    return session


@retried_transaction
def _begin(session_id: int, counselor_id: int) -> CounselSession:
    session = CounselSession.objects.select_for_update().filter(pk=session_id, counselor=counselor_id).first()
    if session is None or session.status not in (SessionStatus.OFFERED, SessionStatus.IN_PROGRESS):
        raise OfferGone
    if session.status == SessionStatus.OFFERED:
        begin_conversation(session, counselor_id, now=database_now())
    return session


def decline_offer(session_id: int, *, counselor_id: int) -> None:
    """Give an offer back to its old place; it counts as a miss. Raises OfferGone."""
    if not _give_back(session_id, counselor_id, reason="declined"):
        raise OfferGone


def lapse_offers(offers: Iterable[tuple[int, int]]) -> int:
    """Give back offers whose time is over, (session id, counselor id) each; return how many those were."""
    return sum(_give_back(session_id, counselor_id, reason="lapsed") for session_id, counselor_id in offers)


def _give_back(session_id: int, counselor_id: int, *, reason: str) -> bool:
    """OFFERED to WAITING by compare-and-set, then routing; after two misses in a row the counselor is set away."""
    moved = COUNSEL_SESSION_MOVES.move(
        session_id,
        [SessionStatus.OFFERED],
        SessionStatus.WAITING,
        reason=reason,
        actor=f"user:{counselor_id}",
        where=Q(counselor=counselor_id),
        changes={"counselor": None},
    )
    if not moved:  # accepted, left, or given back already: routing follows the database
        put_right(session_id)
        return False
    returned = with_routing(lambda: store.give_back(session_id, counselor_id, missed=True))
    tell_counselor(counselor_id, {"type": "OFFER_LAPSED", "session_id": session_id, "reason": reason})
    drain_state_changes()
    tell_states([counselor_id], reason="away after two misses" if returned.went_away else reason)
    category_id = CounselSession.objects.values_list("category_id", flat=True).get(pk=session_id)
    run_matches([category_id, *returned.counselor.category_ids])
    return True
