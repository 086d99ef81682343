"""Who goes first when more comes than can be served: what is nearest to a ticket.

A call takes several turns of the event loop, and each of them lasts as long as all that is under way there. So of
each class only so many are under way, few of those that are far from a ticket: beside any crowd a turn stays short, and
whoever is near a ticket is as quick as without it. The others wait, in a queue for each class. A turn takes up some
of those that wait, of the highest class first; a queue that is full refuses with 503 and a time to come back at, which
is spread. As long as little comes, all of it begins at once, and a request costs two counters.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import cycle
from typing import TYPE_CHECKING

from prometheus_client import Gauge

from apps.common.errors import ServiceUnavailable
from apps.common.fastlane.responses import Response, problem_response
from apps.common.sockets.early_refusals import early_refusals

if TYPE_CHECKING:
    from apps.common.fastlane.routes import Route


class Rank(IntEnum):
    """How near a request is to a ticket; the lowest number goes first."""

    CONFIRM = 0
    RESERVE = 1
    ORDER = 2
    SEAT_MAP = 3
    LINE = 4


@dataclass(frozen=True)
class Bounds:
    """Of one class.

    `under_way`: how many may be, while none of the class waits; `when_some_wait`: how many otherwise. `waiting`: how
    many may wait. `retry_seconds`: the earliest and the latest time to come back that is told to the others.
    """

    under_way: int
    when_some_wait: int
    waiting: int
    retry_seconds: tuple[int, int]


BOUNDS = {
    Rank.CONFIRM: Bounds(under_way=1_000, when_some_wait=1_000, waiting=1_000, retry_seconds=(1, 2)),
    Rank.RESERVE: Bounds(under_way=1_000, when_some_wait=500, waiting=4_000, retry_seconds=(1, 3)),
    Rank.ORDER: Bounds(under_way=1_000, when_some_wait=300, waiting=4_000, retry_seconds=(1, 3)),
    Rank.SEAT_MAP: Bounds(under_way=400, when_some_wait=96, waiting=2_000, retry_seconds=(2, 5)),
    Rank.LINE: Bounds(under_way=512, when_some_wait=96, waiting=4_000, retry_seconds=(4, 12)),
}
TAKEN_UP = 96  # of those that wait, in a turn
EARLY_UNTIL = 0.75  # of the line's queue that has been full: as long requests are refused before they are parsed

waiting_now = Gauge("ticketlive_fast_lane_waiting", "Requests that wait for their turn, by class", ["rank"])
refused_early = Gauge("ticketlive_fast_lane_refused_early", "Requests refused by their bytes since the process started")
refused_early.set_function(lambda: early_refusals.given)


class Admission:
    """Lets requests of one event loop begin. All of it runs on that loop.

    Whoever begins has to say when it `ends`. `begins` is asked first; where it says False, `comes_up` waits.
    """

    def __init__(self, bounds: Mapping[Rank, Bounds] = BOUNDS, *, taken_up: int = TAKEN_UP) -> None:
        self._at_once = [bounds[rank].under_way for rank in Rank]
        self._bounds = [bounds[rank] for rank in Rank]
        self._under_way = [0 for _ in Rank]
        self._queues: list[deque[asyncio.Future[None]]] = [deque() for _ in Rank]
        self._waiting = 0  # in all queues
        self._refusals = [cycle(refusals(bounds[rank])) for rank in Rank]
        self._taken_up = taken_up
        self._takes_up = False  # in the next turn
        for rank in Rank:
            waiting_now.labels(rank.name.lower()).set_function(self._queues[rank].__len__)

    def begins(self, rank: int) -> bool:
        """Say whether a request may begin at once; then it has begun."""
        if self._waiting or self._under_way[rank] >= self._at_once[rank]:
            return self._waiting > 0 and self._goes_before(rank)
        self._under_way[rank] += 1
        return True

    def ends(self, rank: int) -> None:
        """Let go of what has begun."""
        self._under_way[rank] -= 1
        if self._waiting and not self._takes_up:
            self._take_up_soon()

    async def comes_up(self, rank: int) -> Response | None:
        """Wait until the request has begun and return None; or return at once with what refuses it."""
        queue = self._queues[rank]
        if len(queue) >= self._bounds[rank].waiting:
            early_refusals.are_on = early_refusals.are_on or rank == Rank.LINE
            return next(self._refusals[rank])
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        self._waiting += 1
        if not self._takes_up:
            self._take_up_soon()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self.ends(rank)
            raise
        return None

    def _goes_before(self, rank: int) -> bool:
        """Begin a request while others wait, none of them of its class or one before it."""
        if self._under_way[rank] >= self._at_once[rank] or any(self._queues[: rank + 1]):
            return False
        self._under_way[rank] += 1
        return True

    def _take_up_soon(self) -> None:
        self._takes_up = True
        asyncio.get_running_loop().call_soon(self._take_up)

    def _take_up(self) -> None:
        """Begin some of those that wait; who cannot, for too many of the class are under way, keeps nobody else."""
        self._takes_up = False
        left = self._taken_up
        for rank, queue in enumerate(self._queues):
            most = self._bounds[rank].when_some_wait
            while queue and left and self._under_way[rank] < most:
                turn = queue.popleft()
                self._waiting -= 1
                if not turn.done():  # else its task was cancelled
                    turn.set_result(None)
                    self._under_way[rank] += 1
                    left -= 1
        if early_refusals.are_on and len(self._queues[-1]) < self._bounds[-1].waiting * EARLY_UNTIL:
            early_refusals.are_on = False
        if not left and self._waiting:
            self._take_up_soon()


def refusals(bounds: Bounds) -> list[Response]:
    """Return what is answered to those that do not fit: encoded once, for one time to come back after the other."""
    first, last = bounds.retry_seconds
    return [problem_response(ServiceUnavailable(retry_after=seconds)) for seconds in range(first, last + 1)]


def refuse_early(routes: Iterable[Route]) -> None:
    """Have what a crowd repeats refused by its bytes while its queue is full: the line's GETs that want a token."""
    paths = [
        route.path
        for route in routes
        if (route.method, route.rank, route.auth) == ("GET", Rank.LINE, "required")
        and len(route.pattern.parameters) == 1
    ]
    early_refusals.set_up(paths, [refusal.as_bytes() for refusal in refusals(BOUNDS[Rank.LINE])])
