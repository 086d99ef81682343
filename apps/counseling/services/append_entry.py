"""Add what has happened to a conversation's log."""

from __future__ import annotations

from typing import Any

from django.db.models import F

from apps.accounts.models import User
from apps.common.clock import database_now
from apps.counseling.entries import entry_event
from apps.counseling.models import CounselMessage, CounselSession
from apps.counseling.notices import tell_session
from apps.counseling.states import EntryType, SenderRole


def append_entry(
    session_id: int,
    *,
    type: EntryType,  # noqa: A002 - the field's name
    sender_id: int | None = None,
    sender_role: SenderRole = SenderRole.SYSTEM,
    content: str = "",
    details: dict[str, Any] | None = None,
) -> CounselMessage:
    """Add an entry within the caller's transaction, and tell the conversation once that has committed.

    The session's row is locked from here to the commit, so that numbers have no gap and go up as commits do.
    """
    CounselSession.objects.filter(pk=session_id).update(last_seq=F("last_seq") + 1)
    entry = CounselMessage.objects.create(
        session_id=session_id,
        seq=CounselSession.objects.values_list("last_seq", flat=True).get(pk=session_id),
        type=type,
        sender_id=sender_id,
        sender_role=sender_role,
        content=content,
        details=details or {},
        sent_at=database_now(),
    )
    name = User.objects.values_list("nickname", flat=True).filter(pk=sender_id).first() if sender_id else None
    tell_session(session_id, entry_event(entry, sender_name=name))
    return entry
