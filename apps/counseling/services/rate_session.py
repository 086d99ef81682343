"""What a customer thought of a conversation."""

from __future__ import annotations

from django.db import IntegrityError

from apps.common.clock import database_now
from apps.common.database.transactions import in_transaction
from apps.counseling.errors import AlreadyRated, SessionStateConflict
from apps.counseling.models import CounselRating, CounselSession
from apps.counseling.services.mark_kpis import mark_session
from apps.counseling.states import SessionStatus


def rate_session(session: CounselSession, *, score: int, feedback: str = "") -> CounselRating:
    """Rate a conversation that has ended, once.

    Raises:
        SessionStateConflict: it has not ended, or nobody ever answered.
        AlreadyRated: a second time.
    """
    if session.status != SessionStatus.ENDED:
        raise SessionStateConflict(session_status=session.status)

    def store() -> CounselRating:
        rating = CounselRating.objects.create(
            session=session, score=score, feedback=feedback.strip(), rated_at=database_now()
        )
        mark_session(session.pk)
        return rating

    try:
        return in_transaction(store)
    except IntegrityError as error:
        raise AlreadyRated from error
