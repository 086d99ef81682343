"""What owners have open, connections and subscriptions, counted over all web processes.

Each process counts its own, and writes its counts, never differences, into a hash of its own in Redis: nothing that
is lost on the way, or done twice, makes a count wrong for longer than until the next one. A process that is killed
gives no more signs of life, and what it had open no longer counts.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from apps.common.redis import is_away
from apps.stomp.budgets import store
from apps.stomp.budgets.bucket import Share

RENEW_SECONDS = 3.0
WRITTEN_AT_ONCE = 500
TRIES = 3  # to learn of all other processes

logger = logging.getLogger(__name__)


class Limit(NamedTuple):
    """How many places an owner may have, in all processes."""

    owner: str
    most: int


class OpenConnections:
    """The connections and subscriptions that owners have open in this process, and what it knows of the others."""

    def __init__(self, share: Share) -> None:
        self._key = store.places_key(secrets.token_hex(6))
        self._share = share
        self._counts: Counter[str] = Counter()
        self._others: tuple[str, ...] = ()
        self._changed: set[str] = set()
        self._is_unsure = False  # whether something may be written down wrong
        self._writing: asyncio.Task[None] | None = None
        self._living: asyncio.Task[None] | None = None

    def count(self, owner: str) -> int:
        """Return how many places an owner has in this process."""
        return self._counts[owner]

    async def take(self, limits: Sequence[Limit]) -> str | None:
        """Take a place of each owner, or none; return the owner that has none left."""
        owners = [limit.owner for limit in limits]
        self._counts.update(owners)
        full: str | None = ""
        try:
            full = next((one.owner for one in limits if self._counts[one.owner] > one.most), None)
            if full is None:
                full = await self._ask(limits)
        finally:
            if full is not None:
                self.give_back(owners)
        self._live()
        return full

    def give_back(self, owners: Sequence[str], *, times: int = 1) -> None:
        """Leave so many places of each owner."""
        for owner in owners:
            self._counts[owner] -= times
            if self._counts[owner] <= 0:
                del self._counts[owner]
        self._changed.update(owners)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def _ask(self, limits: Sequence[Limit]) -> str | None:
        """Return which owner has too many in all processes; those of this one alone count while Redis is away."""
        try:
            for _ in range(TRIES):
                wanted = [store.Wanted(owner, self._counts[owner], most) for owner, most in limits]
                try:
                    return await store.take_places(self._key, self._others, wanted)
                except store.OtherProcesses as others:
                    self._meet(others.keys)
        except Exception as error:
            if not is_away(error):
                raise
            logger.debug("places are counted in this process alone: %s", error)
        self._is_unsure = True
        return None

    async def _write(self) -> None:
        """Write down what has changed, as it is when it is sent."""
        while self._changed:
            owners, self._changed = self._changed, set()
            await self._write_down(list(owners))

    async def _write_down(self, owners: Sequence[str], *, anew: bool = False) -> None:
        try:
            for first in range(0, max(1, len(owners)), WRITTEN_AT_ONCE):  # once also where there are none any more
                some = owners[first : first + WRITTEN_AT_ONCE]
                await store.write_places(self._key, [(owner, self._counts[owner]) for owner in some], anew=anew)
                anew = False
        except Exception as error:
            if not is_away(error):
                raise
            logger.debug("places are not written down: %s", error)
            self._is_unsure = True

    def _live(self) -> None:
        """Give signs of life for as long as anything is open."""
        if self._counts and (self._living is None or self._living.done()):
            self._living = asyncio.get_running_loop().create_task(self._renew_again_and_again())

    async def _renew_again_and_again(self) -> None:
        while self._counts:
            await asyncio.sleep(RENEW_SECONDS)
            await self.renew()

    async def renew(self) -> None:
        """Give a sign of life; write all down anew where it may be wrong, or is not there any more."""
        try:
            written, living = await store.renew_lease(self._key)
        except Exception as error:
            if not is_away(error):
                raise
            logger.debug("no sign of life was given: %s", error)
            self._is_unsure = True
            return
        self._meet(living)
        if self._is_unsure or written != len(self._counts):
            self._is_unsure = False
            await self._write_down(list(self._counts), anew=True)

    def _meet(self, living: Sequence[str]) -> None:
        """Know the processes that live, and divide with them what is spent without asking."""
        self._others = tuple(key for key in living if key != self._key)
        self._share.divide(1 + len(self._others))
