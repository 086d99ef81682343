"""The sale over STOMP: seats as they change, and the waiting room as it moves on."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec

from apps.common.database.threads import in_database_thread
from apps.common.errors import DomainError
from apps.common.event_loop.per_loop import PerLoop
from apps.concerts.errors import LineNotReady
from apps.concerts.seat_map.layout import aget_layout
from apps.concerts.seat_map.statuses import status_of
from apps.concerts.seat_states.reading import ChangesRead, read_changes, read_version
from apps.concerts.waiting_room import store as waiting_room
from apps.concerts.waiting_room.permission import require_access_pass
from apps.concerts.waiting_room.services.open_line import open_line
from apps.stomp.destinations import Destination, SubscribeRequest, Topic
from apps.stomp.hub import Published, current_hub

LOOK_SECONDS = 0.25

logger = logging.getLogger(__name__)


def seats_topic(performance_id: int) -> str:
    return f"performances/{performance_id}/seats"


class _Watches:
    """One task of a process for each performance that somebody watches; it reads the change log for all of them."""

    def __init__(self) -> None:
        self._watchers: Counter[int] = Counter()
        self._versions: dict[int, int] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def add(self, performance_id: int) -> None:
        """Watch a performance. Raises SeatStateNotReady, ServiceUnavailable."""
        if performance_id not in self._versions:
            version = (await read_version.arun(performance_id)).version
            self._versions.setdefault(performance_id, version)  # who came meanwhile knows up to theirs
        self._watchers[performance_id] += 1
        if performance_id not in self._tasks:
            task = asyncio.get_running_loop().create_task(self._watch(performance_id))
            self._tasks[performance_id] = task

    def remove(self, performance_id: int) -> None:
        self._watchers[performance_id] -= 1

    def version(self, performance_id: int) -> int:
        """Return the version up to which all watchers know; they are told of what comes after it."""
        return self._versions[performance_id]

    async def _watch(self, performance_id: int) -> None:
        while self._watchers[performance_id] > 0:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._look(performance_id)
            except DomainError as error:  # Redis is away, or is being rebuilt: a later look tells
                logger.debug("seats of %s are not told: %s", performance_id, error)
            except Exception:  # the task's edge: those who watch are told by a later look
                logger.exception("seats of %s are not told", performance_id)
        del self._watchers[performance_id], self._versions[performance_id], self._tasks[performance_id]

    async def _look(self, performance_id: int) -> None:
        since = self._versions[performance_id]
        changes = await read_changes.arun(performance_id, since=since)
        if changes is None:  # too many at once, or another Redis: the whole map is to be read anew
            version = (await read_version.arun(performance_id)).version
            event: dict[str, Any] = {"version": version, "changed": [], "reset": True}
        elif changes.version == since:
            return
        else:
            version = changes.version
            event = {"version": version, "changed": await _changed(performance_id, changes)}
        self._versions[performance_id] = version
        current_hub().hand_over(seats_topic(performance_id), Published(msgspec.json.encode(event)))


async def _changed(performance_id: int, changes: ChangesRead) -> list[tuple[int, str]]:
    """Return each changed seat with what it is to everybody; one's own holds are in one's own order."""
    layout = await aget_layout(performance_id, at_least=changes.layout_version)
    ids = layout.ids_by_ordinal
    return [
        (ids[ordinal], status_of(expires_at, now=changes.now))
        for ordinal, expires_at, _ in changes.cells
        if ordinal in ids
    ]


_watches = PerLoop(_Watches)


async def watch_seats(request: SubscribeRequest) -> Topic:
    """Hear {version, changed: [[seat_id, status], …]}; first the version from which on changes are told.

    For whoever has a pass. `reset: true` asks for the whole map again. Raises AccessPassRequired.
    """
    performance_id: int = request.params["performance_id"]
    await in_database_thread(require_access_pass, performance_id, request.client.user.user_id)
    watches = _watches()
    await watches.add(performance_id)

    async def first() -> Sequence[bytes]:
        return [msgspec.json.encode({"version": watches.version(performance_id), "changed": []})]

    return Topic(seats_topic(performance_id), first=first, left=partial(watches.remove, performance_id))


async def watch_line(request: SubscribeRequest) -> Topic:
    """Hear {now_serving, rate, mode, seats_left} each tick; first as it is now.

    Raises NotInLine for whoever has no number.
    """
    performance_id, user_id = request.params["performance_id"], request.client.user.user_id
    try:
        position = await waiting_room.look(performance_id, user_id)
    except LineNotReady:
        await in_database_thread(open_line, performance_id)
        position = await waiting_room.look(performance_id, user_id)
    state = {
        "now_serving": position.now_serving,
        "rate": position.rate,
        "mode": position.mode,
        "seats_left": position.seats_left,
    }

    async def first() -> Sequence[bytes]:
        return [msgspec.json.encode(state)]

    return Topic(f"waiting-room/{performance_id}", first=first)


DESTINATIONS = [
    Destination("/sub/performances/{performance_id:int}/seats", subscribe=watch_seats),
    Destination("/sub/waiting-room/{performance_id:int}", subscribe=watch_line),
]
