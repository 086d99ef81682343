"""What an attacker knows and is, as the attacking process is told it; and what it was told in return."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable

import msgspec

from bench.attacks.wire import Address

STATUS, CODE = re.compile(rb'"status":(\d{3})'), re.compile(rb'"code":"(\w+)"')
STILL_OPEN, DROPPED, CLOSED = "still open", "dropped", "closed"

Answers = Counter[str]


class Account(msgspec.Struct, frozen=True):
    """One of the attacker's, with a conversation of its own."""

    user_id: int
    token: str
    session_id: int


class Target(msgspec.Struct, frozen=True):
    """`foreign_session_id` is somebody else's conversation, `no_session_id` nobody's; the performance has no line.

    `forwarded` is the header by which the attacker's address is known: `TRUSTED_PROXIES` is 1.
    """

    host: str
    port: int
    forwarded: str
    accounts: list[Account]
    foreign_session_id: int
    no_session_id: int
    performance_id: int
    seat_ids: list[int]

    @property
    def address(self) -> Address:
        return Address(self.host, self.port)


class Effort(msgspec.Struct, frozen=True):
    """How long an attack goes on, and the part of its full size that it has."""

    seconds: float
    part: float = 1.0

    def of(self, number: int) -> int:
        """Return how many of `number` there are."""
        return max(1, round(number * self.part))

    def ends_at(self) -> float:
        """Return when to stop, by the event loop's clock."""
        return asyncio.get_running_loop().time() + self.seconds


Play = Callable[[Target, Effort], Awaitable[Answers]]


class Attack(msgspec.Struct, frozen=True):
    """One kind; `seconds` where it needs longer than others to be answered."""

    name: str
    play: Play
    seconds: float = 0.0


def word_of(frame: bytes) -> str:
    """Return a STOMP frame, or a problem document, in a word or two: its status and code, or else its command."""
    code = CODE.search(frame)
    if code is None:
        return frame.lstrip().partition(b"\n")[0].decode(errors="replace").strip()[:40]
    status = STATUS.search(frame)
    return f"{status[1].decode() if status else ''} {code[1].decode()}".strip()
