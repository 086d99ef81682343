"""Who goes on the whole time: calls at a steady pace, and a conversation that is answered at each tenth of a second.

A call's time counts from when it was due, so that one that could not even be sent has waited as well.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count, cycle
from statistics import quantiles

from bench.attacks.conversations import said
from bench.attacks.stage import Honest
from bench.attacks.wire import Address, Connection, request
from bench.talk.sockets import Closed, Socket

CALLS_A_SECOND, WORDS_A_SECOND = 50, 10
LINE, DJANGO, TALK = "line and map", "Django", "conversation"
KINDS = (LINE, DJANGO, TALK)
LONGEST_SECONDS = 60.0  # an answer that has not come by then is none
WORD = re.compile(rb'"content":"([qa])-(\d+)"')
OK = 200


@dataclass(slots=True, eq=False)
class Window:
    """What was due in one part of the run: seconds until each answer by kind, and what went wrong."""

    times: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    faults: Counter[str] = field(default_factory=Counter)

    def milliseconds(self, kind: str) -> tuple[float, float]:
        """Return the median and the 99th percentile; zeros where nothing was due."""
        times = self.times[kind]
        if len(times) < 2:
            return (1000 * times[0], 1000 * times[0]) if times else (0.0, 0.0)
        cuts = quantiles(times, n=100, method="inclusive")
        return 1000 * cuts[49], 1000 * cuts[98]


class HonestReader:
    """One run's. `window` is what is being counted into; whoever swaps it waits until it `settles` to read it."""

    def __init__(self, honest: Honest, address: Address) -> None:
        self.window = Window()
        self._honest, self._address = honest, address
        self._under_way: dict[asyncio.Future[None], Window] = {}
        self._idle: deque[Connection] = deque()  # the longest rested is next, so that none is closed for it
        self._talk = Conversation(honest, address)
        self._calls = cycle(self._round())
        self._words = count()

    def _round(self) -> list[tuple[str, bytes]]:
        """Return the calls that are made in turn: the line by many people, now and then the map, and a page's data."""
        calls, more = [], self._honest.forwarded
        for person in self._honest.readers:
            bearer = f"Authorization: Bearer {person.access}"
            room = f"/api/waiting-room/{self._honest.performance_id}/status"
            seats = f"/api/performances/{self._honest.performance_id}/seats"
            status = (LINE, request("GET", room, more, bearer))
            seat_map = (LINE, request("GET", seats, more, bearer, "Accept-Encoding: gzip"))
            calls += [status, seat_map, status, (DJANGO, request("GET", "/api/concerts", more)), status]
        return calls

    async def go_on(self) -> None:
        """Make every call at its time, until cancelled."""
        await asyncio.gather(self._paced(CALLS_A_SECOND, self._call), self._paced(WORDS_A_SECOND, self._say))

    async def settles(self, window: Window | None = None) -> None:
        """Return when all that was due in a window, or at all, has been answered or given up."""
        while due := [task for task, its in self._under_way.items() if window in (None, its)]:
            await asyncio.wait(due)

    async def metrics(self) -> str:
        """Return what the platform publishes of itself."""
        connection = await Connection.open(self._address)
        try:
            return (await connection.ask(request("GET", "/metrics"))).body.decode()
        finally:
            connection.close()

    def close(self) -> None:
        """Leave."""
        self._talk.close()
        for connection in self._idle:
            connection.close()

    async def _paced(self, per_second: float, act: Callable[[float, Window], Awaitable[None]]) -> None:
        started = time.perf_counter()
        for number in count():
            due = started + number / per_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            task = asyncio.ensure_future(act(due, self.window))
            self._under_way[task] = self.window
            task.add_done_callback(self._under_way.pop)

    async def _call(self, due: float, window: Window) -> None:
        kind, asked = next(self._calls)
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                connection = self._idle.popleft() if self._idle else await Connection.open(self._address)
                answer = await connection.ask(asked)
        except (OSError, EOFError) as error:  # a time-out is an OSError
            window.faults[f"{kind}: {type(error).__name__}"] += 1
            return
        self._idle.append(connection)
        if answer.status == OK:
            window.times[kind].append(time.perf_counter() - due)
        else:
            window.faults[f"{kind}: {answer.status}"] += 1

    async def _say(self, due: float, window: Window) -> None:
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await self._talk.ask(next(self._words))
        except (OSError, Closed) as error:
            window.faults[f"{TALK}: {str(error) or type(error).__name__}"[:80]] += 1
            return
        window.times[TALK].append(time.perf_counter() - due)


class Conversation:
    """A customer asks, the counselor answers: two sockets, opened again when they are lost."""

    def __init__(self, honest: Honest, address: Address) -> None:
        self._honest, self._address = honest, address
        self._sockets: list[Listener] = []
        self._opening = asyncio.Lock()
        self._answers: dict[int, asyncio.Future[None]] = {}

    async def ask(self, number: int) -> None:
        """Say something, and return when its answer has come. Raises Closed, OSError."""
        async with self._opening:
            if not self._sockets or any(one.is_over for one in self._sockets):
                await self._open()
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            self._sockets[0].write(said(self._honest.session_id, f"q-{number}", number))
            await answer
        finally:
            del self._answers[number]

    def close(self) -> None:
        for one in self._sockets:
            one.close()

    async def _open(self) -> None:
        self.close()
        self._sockets = []
        for person in (self._honest.customer, self._honest.counselor):
            one = Listener(self._address, self._honest.forwarded, self._lost)
            await one.open({"Authorization": f"Bearer {person.access}"})
            await one.subscribe(f"/sub/session/{self._honest.session_id}")
            self._sockets.append(one)
        self._sockets[0].on_messages = self._heard
        self._sockets[1].on_messages = self._asked

    def _asked(self, payload: bytes, _count: int) -> None:
        for who, number in WORD.findall(payload):
            if who == b"q":
                self._sockets[1].write(said(self._honest.session_id, f"a-{number.decode()}", int(number)))

    def _heard(self, payload: bytes, _count: int) -> None:
        for who, number in WORD.findall(payload):
            answer = self._answers.get(int(number))
            if who == b"a" and answer is not None and not answer.done():
                answer.set_result(None)

    def _lost(self, why: str) -> None:
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(Closed(why))


class Listener(Socket):
    """One side of the conversation."""

    def __init__(self, address: Address, forwarded: str, lost: Callable[[str], None]) -> None:
        super().__init__((*address, "/ws"), handshake=f"{forwarded}\r\n")
        self._lost = lost
        self.is_over = False

    def connection_lost(self, error: Exception | None) -> None:
        with suppress(asyncio.InvalidStateError):
            super().connection_lost(error)
        self.is_over = True
        self._lost(f"closed: {self._last[-60:].decode(errors='replace')}")
