"""An entry of a conversation's log, as its people are told of it: live, on replay, and by the API alike."""

from __future__ import annotations

from typing import Any

from apps.accounts.models import User
from apps.counseling.models import CounselMessage
from apps.counseling.states import EntryType


def entry_event(entry: CounselMessage, *, sender_name: str | None) -> dict[str, Any]:
    """Return the event. Only a message has a content; `details` are what the other types need besides."""
    event: dict[str, Any] = {
        "type": entry.type,
        "session_id": entry.session_id,
        "seq": entry.seq,
        "client_message_id": entry.client_message_id,
        "sender": {"id": entry.sender_id, "role": entry.sender_role, "name": sender_name},
        "content": entry.content,
        "attachment": _attachment(entry),
        "sent_at": entry.sent_at.isoformat(),
    }
    if entry.type != EntryType.MESSAGE:
        event |= entry.details
    return event


def name_of(user: User | None) -> str | None:
    """Return what somebody is called in a conversation."""
    return None if user is None else user.nickname


def _attachment(entry: CounselMessage) -> dict[str, Any] | None:
    file = entry.attachment
    if file is None:
        return None
    return {"id": file.pk, "name": file.name, "content_type": file.content_type, "size_bytes": file.size_bytes}
