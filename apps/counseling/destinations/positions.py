"""Where those stand who wait and listen in this process, told anew within two seconds of a change."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable

import msgspec
from django.db import Error as DatabaseError

from apps.common.database.threads import in_database_thread
from apps.common.errors import DomainError
from apps.common.event_loop.per_loop import PerLoop
from apps.counseling.models import CounselSession
from apps.counseling.notices import customer_topic
from apps.counseling.routing import store
from apps.counseling.services.rebuild_routing import awith_routing
from apps.counseling.services.request_session import queued_event, waits_long
from apps.counseling.states import SessionStatus
from apps.stomp.hub import Published, current_hub

EVERY_SECONDS = 1.0
ASKED_AT_ONCE = 1_000

logger = logging.getLogger(__name__)


class _Positions:
    """One task of a process looks after all customers who listen; without any it ends."""

    def __init__(self) -> None:
        self._listeners: Counter[int] = Counter()
        self._sent: dict[int, tuple[int, bool]] = {}  # by session: its position, and whether the wait is long
        self._task: asyncio.Task[None] | None = None

    def add(self, user_id: int) -> None:
        self._listeners[user_id] += 1
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def remove(self, user_id: int) -> None:
        self._listeners[user_id] -= 1
        if self._listeners[user_id] <= 0:
            del self._listeners[user_id]

    async def _run(self) -> None:
        while self._listeners:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self._tell_changes()
            except (DomainError, DatabaseError) as error:  # Redis or the database is away: the next round tells
                logger.debug("positions are not told: %s", error)
        self._sent.clear()

    async def _tell_changes(self) -> None:
        waiting = await in_database_thread(_waiting_of, list(self._listeners))
        sent: dict[int, tuple[int, bool]] = {}
        sessions = list(waiting)
        for first in range(0, len(sessions), ASKED_AT_ONCE):
            some = sessions[first : first + ASKED_AT_ONCE]
            positions = await awith_routing(lambda some=some: store.positions.arun(some))  # type: ignore[misc]
            for session_id, queue_position in zip(some, positions, strict=True):
                if queue_position is not None and queue_position.position:
                    user_id, is_long = waiting[session_id]
                    sent[session_id] = (queue_position.position, is_long)
                    if self._sent.get(session_id) != sent[session_id]:
                        self._tell(user_id, queued_event(session_id, queue_position, waits_long=is_long))
        self._sent = sent

    @staticmethod
    def _tell(user_id: int, event: dict[str, object]) -> None:
        """Tell this process's own connections: every process looks after its own."""
        current_hub().hand_over(customer_topic(user_id), Published(msgspec.json.encode(event)))


def _waiting_of(user_ids: list[int]) -> dict[int, tuple[int, bool]]:
    """Return {session id: (customer, whether the wait is long)} of those of these customers who wait; one query."""
    waiting = CounselSession.objects.filter(customer__in=user_ids, status=SessionStatus.WAITING)
    rows = waiting.annotate(is_long=waits_long()).values_list("pk", "customer_id", "is_long")
    return {session_id: (user_id, bool(is_long)) for session_id, user_id, is_long in rows}


_positions = PerLoop(_Positions)


def watch_positions(user_id: int) -> Callable[[], None]:
    """Tell a customer where they stand from now on; returns what ends it, which may be called twice."""
    positions = _positions()
    positions.add(user_id)
    is_watching = True

    def leave() -> None:
        nonlocal is_watching
        if is_watching:
            is_watching = False
            positions.remove(user_id)

    return leave
