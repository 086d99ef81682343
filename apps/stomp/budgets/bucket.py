"""What one owner may spend in time: SENDs, or bytes.

A part of the budget belongs to the processes, to each its share, and is spent without asking anybody: that is all
that most people ever need. The rest is kept in Redis for all of them, and drawn from there in lumps.
"""

from __future__ import annotations

import asyncio
import logging
import math

from apps.common.errors import TooManyRequests
from apps.common.redis import is_away
from apps.stomp.budgets import store
from apps.stomp.budgets.allowance import Rate
from apps.stomp.counters import counters

OWN_PART = 0.2  # of a budget, for all processes together
LUMP = 0.1  # of a budget's burst, at a time
PAUSE_SECONDS = 0.1  # at most, after a refusal, until Redis is asked again

logger = logging.getLogger(__name__)


class OverBudget(TooManyRequests):
    """Somebody has used up what an account or an address may use; counted when it is made."""

    def __init__(self, resource: str, of: str, *, retry_after: float) -> None:
        counters.over_budget[resource, of] += 1
        detail = f"This {of} has used up its budget of {resource}."
        super().__init__(detail, retry_after=retry_after, budget=resource, of=of)


class Refilling:
    """A part of a budget that this process keeps by itself; it is full when it is looked at first."""

    __slots__ = ("_at", "left")

    def __init__(self) -> None:
        self.left = 0.0
        self._at = -math.inf

    def refill(self, rate: Rate, part: float, now: float) -> None:
        """Add what has come back since the last time, up to the part that is kept here. More may be there already."""
        most = rate.burst * part
        if self.left < most:
            left = self.left + (now - self._at) * rate.per_second * part
            self.left = most if left > most else left
        self._at = now


class Share:
    """How much of each budget is this process's own: less, the more processes there are."""

    __slots__ = ("part",)

    def __init__(self) -> None:
        self.part = OWN_PART

    def divide(self, processes: int) -> None:
        self.part = OWN_PART / max(1, processes)


class Bucket:
    """One owner's budget of one resource, as far as this process may spend it.

    All processes together let through the burst and what comes back, and at most one lump for each that was drawn
    before and not spent. While Redis is away each of them spends what it would draw by itself.
    """

    __slots__ = (
        "_alone",
        "_drawing",
        "_here",
        "_loop",
        "_not_before",
        "_of",
        "_owner",
        "_resource",
        "_share",
        "_too_much",
        "rate",
    )

    def __init__(self, resource: str, *, owner: str, of: str, rate: Rate, share: Share) -> None:
        self._loop = asyncio.get_running_loop()
        self._resource = resource
        self._owner = owner
        self._of = of
        self._share = share
        self.rate = rate
        self._here = Refilling()
        self._alone: Refilling | None = None  # this and the next are made when they are needed, which is seldom
        self._drawing: asyncio.Lock | None = None
        self._too_much = self._not_before = 0.0

    @property
    def full_after_seconds(self) -> float:
        """How long nothing must be spent for the budget to be whole again."""
        return self.rate.burst / self.rate.per_second

    def spend(self, count: float, now: float) -> bool:
        """Spend what is there without asking; tell whether it was enough. `now` is the event loop's time."""
        here = self._here
        here.refill(self.rate, self._share.part, now)
        left = here.left
        if left < count:
            return False
        here.left = left - count
        return True

    def give_back(self, count: float) -> None:
        """Take back what was spent for something that another budget does not allow."""
        self._here.left += count

    async def obtain(self, count: float) -> None:
        """Spend, and draw what is missing; raise OverBudget where it cannot be had, and spend nothing then."""
        if self._drawing is None:
            self._drawing = asyncio.Lock()
        async with self._drawing:  # whoever comes meanwhile spends what is left of the lump
            if self.spend(count, self._loop.time()):
                return
            here = self._here
            missing = count - here.left
            if missing >= self._too_much and self._loop.time() < self._not_before:
                raise self._refusal(missing / self.rate.per_second)
            have, here.left = here.left, 0.0
            given = seconds = 0.0
            try:
                given, seconds = await self._draw(missing, max(missing, self.rate.burst * LUMP))
            finally:
                here.left += have + given
            if given < missing:
                self._too_much, self._not_before = missing, self._loop.time() + min(seconds, PAUSE_SECONDS)
                raise self._refusal(seconds)
            here.left -= count

    async def _draw(self, needed: float, wanted: float) -> tuple[float, float]:
        """Return (how many more may be spent, seconds until what is needed will be there)."""
        part = 1 - OWN_PART
        shared = (self.rate.per_second * part, self.rate.burst * part)
        try:
            return await store.draw(self._owner, self._resource, needed=needed, wanted=wanted, rate=shared)
        except Exception as error:
            if not is_away(error):
                raise
            logger.debug("%s of %s are counted in this process alone: %s", self._resource, self._owner, error)
        return self._draw_alone(needed, wanted, part)

    def _draw_alone(self, needed: float, wanted: float, part: float) -> tuple[float, float]:
        """Draw from what this process gives by itself: as Redis would."""
        alone = self._alone = self._alone or Refilling()
        alone.refill(self.rate, part, self._loop.time())
        if alone.left < needed:
            return 0.0, (needed - alone.left) / (self.rate.per_second * part)
        given = min(wanted, alone.left)
        alone.left -= given
        return given, 0.0

    def _refusal(self, seconds: float) -> OverBudget:
        return OverBudget(self._resource, self._of, retry_after=seconds)
