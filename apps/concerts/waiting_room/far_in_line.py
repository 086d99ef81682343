"""Where somebody stands who is far from their turn: from their number and what a line tells everybody.

The scripts say the same (`wait_on` in visit.lua, line.lua), and have the word on all who are nearer.
"""

from __future__ import annotations

import struct
from math import ceil, floor

import msgspec

from apps.concerts.waiting_room.store import QueuePosition

NEAR_SECONDS = 10  # at the full rate: by then they have been told when to ask, have asked, and were counted as present
NEAR_PEOPLE = 100  # a slow line passes over so many absent ones at once

# These are said in line.lua, too.
SHORTEST_POLL, LONGEST_POLL = 2, 60  # seconds
POLLS_PER_WAIT = 1.5
JITTER = 0.15
ABSENCE_GRACE, LONGEST_GRACE = 10, 40  # seconds
PROMISED_PER_RETURNER = 9

_PACKED = struct.Struct(">QQIIIIIiddddd")  # see board.lua


class FarInLine(msgspec.Struct, frozen=True, gc=False):
    """A line whose mode is QUEUE, as it stood at one moment; times are unix seconds by Redis' clock."""

    epoch: tuple[int, int]  # as in QueuePosition
    cursor: int
    gap_from: int
    gap_to: int
    returners: int
    waiting: int  # with the returners
    seats_left: int | None
    outflow: float  # people a second
    rate: float
    starts_at: float  # when the door is open, and those who are called are through
    opens_at: float
    at: float

    @classmethod
    def read(cls, packed: bytes) -> FarInLine:
        """Read what board.lua has packed."""
        life, revision, next_number, cursor, gap_from, gap_to, returners, seats_left, *times = _PACKED.unpack(packed)
        outflow, rate, door_ends_at, opens_at, at = times
        return cls(
            epoch=(life, revision),
            cursor=cursor,
            gap_from=gap_from,
            gap_to=gap_to,
            returners=returners,
            waiting=returners + _count_people(cursor, next_number, gap_from, gap_to),
            seats_left=None if seats_left < 0 else seats_left,
            outflow=outflow,
            rate=rate,
            starts_at=max(opens_at, door_ends_at),
            opens_at=opens_at,
            at=at,
        )

    def position(self, number: int, now: float) -> tuple[QueuePosition, int] | None:
        """Return where the owner of a number stands, and until when they count as present; None if they are near."""
        people = _count_people(self.cursor, number, self.gap_from, self.gap_to)
        if people <= NEAR_PEOPLE or people <= NEAR_SECONDS * self.rate:
            return None
        ahead = people - 1
        ahead += min(self.returners, -(-ahead // PROMISED_PER_RETURNER))
        wait = max(now, self.starts_at) - now + (ahead + 1) / self.outflow
        soonest = max(0, self.opens_at - now) + ahead / self.rate
        poll = min(LONGEST_POLL, max(SHORTEST_POLL, wait / POLLS_PER_WAIT), SHORTEST_POLL + soonest)
        longest = (1 + JITTER) * poll
        present_until = ceil(now + (longest + min(longest + ABSENCE_GRACE, LONGEST_GRACE)))
        position = QueuePosition(
            "WAITING",
            number,
            ahead,
            max(0, self.waiting - ahead - 1),
            ceil(wait),
            floor(1000 * poll) / 1000,
            None,
            "QUEUE",
            self.rate,
            self.cursor,
            int(now),
            self.seats_left,
            self.epoch,
        )
        return position, present_until


def _count_people(cursor: int, number: int, gap_from: int, gap_to: int) -> int:
    """Count the people behind the cursor and up to a number: the free numbers of a gap are nobody's."""
    in_gap = min(number, gap_to) - max(cursor, gap_from)
    return number - cursor - max(0, in_gap) if number > cursor else 0
