"""Where those stand who wait, far from their turn: told without Redis.

What Redis has said once, a number in a line, is one's own until one leaves, goes in or the line is lost. So a process
keeps it; the rest of an answer follows from it and from what the line tells everybody (far_in_line.py). That somebody
has asked is told to Redis within a second (heartbeats.py), and Redis tells then whose number counts no more.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from apps.common.event_loop.per_loop import PerLoop
from apps.concerts.errors import LineNotReady
from apps.concerts.waiting_room.board import Board, Boards, boards
from apps.concerts.waiting_room.heartbeats import Heartbeat, Heartbeats
from apps.concerts.waiting_room.store import QueuePosition

MOST_KEPT = 100_000  # numbers, of all lines: some 16 MB
BOARD_SECONDS = 0.25  # how old may be what the line told everybody: its pages ask as soon as they are called


class _Line:
    """The numbers that are known in one line, by user, the one that was asked for last at the end."""

    __slots__ = ("epoch", "numbers")

    def __init__(self, epoch: tuple[int, int]) -> None:
        self.epoch = epoch
        self.numbers: OrderedDict[int, int] = OrderedDict()


class KeptPositions:
    """The numbers that one event loop keeps: those that were asked for last, `most` at most.

    They are void when the line is another one, or staff have changed its settings.
    """

    def __init__(self, boards: Boards, *, most: int = MOST_KEPT) -> None:
        self._boards = boards
        self._most = most
        self._count = 0
        self._lines: OrderedDict[int, _Line] = OrderedDict()
        self._clock = asyncio.get_running_loop().time
        self.heartbeats = Heartbeats(to_ask=self._forget_all)

    def __len__(self) -> int:
        return self._count

    async def look(self, performance_id: int, user_id: int) -> QueuePosition | None:
        """Count somebody as present, and return where they stand; None where Redis has to be asked.

        Raises:
            ServiceUnavailable: Redis is away.
        """
        line = self._lines.get(performance_id)
        if line is None or user_id not in line.numbers or self.heartbeats.is_behind:
            return None
        board = self._boards.fresh(performance_id, seconds=BOARD_SECONDS)
        if board is None:
            try:
                board = await self._boards.read(performance_id)
            except LineNotReady:
                self._forget_line(performance_id)
                return None
        return self._look_at(board, performance_id, user_id)

    def _look_at(self, board: Board, performance_id: int, user_id: int) -> QueuePosition | None:
        line, far = self._lines.get(performance_id), board.far
        if line is None:
            return None
        if far is None or far.epoch != line.epoch:
            self._forget_line(performance_id)
            return None
        number = line.numbers.get(user_id)
        found = None if number is None else far.position(number, far.at + self._clock() - board.read_at)
        if number is None or found is None:
            return None
        position, present_until = found
        line.numbers.move_to_end(user_id)
        self._lines.move_to_end(performance_id)
        self.heartbeats.note(performance_id, Heartbeat(user_id, number, present_until))
        return position

    def learn(self, performance_id: int, user_id: int, position: QueuePosition) -> None:
        """Keep what Redis has said of somebody, or that they wait no more."""
        line = self._lines.get(performance_id)
        if position.status != "WAITING" or position.number is None:
            self.forget(performance_id, user_id)
            return
        if line is None or line.epoch < position.epoch:
            self._forget_line(performance_id)
            line = self._lines[performance_id] = _Line(position.epoch)
        elif line.epoch > position.epoch:
            return
        if user_id not in line.numbers:
            self._count += 1
        line.numbers[user_id] = position.number
        line.numbers.move_to_end(user_id)
        self._lines.move_to_end(performance_id)
        if self._count > self._most:
            self._forget_oldest()

    def forget(self, performance_id: int, user_id: int) -> None:
        """Have Redis asked about somebody the next time."""
        line = self._lines.get(performance_id)
        if line is not None and line.numbers.pop(user_id, None) is not None:
            self._count -= 1

    def _forget_all(self, performance_id: int, heartbeats: Sequence[Heartbeat]) -> None:
        for heartbeat in heartbeats:
            self.forget(performance_id, heartbeat.user_id)

    def _forget_line(self, performance_id: int) -> None:
        line = self._lines.pop(performance_id, None)
        if line is not None:
            self._count -= len(line.numbers)

    def _forget_oldest(self) -> None:
        """Forget a number of the line that was asked for the longest time ago."""
        performance_id, line = next(iter(self._lines.items()))
        line.numbers.popitem(last=False)
        self._count -= 1
        if not line.numbers:
            del self._lines[performance_id]


kept_positions = PerLoop(lambda: KeptPositions(boards()))
"""Returns the positions that the running event loop keeps."""


async def close_kept_positions() -> None:
    """Tell Redis who has asked, for the end of the process."""
    await kept_positions().heartbeats.close()
