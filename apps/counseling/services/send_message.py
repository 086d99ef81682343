"""Say something in a conversation: kept first, told then, answered last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.db.models import Q
from django.db.models.functions import Coalesce

from apps.accounts.models import User
from apps.common.clock import database_now
from apps.common.errors import NotFound, ValidationFailed
from apps.common.joined_commits import JoinedCommits, OutcomeUnknown
from apps.counseling.access import has_joined
from apps.counseling.entries import entry_event
from apps.counseling.errors import SessionStateConflict
from apps.counseling.masking import mask
from apps.counseling.models import Attachment, CounselAssignment, CounselMessage, CounselSession
from apps.counseling.notices import session_topic
from apps.counseling.states import EntryType, SenderRole, SessionStatus
from apps.stomp.hub import current_hub

MAX_LENGTH = 4_000  # characters
MAX_CLIENT_ID = 64


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What somebody says. `client_message_id` is the client's own name for it: said twice, it counts once."""

    session_id: int
    sender_id: int
    client_message_id: str
    content: str
    attachment_id: int | None = None


class Kept(NamedTuple):
    """A message that is in the database. `is_new` is false for one that was there before."""

    event: dict[str, Any]
    is_new: bool


async def send_message(message: NewMessage) -> dict[str, Any]:
    """Keep a message and tell the conversation; return its event. The same one again gets the same number.

    1. Card and resident numbers are masked.
    2. The messages of one moment are kept in one transaction, each numbered under its session's lock.
    3. After the commit the conversation hears of it, and the sender's receipt may go out.

    Raises:
        ValidationFailed, NotFound, SessionStateConflict, ServiceUnavailable: nothing was kept.
    """
    checked = _checked(message)
    try:
        kept = await talking.submit(checked)
    except OutcomeUnknown:
        kept = await talking.submit(checked)  # the client's id tells whether the first one is there
    if kept.is_new:
        current_hub().publish(session_topic(message.session_id), msgspec.json.encode(kept.event))
    return kept.event


def _checked(message: NewMessage) -> NewMessage:
    errors: dict[str, list[str]] = {}
    if not message.content.strip() and message.attachment_id is None:
        errors["content"] = ["Say something."]
    elif len(message.content) > MAX_LENGTH:
        errors["content"] = [f"At most {MAX_LENGTH} characters."]
    if not 0 < len(message.client_message_id) <= MAX_CLIENT_ID:
        errors["client_message_id"] = [f"1 to {MAX_CLIENT_ID} characters."]
    if errors:
        raise ValidationFailed(errors=errors)
    return NewMessage(
        message.session_id, message.sender_id, message.client_message_id, mask(message.content), message.attachment_id
    )


def record_messages(batch: Sequence[NewMessage]) -> list[Kept | Exception]:
    """Keep messages of any conversations in one transaction, in some statements for all of them.

    1. Lock the sessions, in the order of their ids.
    2. Find which messages are there already, and the files that are named.
    3. Number and insert the others; raise each session's number, and note first responses.
    """
    sessions = {
        session.pk: session
        for session in CounselSession.objects.select_for_update()
        .filter(pk__in={message.session_id for message in batch})
        .order_by("pk")
    }
    writing = _Writing(batch, sessions)
    outcomes = [writing.keep(message) for message in batch]
    writing.save()
    return outcomes


class _Writing:
    """The messages of one transaction, on their way into the database."""

    def __init__(self, batch: Sequence[NewMessage], sessions: dict[int, CounselSession]) -> None:
        self._sessions = sessions
        self._now: datetime = database_now()
        self._names = dict(
            User.objects.filter(pk__in={message.sender_id for message in batch}).values_list("pk", "nickname")
        )
        self._known = self._find_known(batch)
        self._files = {
            file.pk: file
            for file in Attachment.objects.filter(
                pk__in={message.attachment_id for message in batch if message.attachment_id}, message=None
            )
        }
        self._new: list[CounselMessage] = []
        self._responded: set[int] = set()

    def _find_known(self, batch: Sequence[NewMessage]) -> dict[tuple[int, int | None, str | None], CounselMessage]:
        ids = {message.client_message_id for message in batch}
        found = CounselMessage.objects.select_related("attachment").filter(
            session__in=list(self._sessions), client_message_id__in=ids
        )
        return {(entry.session_id, entry.sender_id, entry.client_message_id): entry for entry in found}

    def keep(self, message: NewMessage) -> Kept | Exception:
        key = (message.session_id, message.sender_id, message.client_message_id)
        known = self._known.get(key)
        if known is not None:
            return Kept(entry_event(known, sender_name=self._names.get(message.sender_id)), is_new=False)
        session = self._sessions.get(message.session_id)
        role = None if session is None else self._role(session, message.sender_id)
        if session is None or role is None:
            return NotFound()
        if session.status != SessionStatus.IN_PROGRESS:
            return SessionStateConflict(session_status=session.status)
        file = self._files.pop(message.attachment_id, None) if message.attachment_id else None
        if message.attachment_id and (
            file is None or (file.session_id, file.uploaded_by_id) != (session.pk, message.sender_id)
        ):
            return ValidationFailed(errors={"attachment_id": ["Not a file of yours that waits to be sent."]})
        session.last_seq += 1
        entry = CounselMessage(
            session_id=session.pk,
            seq=session.last_seq,
            type=EntryType.MESSAGE,
            client_message_id=message.client_message_id,
            sender_id=message.sender_id,
            sender_role=role,
            content=message.content,
            attachment=file,
            sent_at=self._now,
        )
        self._new.append(entry)
        self._known[key] = entry
        if role != SenderRole.CUSTOMER:
            self._responded.add(session.pk)
        return Kept(entry_event(entry, sender_name=self._names.get(message.sender_id)), is_new=True)

    def save(self) -> None:
        if not self._new:
            return
        CounselMessage.objects.bulk_create(self._new)
        changed = {entry.session_id for entry in self._new}
        CounselSession.objects.bulk_update([self._sessions[pk] for pk in sorted(changed)], ["last_seq"])
        if self._responded:
            first = Q(pk__in=self._responded, first_response_at=None)
            CounselSession.objects.filter(first).update(first_response_at=self._now)
            parts = CounselAssignment.objects.filter(session__in=self._responded, is_live=True)
            parts.update(first_response_at=Coalesce("first_response_at", self._now))

    @staticmethod
    def _role(session: CounselSession, sender_id: int) -> SenderRole | None:
        """Return as whom somebody speaks; None for whoever may not."""
        if session.customer_id == sender_id:
            return SenderRole.CUSTOMER
        if session.counselor_id == sender_id:
            return SenderRole.COUNSELOR
        return SenderRole.SUPERVISOR if has_joined(session.pk, sender_id) else None


talking = JoinedCommits(record_messages, name="keep messages")
