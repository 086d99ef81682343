"""/sub/counselor/{id}: what a counselor's desk hears. Listening is the counselor's presence."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec

from apps.accounts.models import Role
from apps.common.database.threads import in_database_thread
from apps.common.errors import NotFound
from apps.counseling.access import SUPERVISE, get_profile, may
from apps.counseling.destinations.presence import be_present
from apps.counseling.models import CounselSession
from apps.counseling.notices import counselor_topic
from apps.counseling.routing import store
from apps.counseling.services.counselor_states import get_counselor
from apps.counseling.services.rebuild_routing import with_routing
from apps.counseling.services.state_changes import state_event
from apps.counseling.states import SessionStatus
from apps.stomp.destinations import Destination, SubscribeRequest, Topic


async def hear(request: SubscribeRequest) -> Topic:
    """Hear OFFERED, ASSIGNED, STATE, QUEUE and the like; first of all the present state and conversations.

    A supervisor may listen as well, which is nobody's presence.
    """
    counselor_id: int = request.params["counselor_id"]
    user = request.client.user
    if user.role == Role.CUSTOMER:
        raise NotFound
    first = partial(_present, counselor_id)
    if user.user_id == counselor_id:
        await in_database_thread(get_profile, counselor_id)
        leave = await be_present(counselor_id)
        return Topic(counselor_topic(counselor_id), first=first, left=leave)
    if not await in_database_thread(may, user.user_id, SUPERVISE):
        raise NotFound
    return Topic(counselor_topic(counselor_id), first=first)


async def _present(counselor_id: int) -> Sequence[bytes]:
    return [msgspec.json.encode(event) for event in await in_database_thread(present_events, counselor_id)]


def present_events(counselor_id: int) -> list[dict[str, Any]]:
    """Return a counselor's state, how many wait for them, and each conversation that is theirs or offered."""
    counselor = get_counselor(counselor_id)
    waiting = with_routing(lambda: store.waiting(counselor.category_ids))
    sessions = CounselSession.objects.select_related("category", "customer").filter(
        counselor=counselor_id, status__in=(SessionStatus.OFFERED, SessionStatus.IN_PROGRESS)
    )
    events: list[dict[str, Any]] = [
        state_event(counselor, reason="connected"),
        {"type": "QUEUE", "waiting": sum(waiting.values())},
    ]
    return events + [_event(session) for session in sessions.order_by("pk")]


def _event(session: CounselSession) -> dict[str, Any]:
    return {
        "type": "OFFERED" if session.status == SessionStatus.OFFERED else "ASSIGNED",
        "session_id": session.pk,
        "category": {"id": session.category_id, "name": session.category.name},
        "subject": session.subject,
        "customer": {"id": session.customer_id, "name": session.customer.nickname},
        "requested_at": session.requested_at.isoformat(),
    }


DESTINATIONS = [Destination("/sub/counselor/{counselor_id:int}", subscribe=hear)]
