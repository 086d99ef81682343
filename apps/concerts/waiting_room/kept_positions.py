"""Where those stand who wait, far from their turn: told without Redis.

What Redis has said once, a number in a line, is one's own until one leaves, goes in or the line is lost. So a process
keeps it; the rest of an answer follows from it and from what the line tells everybody (far_in_line.py). That somebody
has asked is told to Redis within a second (heartbeats.py), and Redis tells then whose number counts no more.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable

import msgspec

from apps.common.event_loop.per_loop import PerLoop
from apps.concerts.errors import LineNotReady
from apps.concerts.waiting_room.board import Board, Boards, boards
from apps.concerts.waiting_room.far_in_line import FarInLine
from apps.concerts.waiting_room.heartbeats import Heartbeats
from apps.concerts.waiting_room.queue_token import QueueToken, sign_queue_token
from apps.concerts.waiting_room.store import QueuePosition

MOST_KEPT = 100_000  # numbers, of all lines: some 30 MB
BOARD_SECONDS = 0.25  # how old may be what the line told everybody: its pages ask as soon as they are called
SIGNED_FOR_SECONDS = 600  # a place is told again as it was signed; it counts for hours


class _Kept(msgspec.Struct, gc=False):
    """A number, and the place that was signed for it last."""

    number: int
    place: bytes = b""
    signed_at: float = 0.0


class _Line:
    """The numbers that are known in one line, by user, and how it stood when it was looked at last."""

    __slots__ = ("begins_at", "epoch", "far", "good_until", "numbers")

    def __init__(self, epoch: tuple[int, int]) -> None:
        self.epoch = epoch
        self.numbers: OrderedDict[int, _Kept] = OrderedDict()
        self.far: FarInLine | None = None
        self.begins_at = 0.0  # the event loop's clock, in unix seconds by Redis' clock
        self.good_until = 0.0  # by the event loop's clock


class KeptPositions:
    """The numbers that one event loop keeps, `most` at most: the last ones, of the lines that were asked for last.

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

    async def answer(self, performance_id: int, user_id: int) -> bytes | None:
        """Count somebody as present, and return where they stand, as JSON; None where Redis has to be asked.

        Raises:
            ServiceUnavailable: Redis is away.
        """
        line = self._lines.get(performance_id)
        if line is None or user_id not in line.numbers or self.heartbeats.is_behind:
            return None
        if self._clock() >= line.good_until:
            line = await self._looked_at(performance_id)
            if line is None:
                return None
        kept, far = line.numbers.get(user_id), line.far
        if kept is None or far is None:
            return None
        now = line.begins_at + self._clock()
        figures = far.figures(kept.number, now)
        if figures is None:
            return None
        if now >= kept.signed_at + SIGNED_FOR_SECONDS:
            token = QueueToken(kept.number, int(now))
            kept.place = sign_queue_token(token, performance_id=performance_id, user_id=user_id).encode()
            kept.signed_at = now
        self.heartbeats.note(performance_id, user_id, kept.number, figures.present_until)
        return figures.answer(kept.number, kept.place, far.of_all)

    async def _looked_at(self, performance_id: int) -> _Line | None:
        """Return a line as it stands now, if what is kept of it counts."""
        board: Board | None = self._boards.fresh(performance_id, seconds=BOARD_SECONDS)
        if board is None:
            try:
                board = await self._boards.read(performance_id)
            except LineNotReady:
                self._forget_line(performance_id)
                return None
        line = self._lines.get(performance_id)
        if line is None:
            return None
        if board.far is None or board.far.epoch != line.epoch:
            self._forget_line(performance_id)
            return None
        self._lines.move_to_end(performance_id)
        line.far, line.good_until = board.far, board.read_at + BOARD_SECONDS
        line.begins_at = board.far.at - board.read_at
        return line

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
        self.forget(performance_id, user_id)
        line.numbers[user_id] = _Kept(position.number)
        self._count += 1
        self._lines.move_to_end(performance_id)
        while self._count > self._most:
            self._forget_oldest()

    def forget(self, performance_id: int, user_id: int) -> None:
        """Have Redis asked about somebody the next time."""
        line = self._lines.get(performance_id)
        if line is not None and line.numbers.pop(user_id, None) is not None:
            self._count -= 1

    def _forget_all(self, performance_id: int, user_ids: Iterable[int]) -> None:
        for user_id in user_ids:
            self.forget(performance_id, user_id)

    def _forget_line(self, performance_id: int) -> None:
        line = self._lines.pop(performance_id, None)
        if line is not None:
            self._count -= len(line.numbers)

    def _forget_oldest(self) -> None:
        """Forget a number of the line that was asked for the longest time ago."""
        performance_id, line = next(iter(self._lines.items()))
        if line.numbers:
            line.numbers.popitem(last=False)
            self._count -= 1
        if not line.numbers:
            del self._lines[performance_id]


kept_positions = PerLoop(lambda: KeptPositions(boards()))
"""Returns the positions that the running event loop keeps."""


async def close_kept_positions() -> None:
    """Tell Redis who has asked, for the end of the process."""
    await kept_positions().heartbeats.close()
