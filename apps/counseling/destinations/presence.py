"""The counselors whose desks are connected to this process: a sign of life for each, and how many wait for them."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable

import msgspec
from django.conf import settings
from django.db import Error as DatabaseError

from apps.common.errors import DomainError
from apps.common.event_loop.per_loop import PerLoop
from apps.counseling.notices import counselor_topic
from apps.counseling.routing import store
from apps.counseling.services.rebuild_routing import awith_routing
from apps.stomp.hub import Published, current_hub

EVERY_SECONDS = 1.0
ROUNDS_BETWEEN_SIGNS = 5

logger = logging.getLogger(__name__)


class _Desks:
    """One task of a process looks after all desks; without any it ends."""

    def __init__(self) -> None:
        self._desks: Counter[int] = Counter()
        self._waiting: dict[int, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None

    def add(self, counselor_id: int) -> None:
        self._desks[counselor_id] += 1
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def remove(self, counselor_id: int) -> None:
        """A desk is gone: the time of grace begins now."""
        self._desks[counselor_id] -= 1
        if self._desks[counselor_id] > 0:
            return
        del self._desks[counselor_id]
        self._waiting.pop(counselor_id, None)
        last = asyncio.get_running_loop().create_task(_quietly(sign_of_life([counselor_id])))
        self._tasks.add(last)
        last.add_done_callback(self._tasks.discard)

    async def _run(self) -> None:
        rounds = 0
        while self._desks:
            await asyncio.sleep(EVERY_SECONDS)
            rounds += 1
            present = list(self._desks)
            if rounds % ROUNDS_BETWEEN_SIGNS == 0 and present:
                await _quietly(sign_of_life(present))
            await _quietly(self._tell_queues(present))

    async def _tell_queues(self, counselor_ids: list[int]) -> None:
        """Tell each how many wait in their categories, where that has changed."""
        team = await awith_routing(lambda: store.team.arun(counselor_ids))
        categories = sorted({category_id for counselor in team for category_id in counselor.category_ids})
        if not categories:
            return
        numbers = await awith_routing(lambda: store.numbers_waiting.arun(categories))
        waiting = dict(zip(categories, numbers, strict=True))
        for counselor in team:
            theirs = sum(waiting[category_id] for category_id in counselor.category_ids)
            if self._waiting.get(counselor.counselor_id) != theirs:
                self._waiting[counselor.counselor_id] = theirs
                payload = msgspec.json.encode({"type": "QUEUE", "waiting": theirs})
                current_hub().hand_over(counselor_topic(counselor.counselor_id), Published(payload))


async def sign_of_life(counselor_ids: list[int]) -> None:
    """Note that these counselors are there, until the time of grace has passed from now on."""
    await awith_routing(lambda: store.seen.arun(counselor_ids, grace_seconds=settings.COUNSEL_GRACE_SECONDS))


async def _quietly(call: Awaitable[None]) -> None:
    try:
        await call
    except (DomainError, DatabaseError) as error:  # one of the two is away: the next round says it again
        logger.debug("counselors' presence is not told: %s", error)


_desks = PerLoop(_Desks)


async def be_present(counselor_id: int) -> Callable[[], None]:
    """Count a desk as a counselor's presence; returns what ends it, which may be called twice."""
    desks = _desks()
    desks.add(counselor_id)
    is_present = True

    def leave() -> None:
        nonlocal is_present
        if is_present:
            is_present = False
            desks.remove(counselor_id)

    try:
        await sign_of_life([counselor_id])
    except BaseException:
        leave()
        raise
    return leave
