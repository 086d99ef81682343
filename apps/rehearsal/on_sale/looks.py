"""How those who wait see what the line tells everybody between two questions of their own.

Either through one cache for all, which asks the platform once a second as a CDN or nginx in front of it does, or each
by themselves, as pages do where nothing stands in front.
"""

from __future__ import annotations

import asyncio
import math
import time
from random import Random
from typing import Protocol

import msgspec

from apps.rehearsal.on_sale.client import Caller
from apps.rehearsal.on_sale.connection import Answer
from apps.rehearsal.on_sale.sale import Sale

OK = 200
KEPT_SECONDS = 1.0
LOOKS_PER_WAIT = 10  # static/concerts/waiting-room/looks.js has the same
LONGEST_LOOK_SECONDS = 60.0
SPREAD = 0.15


class QueuePosition(Protocol):
    """What an answer to join or status says of one's place."""

    @property
    def number(self) -> int | None: ...

    @property
    def eta_seconds(self) -> int | None: ...


class _Now(msgspec.Struct):
    now_serving: int
    moved_per_second: float
    next_look_seconds: float


_read_now = msgspec.json.Decoder(_Now)


class Looks(Protocol):
    """Pauses of those who wait."""

    async def pause(self, seconds: float, position: QueuePosition, *, line: Caller, draw: Random) -> None:
        """Return after so many seconds, or when somebody sees their number served."""


class ThroughCache:
    """One look a second for all, handed to each at a moment of their own.

    Nobody's look is played one by one: whoever is near enough to their turn to look each second learns of it within
    that second, and everybody else's looks would change nothing.
    """

    def __init__(self, sale: Sale, *, origin: Caller) -> None:
        self._sale = sale
        self._origin = origin
        self._waiting: dict[int, asyncio.Future[None]] = {}  # by number
        self._now_serving = 0

    async def run(self) -> None:
        """Look each second in which somebody waits, until cancelled."""
        while True:
            if self._waiting:
                self._take(await self._origin.get("now", self._sale.now_path))
            await self._sale.clock.sleep(KEPT_SECONDS)

    async def pause(self, seconds: float, position: QueuePosition, *, line: Caller, draw: Random) -> None:
        """See `Looks`."""
        over = self._sale.clock.sleep(seconds)
        number = position.number
        if number is None or number <= self._now_serving:  # nothing that is told to all is about them
            await over
            return
        self._waiting[number] = over
        try:
            await over
        finally:
            if self._waiting.get(number) is over:
                del self._waiting[number]
        if number <= self._now_serving:
            await self._sale.clock.sleep(draw.uniform(0, KEPT_SECONDS))

    def _take(self, answer: Answer) -> None:
        now = _read_answer(answer)
        if now is None:
            return
        before, self._now_serving = self._now_serving, max(self._now_serving, now.now_serving)
        for number in range(before + 1, self._now_serving + 1):
            over = self._waiting.get(number)
            if over is not None and not over.done():
                over.set_result(None)


class EachAlone:
    """Everybody asks the platform itself, the more seldom the longer their wait is."""

    def __init__(self, sale: Sale) -> None:
        self._sale = sale

    async def pause(self, seconds: float, position: QueuePosition, *, line: Caller, draw: Random) -> None:
        """See `Looks`."""
        number, ends_at = position.number, time.monotonic() + seconds
        next_look, wait = KEPT_SECONDS, math.inf if position.eta_seconds is None else position.eta_seconds
        while (left := ends_at - time.monotonic()) > 0:
            look = min(LONGEST_LOOK_SECONDS, max(next_look, wait / LOOKS_PER_WAIT)) * draw.uniform(1, 1 + SPREAD)
            await self._sale.clock.sleep(min(left, look))
            if number is None or look >= left:
                continue
            now = _read_answer(await line.get("now", self._sale.now_path))
            if now is None:
                continue
            if number <= now.now_serving:
                return
            next_look, wait = now.next_look_seconds, (number - now.now_serving) / now.moved_per_second


def _read_answer(answer: Answer) -> _Now | None:
    return _read_now.decode(answer.body) if answer.status == OK else None
