"""Where somebody stands who is far from their turn: from their number and what a line tells everybody.

The scripts say the same (`wait_on` in visit.lua, line.lua), and have the word on all who are nearer. A waiting crowd
asks this and hardly anything else, so it is written for speed: what is the same for all is worked out once.
"""

from __future__ import annotations

import struct
from math import ceil
from random import random

import msgspec

from apps.common.fastlane.responses import encode

NEAR_SECONDS = 10  # at the full rate: by then they have been told when to ask, have asked, and were counted as present
NEAR_PEOPLE = 100  # a slow line passes over so many absent ones at once

# These are said in line.lua, too.
SHORTEST_POLL, LONGEST_POLL = 2, 60  # seconds
POLLS_PER_WAIT = 1.5
JITTER = 0.15
ABSENCE_GRACE, LONGEST_GRACE = 10, 40  # seconds
PROMISED_PER_RETURNER = 9

LEAST_JITTER, JITTER_SPAN = 1 - JITTER, 2 * JITTER
LONGEST_JITTER = 1 + JITTER

# The members of PlaceInLine (fast.py), in their order.
OWN = (
    b'{"status":"WAITING","number":%d,"position":%d,"ahead":%d,"behind":%d,"eta_seconds":%d,"poll_after_seconds":%d.%d,'
    b'"place":"%b","pass_expires_at":null,'
)
_PACKED = struct.Struct(">QQIIIIIiddddd")  # see board.lua


class _OfAll(msgspec.Struct):
    """The members of an answer that are the same for all."""

    now_serving: int
    rate: float
    mode: str
    seats_left: int | None


class Figures(msgspec.Struct, frozen=True, gc=False):
    """What is told to one person; `present_until` is when their presence ends, in unix seconds."""

    ahead: int
    behind: int
    eta_seconds: int
    poll_seconds: float
    present_until: int

    def answer(self, number: int, place: bytes, of_all: bytes) -> bytes:
        """Return it as JSON; `of_all` is FarInLine's."""
        ahead = self.ahead
        tenths = int(10 * self.poll_seconds * (LEAST_JITTER + JITTER_SPAN * random()))
        own = (number, ahead + 1, ahead, self.behind, self.eta_seconds, *divmod(tenths, 10), place)
        return OWN % own + of_all


class FarInLine(msgspec.Struct, frozen=True, gc=False):
    """A line whose mode is QUEUE, as it stood at one moment; times are unix seconds by Redis' clock.

    A number behind the gap, less `passed`, is how many people there are from the cursor up to its owner.
    """

    epoch: tuple[int, int]  # as in QueuePosition
    cursor: int
    gap_from: int
    gap_to: int
    passed: int
    returners: int
    waiting: int  # with the returners
    outflow: float  # people a second
    rate: float
    near: float  # people
    starts_at: float  # when the door is open, and those who are called are through
    opens_at: float
    at: float
    of_all: bytes

    @classmethod
    def read(cls, packed: bytes) -> FarInLine:
        """Read what board.lua has packed."""
        life, revision, next_number, cursor, gap_from, gap_to, returners, seats_left, *times = _PACKED.unpack(packed)
        outflow, rate, door_ends_at, opens_at, at = times
        of_all = _OfAll(cursor, rate, "QUEUE", None if seats_left < 0 else seats_left)
        return cls(
            epoch=(life, revision),
            cursor=cursor,
            gap_from=gap_from,
            gap_to=gap_to,
            passed=cursor + max(0, gap_to - max(cursor, gap_from)),
            returners=returners,
            waiting=returners + _count_people(cursor, next_number, gap_from, gap_to),
            outflow=outflow,
            rate=rate,
            near=max(NEAR_PEOPLE, NEAR_SECONDS * rate),
            starts_at=max(opens_at, door_ends_at),
            opens_at=opens_at,
            at=at,
            of_all=encode(of_all)[1:],
        )

    def figures(self, number: int, now: float) -> Figures | None:
        """Return what the owner of a number is told, and for how long that counts; None if they are near."""
        if number > self.gap_to:
            people = number - self.passed
        else:
            people = _count_people(self.cursor, number, self.gap_from, self.gap_to)
        if people <= self.near:
            return None
        ahead = people - 1
        if self.returners:
            ahead += min(self.returners, -(-ahead // PROMISED_PER_RETURNER))
        wait = (ahead + 1) / self.outflow
        soonest = ahead / self.rate
        if now < self.starts_at:
            wait = self.starts_at - now + wait
            soonest = max(0, self.opens_at - now) + soonest
        poll = wait / POLLS_PER_WAIT
        if poll > LONGEST_POLL:
            poll = LONGEST_POLL
        elif poll < SHORTEST_POLL:
            poll = SHORTEST_POLL
        poll = min(poll, SHORTEST_POLL + soonest)
        longest = LONGEST_JITTER * poll
        grace = longest + ABSENCE_GRACE
        present_until = ceil(now + (longest + (grace if grace < LONGEST_GRACE else LONGEST_GRACE)))
        behind = self.waiting - ahead - 1
        return Figures(ahead, behind if behind > 0 else 0, ceil(wait), poll, present_until)


def _count_people(cursor: int, number: int, gap_from: int, gap_to: int) -> int:
    """Count the people behind the cursor and up to a number: the free numbers of a gap are nobody's."""
    in_gap = min(number, gap_to) - max(cursor, gap_from)
    return number - cursor - max(0, in_gap) if number > cursor else 0
