"""/sub/session/{id} hears a conversation, /pub/session/{id} speaks in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from django.utils import timezone

from apps.common.database.threads import in_database_thread
from apps.common.errors import PermissionRefused, ValidationFailed
from apps.common.fastlane import Id
from apps.counseling.access import Member, get_member
from apps.counseling.entries import entry_event, name_of
from apps.counseling.notices import session_topic
from apps.counseling.selectors import list_entries
from apps.counseling.services.end_session import end_by_member
from apps.counseling.services.mark_read import mark_read
from apps.counseling.services.send_message import NewMessage, send_message, send_messages
from apps.counseling.states import SessionStatus
from apps.stomp.destinations import Client, Destination, NotInTransaction, NumberedTopic, SendRequest, SubscribeRequest
from apps.stomp.hub import current_hub

REPLAYED_AT_ONCE = 200
MAX_SEQ_DIGITS = 9
MAX_SEQ = 10**MAX_SEQ_DIGITS - 1


class Said(msgspec.Struct):
    """What the body of a SEND is. TYPING and READ are told live; READ says up to which `seq`."""

    type: Literal["MESSAGE", "TYPING", "READ", "END"] = "MESSAGE"
    client_message_id: str = ""
    content: str = ""
    attachment_id: Id | None = None
    seq: Annotated[int, msgspec.Meta(ge=0, le=MAX_SEQ)] = 0


async def listen(request: SubscribeRequest) -> NumberedTopic:
    """Hear a conversation: with the header `last-seq` what came after that number, else what comes from now on."""
    session_id: int = request.params["session_id"]
    member = await _member(request.client, session_id)
    cursor = _last_seq(request.headers.get("last-seq"))
    return NumberedTopic(
        session_topic(session_id),
        cursor=member.session.last_seq if cursor is None else cursor,
        read_after=partial(_read_after, session_id),
    )


async def may_speak(client: Client, params: Mapping[str, Any]) -> None:
    """Raise NotFound for whoever has no part in the conversation, PermissionRefused for whoever only watches it."""
    _require_writer(await _member(client, params["session_id"]))


async def speak(request: SendRequest) -> None:
    """Say something, or show that one is typing, has read, or wants to end."""
    said = request.read(Said)
    session_id: int = request.params["session_id"]
    user = request.client.user
    if said.type == "MESSAGE":
        await send_message(_message(request, said))
        return
    member = await _member(request.client, session_id)
    if said.type == "END":
        await in_database_thread(end_by_member, member, user_id=user.user_id)
        return
    _require_writer(member)
    if said.type == "READ":
        seq = await in_database_thread(mark_read, member, said.seq)
        _tell_live(session_id, user.user_id, member, {"type": "READ", "seq_read": seq})
    elif member.session.status == SessionStatus.IN_PROGRESS:
        _tell_live(session_id, user.user_id, member, {"type": "TYPING"})


async def speak_together(requests: Sequence[SendRequest]) -> None:
    """Say several things in one transaction, all or none: messages, for the rest is not kept or cannot be undone."""
    messages = [_message(request, request.read(Said)) for request in requests]
    await send_messages(messages)


def _message(request: SendRequest, said: Said) -> NewMessage:
    if said.type != "MESSAGE":
        raise NotInTransaction(f"{said.type} takes no part in a transaction: send it by itself")
    sender_id = request.client.user.user_id
    return NewMessage(request.params["session_id"], sender_id, said.client_message_id, said.content, said.attachment_id)


def _require_writer(member: Member) -> None:
    if not member.may_write:
        raise PermissionRefused("You only watch this conversation")


async def _member(client: Client, session_id: int) -> Member:
    return await in_database_thread(get_member, session_id, client.user.user_id, role=client.user.role)


async def _read_after(session_id: int, seq: int) -> Sequence[tuple[int, bytes]]:
    return await in_database_thread(_encoded_entries, session_id, seq)


def _encoded_entries(session_id: int, seq: int) -> list[tuple[int, bytes]]:
    return [
        (entry.seq, msgspec.json.encode(entry_event(entry, sender_name=name_of(entry.sender))))
        for entry in list_entries(session_id, after=seq)[:REPLAYED_AT_ONCE]
    ]


def _tell_live(session_id: int, user_id: int, member: Member, event: dict[str, Any]) -> None:
    """Tell the conversation something that is not kept."""
    sender = {"id": user_id, "role": member.role}
    event |= {"session_id": session_id, "sender": sender, "at": timezone.now().isoformat()}
    current_hub().publish(session_topic(session_id), msgspec.json.encode(event))


def _last_seq(header: str | None) -> int | None:
    if header is None:
        return None
    if not (header.isascii() and header.isdigit() and len(header) <= MAX_SEQ_DIGITS):
        raise ValidationFailed(errors={"last-seq": ["A number that this conversation has shown."]})
    return int(header)


DESTINATIONS = [
    Destination("/sub/session/{session_id:int}", subscribe=listen),
    Destination("/pub/session/{session_id:int}", send=speak, send_together=speak_together, may_send=may_speak),
]
