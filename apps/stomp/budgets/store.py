"""What the web processes know of each other's budgets, in Redis.

| key | holds |
| --- | --- |
| `stomp-processes:{stomp}` | sorted set: the next key of each process that has places, by the end of its lease |
| `stomp-places:{stomp}:PROCESS` | hash: how many places each owner has in that process; it expires with its process |
| `stomp-budget:{OWNER}:RESOURCE` | hash: what is left of a budget that is spent in time; gone once it is full again |
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from apps.common.redis.scripts import load_script

LEASE_SECONDS = 10.0  # what a process has open counts for so long after its last sign of life
PROCESSES = "stomp-processes:{stomp}"

_draw = load_script(__file__, "draw.lua")
_take_places = load_script(__file__, "take_places.lua")
_write_places = load_script(__file__, "write_places.lua")
_renew_lease = load_script(__file__, "renew_lease.lua")


class Wanted(NamedTuple):
    """A place of an owner: `taken` counts those of this process with the new one, `most` is the limit for all."""

    owner: str
    taken: int
    most: int


class OtherProcesses(Exception):
    """There are processes that the caller did not name; `keys` are those of all that live."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__()
        self.keys = keys


def places_key(process: str) -> str:
    return f"stomp-places:{{stomp}}:{process}"


async def draw(
    owner: str, resource: str, *, needed: float, wanted: float, rate: tuple[float, float]
) -> tuple[float, float]:
    """Return (how many were given, seconds until what is needed will be there); `rate` is (a second, at most)."""
    given, seconds = await _draw.arun([f"stomp-budget:{{{owner}}}:{resource}"], [needed, wanted, *rate])
    return float(given), float(seconds)


async def take_places(own: str, others: Iterable[str], wanted: Iterable[Wanted]) -> str | None:
    """Take all places that are wanted, or none; return the owner that has too many. Raises OtherProcesses.

    `own` is the key of this process, `others` are those of the others.
    """
    answer, *rest = await _take_places.arun(
        [PROCESSES, own, *others], [LEASE_SECONDS, *(item for one in wanted for item in one)]
    )
    if answer == b"PROCESSES":
        raise OtherProcesses([key.decode() for key in rest])
    return rest[0].decode() if answer == b"FULL" else None


async def write_places(own: str, counts: Iterable[tuple[str, int]], *, anew: bool = False) -> None:
    """Write down how many places owners have in this process, instead of all that was written or beside it."""
    pairs = [item for pair in counts for item in pair]
    await _write_places.arun([own], [LEASE_SECONDS, "anew" if anew else "", *pairs])


async def renew_lease(own: str) -> tuple[int, list[str]]:
    """Give a sign of life; return how many owners are written down for this process, and the keys of all that live."""
    owners, *living = await _renew_lease.arun([PROCESSES, own], [LEASE_SECONDS])
    return owners, [key.decode() for key in living]
