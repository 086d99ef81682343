"""/pub/match/request asks for somebody to talk to; /user/queue/match hears what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from apps.accounts.models import Role
from apps.common.database.threads import in_database_thread
from apps.common.errors import PermissionRefused, ServiceUnavailable
from apps.common.fastlane import Id
from apps.counseling.destinations.positions import watch_positions
from apps.counseling.models import CounselSession
from apps.counseling.notices import customer_topic
from apps.counseling.routing import store
from apps.counseling.selectors import list_open_sessions_of
from apps.counseling.services.rebuild_routing import with_routing
from apps.counseling.services.request_session import queued_event, request_session, waits_long
from apps.counseling.states import SessionStatus
from apps.stomp.destinations import Client, Destination, SendRequest, SubscribeRequest, Topic


class MatchRequest(msgspec.Struct):
    """What a customer asks. The same `request_id` again is the same request."""

    category_id: Id
    subject: str = ""
    request_id: str | None = None


async def may_ask(client: Client, _params: Mapping[str, Any]) -> None:
    """Raise PermissionRefused for whoever is no customer."""
    if client.user.role != Role.CUSTOMER:
        raise PermissionRefused("Customers ask; counselors answer")


async def ask(request: SendRequest) -> None:
    """Join a category's line."""
    await may_ask(request.client, request.params)
    wanted = request.read(MatchRequest)
    await in_database_thread(
        request_session,
        request.client.user.user_id,
        category_id=wanted.category_id,
        subject=wanted.subject,
        request_id=wanted.request_id,
    )


async def hear(request: SubscribeRequest) -> Topic:
    """Hear QUEUED, ASSIGNED, RETURNED and ENDED; first of all where one's open conversations stand."""
    user_id = request.client.user.user_id
    leave = watch_positions(user_id)
    return Topic(customer_topic(user_id), first=partial(_present, user_id), left=leave)


async def _present(user_id: int) -> Sequence[bytes]:
    return [msgspec.json.encode(event) for event in await in_database_thread(present_events, user_id)]


def present_events(user_id: int) -> list[dict[str, Any]]:
    """Return, for each open conversation of a customer, what was last told of it."""
    sessions = list(list_open_sessions_of(user_id).select_related("counselor").annotate(is_long=waits_long()))
    waiting = [session for session in sessions if session.status != SessionStatus.IN_PROGRESS]
    positions: dict[int, Any] = {}
    if waiting:
        try:
            found = with_routing(lambda: store.positions([session.pk for session in waiting]))
            positions = {session.pk: queue_position for session, queue_position in zip(waiting, found, strict=True)}
        except ServiceUnavailable:
            positions = {}
    return [_event(session, positions.get(session.pk), is_long=bool(session.is_long)) for session in sessions]


def _event(session: CounselSession, queue_position: Any, *, is_long: bool) -> dict[str, Any]:
    if session.status == SessionStatus.IN_PROGRESS and session.counselor is not None:
        counselor = {"id": session.counselor_id, "name": session.counselor.nickname}
        return {"type": "ASSIGNED", "session_id": session.pk, "counselor": counselor}
    if queue_position is None:
        where = {"position": None, "eta_seconds": None}
        return {"type": "QUEUED", "session_id": session.pk, **where, "inquiry_offered": is_long}
    return queued_event(session.pk, queue_position, waits_long=is_long)


DESTINATIONS = [
    Destination("/pub/match/request", send=ask, may_send=may_ask),
    Destination("/user/queue/match", subscribe=hear),
]
