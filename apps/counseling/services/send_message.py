"""Say something in a conversation: kept first, told then, answered last."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.db.models import Case, F, OuterRef, Subquery, Value, When
from django.db.models.functions import Now

from apps.accounts.models import Role, User
from apps.common.clock import database_now
from apps.common.database.joined_commits import JoinedCommits, OutcomeUnknown
from apps.common.errors import DomainError, NotFound, PermissionRefused, ValidationFailed
from apps.common.limits import MESSAGE_CHARACTERS
from apps.counseling.access import SUPERVISE, has_joined, may
from apps.counseling.entries import entry_event
from apps.counseling.errors import SessionStateConflict
from apps.counseling.masking import mask
from apps.counseling.models import Attachment, CounselAssignment, CounselMessage, CounselSession
from apps.counseling.notices import session_topic
from apps.counseling.states import EntryType, SenderRole, SessionStatus
from apps.stomp.hub import current_hub

MAX_LENGTH = MESSAGE_CHARACTERS
CLIENT_ID = re.compile(r"[!-~]{1,64}")


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


class _Sender(NamedTuple):
    """What is known of an account that sends."""

    name: str
    role: str


async def send_message(message: NewMessage) -> dict[str, Any]:
    """Keep a message and tell the conversation; return its event. The same one again gets the same number.

    1. The messages of one moment are kept in one transaction, each numbered under its session's lock.
    2. There, and not on the event loop, it is decided who may speak; only then what they say is looked at, and card
       and resident numbers are masked.
    3. After the commit the conversation hears of it, and the sender's receipt may go out. A sender whose connection
       ends meanwhile is heard all the same.

    Raises:
        ValidationFailed, NotFound, PermissionRefused, SessionStateConflict, ServiceUnavailable: nothing was kept.
    """
    return await asyncio.shield(_keep_and_tell(_bounded(message)))


async def send_messages(messages: Sequence[NewMessage]) -> list[dict[str, Any]]:
    """Keep all of these messages and tell their conversations, or none; as `send_message` does with one."""
    return await asyncio.shield(_keep_and_tell_all(tuple(_bounded(message) for message in messages)))


async def _keep_and_tell_all(messages: tuple[NewMessage, ...]) -> list[dict[str, Any]]:
    try:
        kept = await talking_together.submit(messages)
    except OutcomeUnknown:
        kept = await talking_together.submit(messages)
    for message, one in zip(messages, kept, strict=True):
        if one.is_new:
            current_hub().publish(session_topic(message.session_id), msgspec.json.encode(one.event))
    return [one.event for one in kept]


async def _keep_and_tell(message: NewMessage) -> dict[str, Any]:
    try:
        kept = await talking.submit(message)
    except OutcomeUnknown:
        kept = await talking.submit(message)  # the client's id tells whether the first one is there
    if kept.is_new:
        current_hub().publish(session_topic(message.session_id), msgspec.json.encode(kept.event))
    return kept.event


def _bounded(message: NewMessage) -> NewMessage:
    """Return a message whose parts are short, before anything else is asked of it; raise ValidationFailed."""
    if not CLIENT_ID.fullmatch(message.client_message_id):
        raise ValidationFailed(errors={"client_message_id": ["1 to 64 visible ASCII characters."]})
    if len(message.content) > MAX_LENGTH:  # nothing longer waits; that it was longer can still be seen
        return replace(message, content=message.content[: MAX_LENGTH + 1])
    return message


def _kept_words(message: NewMessage) -> str:
    """Return what is kept of the words of somebody who may speak; raise ValidationFailed."""
    content = message.content
    if len(content) > MAX_LENGTH:
        raise ValidationFailed(errors={"content": [f"At most {MAX_LENGTH} characters."]})
    if message.attachment_id is None and not content.strip():
        raise ValidationFailed(errors={"content": ["Say something."]})
    return mask(content)


def record_messages(batch: Sequence[NewMessage]) -> list[Kept | Exception]:
    """Keep messages of any conversations within the caller's transaction, in some statements for all of them.

    1. Lock the sessions, in the order of their ids.
    2. Find which messages are there already, who may speak, and the files that are named.
    3. Number and insert the others; raise each session's number, and note first responses.
    """
    locked = CounselSession.objects.select_for_update().filter(pk__in={message.session_id for message in batch})
    writing = _Writing(batch, {session.pk: session for session in locked.order_by("pk")})
    outcomes = [writing.keep(message) for message in batch]
    writing.save()
    return outcomes


def record_together(groups: Sequence[tuple[NewMessage, ...]]) -> list[list[Kept]]:
    """Keep each group within the caller's transaction; raise where one of its messages is refused."""
    return [[_kept(outcome) for outcome in record_messages(group)] for group in groups]


def _kept(outcome: Kept | Exception) -> Kept:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


