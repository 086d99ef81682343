"""The looks at a line that come in one turn of the event loop, in one call of Redis.

A crowd asks where it stands more often than it does anything else. Together the looks cost Redis half of what they cost
one by one: the script is entered, and the line's state is read, once for all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from apps.common.event_loops import PerLoop
from apps.common.scripts import load_script
from apps.concerts.waiting_room.keys import status_keys

STATUS = load_script(__file__, "status.lua")
MOST_AT_ONCE = 32  # accounts in one call: others wait for Redis no longer than a third of a millisecond

Ask = Callable[[int, Sequence[int]], Awaitable[list[Any]]]


async def ask(performance_id: int, user_ids: Sequence[int]) -> list[Any]:
    """Run the script once for some accounts of one line; return an answer of each, as `status.lua` gives it."""
    return list(await STATUS.arun(status_keys(performance_id, user_ids), user_ids))


class GatheredLooks:
    """Of one event loop. Each who looks has an answer of their own; what fails, fails for all of one call."""

    def __init__(self, ask: Ask = ask) -> None:
        self._ask = ask
        self._loop = asyncio.get_running_loop()
        self._looks: dict[int, list[tuple[int, asyncio.Future[Any]]]] = {}  # by performance, not yet sent
        self._calls: set[asyncio.Task[None]] = set()

    def look(self, performance_id: int, user_id: int) -> asyncio.Future[Any]:
        """Return what will have the answer: packed, or a list that begins with why not."""
        looks = self._looks.get(performance_id)
        if looks is None:
            looks = self._looks[performance_id] = []
            call = self._loop.create_task(self._send(performance_id))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
        answer: asyncio.Future[Any] = self._loop.create_future()
        looks.append((user_id, answer))
        return answer

    async def _send(self, performance_id: int) -> None:
        """Send what has gathered until the event loop came to this, in calls of `MOST_AT_ONCE`."""
        looks = self._looks.pop(performance_id)
        parts = [looks[first : first + MOST_AT_ONCE] for first in range(0, len(looks), MOST_AT_ONCE)]
        await asyncio.gather(*(self._send_part(performance_id, part) for part in parts))

    async def _send_part(self, performance_id: int, looks: Sequence[tuple[int, asyncio.Future[Any]]]) -> None:
        try:
            told = await self._ask(performance_id, [user_id for user_id, _ in looks])
        except Exception as error:  # noqa: BLE001 - each who waits is told
            for _, answer in looks:
                if not answer.done():
                    answer.set_exception(type(error)(*error.args))  # one each, for its own traceback
            return
        answers = told if len(told) == len(looks) and told[0] != b"NOT_READY" else [told] * len(looks)
        for (_, answer), found in zip(looks, answers, strict=True):
            if not answer.done():
                answer.set_result(found)


gathered_looks = PerLoop(GatheredLooks)
