"""End log-in sessions: their refresh tokens are dead, their access tokens die within minutes, their connections now."""

from __future__ import annotations

import uuid

from django.utils import timezone

from apps.accounts.ended_logins import announce_ended
from apps.accounts.models import LoginSession, LoginVia, SessionEnd
from apps.common.database.transactions import retried_transaction
from apps.common.errors import NotFound


@retried_transaction
def end_session(session_id: uuid.UUID, *, reason: SessionEnd) -> bool:
    """End a session; False if it has ended already, whose reason then stays."""
    ended = LoginSession.objects.filter(pk=session_id, ended_at=None).update(ended_at=timezone.now(), end_reason=reason)
    if ended:
        announce_ended([session_id])
    return bool(ended)


def end_own_session(user_id: int, session_id: uuid.UUID) -> None:
    """End a live session of this account, as its owner asks; raises NotFound, for another account's too."""
    if not LoginSession.objects.filter(pk=session_id, user_id=user_id, ended_at=None).exists():
        raise NotFound
    end_session(session_id, reason=SessionEnd.LOGGED_OUT)


def end_sessions_elsewhere(user_id: int, *, keep: uuid.UUID) -> int:
    """End all live sessions of an account but `keep`, as its owner asks, and return how many those were."""
    return end_sessions_of(user_id, reason=SessionEnd.LOGGED_OUT, keep=keep)


@retried_transaction
def end_sessions_of(
    user_id: int, *, reason: SessionEnd, keep: uuid.UUID | None = None, via: LoginVia | None = None
) -> int:
    """End all live sessions of an account (or those of one `via`) but `keep`, and return how many those were.

    Call it in the transaction that has changed the account's row: a log-in at the same
    moment waits for that row, and finds it changed.
    """
    live = LoginSession.objects.filter(user_id=user_id, ended_at=None)
    if via is not None:
        live = live.filter(via=via)
    if keep is not None:
        live = live.exclude(pk=keep)
    session_ids = list(live.select_for_update().values_list("pk", flat=True))
    ended = LoginSession.objects.filter(pk__in=session_ids).update(ended_at=timezone.now(), end_reason=reason)
    announce_ended(session_ids)
    return ended