class _Writing:
    """The messages of one transaction, on their way into the database."""

    def __init__(self, batch: Sequence[NewMessage], sessions: dict[int, CounselSession]) -> None:
        self._sessions = sessions
        self._now, self._senders = _moment_and_senders({message.sender_id for message in batch})
        self._known = self._find_known(batch)
        self._guests = self._find_guests(batch)
        self._files = {
            file.pk: file
            for file in Attachment.objects.filter(
                pk__in={message.attachment_id for message in batch if message.attachment_id}, message=None
            )
        }
        self._new: list[CounselMessage] = []
        self._responded: set[int] = set()

    def _find_known(self, batch: Sequence[NewMessage]) -> dict[tuple[int, int | None, str | None], CounselMessage]:
        found = CounselMessage.objects.select_related("attachment").filter(
            session__in=list(self._sessions), client_message_id__in={message.client_message_id for message in batch}
        )
        return {(entry.session_id, entry.sender_id, entry.client_message_id): entry for entry in found}

    def _find_guests(self, batch: Sequence[NewMessage]) -> dict[tuple[int, int], SenderRole | Exception]:
        """Return, for those who are none of a session's two people, as whom they speak or why not.

        Those of the staff are few; a customer is nobody in a conversation of somebody else's, and costs no statement.
        """
        guests: dict[tuple[int, int], SenderRole | Exception] = {}
        for message in batch:
            session, guest = self._sessions.get(message.session_id), (message.session_id, message.sender_id)
            if session is None or guest in guests or message.sender_id in (session.customer_id, session.counselor_id):
                continue
            sender = self._senders.get(message.sender_id)
            is_nobody = sender is None or sender.role == Role.CUSTOMER
            guests[guest] = NotFound() if is_nobody else _role_of_guest(*guest)
        return guests

    def keep(self, message: NewMessage) -> Kept | Exception:
        """Take a message in, under its number, or say why not."""
        key = (message.session_id, message.sender_id, message.client_message_id)
        entry, is_new = self._known.get(key), False
        if entry is None:
            try:
                entry, is_new = self._new_entry(message), True
            except DomainError as refusal:
                return refusal
            self._new.append(entry)
            self._known[key] = entry
        sender = self._senders.get(message.sender_id)
        return Kept(entry_event(entry, sender_name=None if sender is None else sender.name), is_new)

    def _new_entry(self, message: NewMessage) -> CounselMessage:
        session = self._sessions.get(message.session_id)
        if session is None:
            raise NotFound
        role = self._role(session, message.sender_id)
        if session.status != SessionStatus.IN_PROGRESS:
            raise SessionStateConflict(session_status=session.status)
        content = _kept_words(message)
        file = None if message.attachment_id is None else self._take_file(message, message.attachment_id)
        session.last_seq += 1
        if role != SenderRole.CUSTOMER:
            self._responded.add(session.pk)
        return CounselMessage(
            session_id=session.pk,
            seq=session.last_seq,
            type=EntryType.MESSAGE,
            client_message_id=message.client_message_id,
            sender_id=message.sender_id,
            sender_role=role,
            content=content,
            attachment=file,
            sent_at=self._now,
        )

    def _role(self, session: CounselSession, sender_id: int) -> SenderRole:
        """Return as whom somebody speaks; raise NotFound or PermissionRefused for whoever may not."""
        if sender_id == session.customer_id:
            return SenderRole.CUSTOMER
        if sender_id == session.counselor_id:
            return SenderRole.COUNSELOR
        role = self._guests[session.pk, sender_id]
        if isinstance(role, Exception):
            raise role
        return role

    def _take_file(self, message: NewMessage, file_id: int) -> Attachment:
        file = self._files.get(file_id)
        if file is None or (file.session_id, file.uploaded_by_id) != (message.session_id, message.sender_id):
            raise ValidationFailed(errors={"attachment_id": ["Not a file of yours that waits to be sent."]})
        return self._files.pop(file_id)

    def save(self) -> None:
        """Insert what is new and raise the numbers of its sessions, which are locked."""
        if not self._new:
            return
        CounselMessage.objects.bulk_create(self._new)
        last = CounselMessage.objects.filter(session=OuterRef("pk")).order_by("-seq").values("seq")[:1]
        changes: dict[str, Any] = {"last_seq": Subquery(last)}
        if self._responded:
            first = When(pk__in=self._responded, first_response_at=None, then=Value(self._now))
            changes["first_response_at"] = Case(first, default=F("first_response_at"))
        CounselSession.objects.filter(pk__in={entry.session_id for entry in self._new}).update(**changes)
        if self._responded:
            parts = CounselAssignment.objects.filter(session__in=self._responded, is_live=True)
            parts.filter(first_response_at=None).update(first_response_at=self._now)


def _moment_and_senders(user_ids: set[int]) -> tuple[datetime, dict[int, _Sender]]:
    """Return the database's time, which is after the locks were taken, and who the senders are."""
    rows = list(User.objects.filter(pk__in=user_ids).annotate(now=Now()).values_list("pk", "nickname", "role", "now"))
    senders = {pk: _Sender(name, role) for pk, name, role, _ in rows}
    return (rows[0][-1] if rows else database_now()), senders


def _role_of_guest(session_id: int, user_id: int) -> SenderRole | Exception:
    """Return the role of a supervisor who has joined, or why this account may not speak."""
    if may(user_id, SUPERVISE):
        if has_joined(session_id, user_id):
            return SenderRole.SUPERVISOR
        return PermissionRefused("Join the conversation first")
    if CounselAssignment.objects.filter(session=session_id, counselor=user_id).exists():
        return PermissionRefused("This conversation is not yours any more")
    return NotFound()


talking = JoinedCommits(record_messages, name="keep messages")
talking_together = JoinedCommits(record_together, name="keep messages together", batch_size=1)  # a refusal undoes all


async def close_talk() -> None:
    """Keep what is on its way, and give up the writer's connection: the process ends."""
    for writer in (talking, talking_together):
        await asyncio.to_thread(writer.close)
