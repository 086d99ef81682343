"""Who has asked for their place without Redis having been asked: told to Redis within a second, many at once."""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import Callable, Sequence

from redis.exceptions import RedisError

from apps.common.errors import ServiceUnavailable
from apps.common.redis.script_calls import Answer, Question, asking
from apps.common.redis.scripts import load_script
from apps.concerts.waiting_room.keys import presence_keys

TELLING_SECONDS = 1.0
AT_ONCE = 100  # in one script: less than a millisecond of Redis

PRESENT = load_script(__file__, "present.lua")
_PACKED = struct.Struct(">QII")  # a Heartbeat; see present.lua

logger = logging.getLogger(__name__)


Heartbeat = tuple[int, int, int]
"""Somebody who has asked: user_id, number, and until when that counts (unix seconds)."""


def _who_has_to_ask(answer: Answer) -> list[int]:
    return [index - 1 for index in answer[1:]]


@asking(PRESENT, read=_who_has_to_ask)
def count_present(performance_id: int, heartbeats: Sequence[Heartbeat]) -> Question:
    """Count people as present in a line; in one that is not there nobody is.

    Returns the indices of those whom Redis has to be asked about from now on: the number is not theirs, gone or
    served, or they have a pass.
    """
    keys = presence_keys(performance_id, [user_id for user_id, _, _ in heartbeats])
    return keys, (b"".join([_PACKED.pack(*one) for one in heartbeats]),)


class Heartbeats:
    """Collects the heartbeats of one event loop, and tells Redis of them once a second while there are any.

    What could not be told is told with the next ones, and while there is such, it `is_behind`. `to_ask` is called with
    the performance, and those of its people whom Redis has to be asked about.
    """

    def __init__(self, *, to_ask: Callable[[int, Sequence[int]], None]) -> None:
        self._to_ask = to_ask
        self._noted: dict[int, dict[int, Heartbeat]] = {}
        self._one_after_the_other = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._telling: asyncio.Task[None] | None = None
        self.is_behind = False

    def note(self, performance_id: int, user_id: int, number: int, present_until: int) -> None:
        """Have Redis told of a heartbeat; of one person in a line the last one counts."""
        noted = self._noted.get(performance_id)
        if noted is None:
            noted = self._noted[performance_id] = {}
            self._tell_soon()
        noted[user_id] = (user_id, number, present_until)

    async def tell(self) -> None:
        """Tell Redis of all that is noted."""
        async with self._one_after_the_other:
            noted, self._noted = self._noted, {}
            left = 0
            for performance_id, heartbeats in noted.items():
                left += await self._tell_line(performance_id, list(heartbeats.values()))
            self.is_behind = left > 0
            if left:
                logger.warning("%d heartbeats wait until Redis can be told", left)

    async def close(self) -> None:
        """Tell what is left, for the end of the process."""
        await self.tell()
        if self._timer is not None:
            self._timer.cancel()

    def _tell_soon(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TELLING_SECONDS, self._begin_to_tell)

    def _begin_to_tell(self) -> None:
        self._telling = asyncio.get_running_loop().create_task(self.tell())
        self._telling.add_done_callback(self._go_on)

    def _go_on(self, _telling: asyncio.Task[None]) -> None:
        self._timer = None
        if self._noted:
            self._tell_soon()

    async def _tell_line(self, performance_id: int, heartbeats: list[Heartbeat]) -> int:
        """Return how many could not be told, which are noted again."""
        for first in range(0, len(heartbeats), AT_ONCE):
            some = heartbeats[first : first + AT_ONCE]
            try:
                found = await count_present.arun(performance_id, some)
            except (ServiceUnavailable, RedisError):
                left = {heartbeat[0]: heartbeat for heartbeat in heartbeats[first:]}
                self._noted[performance_id] = left | self._noted.get(performance_id, {})
                return len(left)
            self._to_ask(performance_id, [some[index][0] for index in found])
        return 0
