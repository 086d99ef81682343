"""What has come over all WebSockets is parsed for some milliseconds of each turn of the event loop, and no longer.

A read brings up to 256 KiB, and an event loop reads on as long as more is there. As frames of six bytes that are a
million in one turn, of which each costs some microseconds: pings alone, before any log-in, would stop a process for
many seconds. How long a turn may last is therefore counted in time, whatever is said.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Protocol

from apps.common.event_loop.per_loop import PerLoop

TURN_SECONDS = 0.005


class Parser(Protocol):
    """A connection that has more to parse."""

    def parse_piece(self) -> bool:
        """Parse a little; tell whether more may be parsed."""


class Turns:
    """Of one event loop. Those whose pieces did not fit into a turn go on in the next ones, a piece each by turns."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._spent = 0.0  # seconds, in this turn
        self._waiting: deque[Parser] = deque()
        self._is_next_asked_for = False

    def parse(self, parser: Parser) -> bool:
        """Let a connection parse its first piece now, where this turn has time; tell whether nothing is left of it.

        The rest is parsed in later turns: until `parse_piece` says that there is none, it is not to be offered again.
        """
        if not self._is_next_asked_for:
            self._ask_for_next()
        if self._spent < TURN_SECONDS and not self._take_a_piece(parser):
            return True
        self._waiting.append(parser)
        return False

    def _take_a_piece(self, parser: Parser) -> bool:
        began = time.perf_counter()
        has_more = parser.parse_piece()
        self._spent += time.perf_counter() - began
        return has_more

    def _next(self) -> None:
        """Begin a turn: go on with those that wait, one after the other, and again while there is time."""
        self._is_next_asked_for, self._spent = False, 0.0
        while self._waiting and self._spent < TURN_SECONDS:
            parser = self._waiting.popleft()
            if self._take_a_piece(parser):
                self._waiting.append(parser)
        if self._waiting:
            self._ask_for_next()

    def _ask_for_next(self) -> None:
        self._is_next_asked_for = True
        self._loop.call_soon(self._next)


turns = PerLoop(Turns)
