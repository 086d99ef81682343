"""Who sends messages that are about no order of ours, or lack their secret: a few are looked up, and no more.

A message is paid for from its address's budget before it is looked up, and gets back what it paid when it turns out
to be ours; so as many as come at once pass no more often than one after the other. True ones are never refused for
it: where the budget is used up they wait for those of the same address that are being looked up. Each that turns out
true lets one more be looked up at once, until the address sends a false one.

Counted by each process for itself, so that a burst of true messages costs no call of Redis for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import cache

from django.conf import settings

from apps.common.budgets import OwnBudgets, SpenderArgs, spenders
from apps.common.errors import TooManyRequests
from apps.common.event_loop.per_loop import PerLoop

NAME = "foreign webhooks"
MOST_EARNED = 1_000  # places of one address, beside its budget


class Fate(Enum):
    """What became of a message."""

    KEPT = "kept"
    REPEATED = "known already"
    FOREIGN = "about no order of ours, or without its secret"


@dataclass
class LookUp:
    """One message that is being looked up; its fate is to be told, or else it counts as foreign."""

    fate: Fate = Fate.FOREIGN


@contextmanager
def looking_up(network: str | None) -> Iterator[LookUp]:
    """Pay for a message that is looked up by a thread: they are few, so that none has to wait for another.

    Raises:
        TooManyRequests: the address has sent too much that is not ours.
    """
    who, lookup = _who(network), LookUp()
    if wait := _counted().spend(NAME, who):
        raise TooManyRequests(retry_after=wait)
    try:
        yield lookup
    except Exception:
        _counted().give_back(NAME, who)  # whose it is was not found out
        raise
    if lookup.fate is not Fate.FOREIGN:
        _counted().give_back(NAME, who)


class _Sender:
    """One address whose messages are looked up, and the places that its true ones have earned."""

    def __init__(self, who: SpenderArgs) -> None:
        self.here = 0
        self._who = who
        self._looked_up = 0
        self._earned = 0
        self._settled = asyncio.Event()

    async def enter(self) -> bool:
        """Return when a message may be looked up, and whether by a place that was earned. Raises TooManyRequests."""
        while not self._earned:
            wait = _counted().spend(NAME, self._who)
            if not wait:
                self._looked_up += 1
                return False
            if not self._looked_up:
                raise TooManyRequests(retry_after=wait)
            await self._settled.wait()
        self._earned -= 1
        self._looked_up += 1
        return True

    def settle(self, fate: Fate | None, *, is_earned: bool) -> None:
        """Take in what became of a message; None where that was not found out."""
        self._looked_up -= 1
        if fate is Fate.FOREIGN:
            self._earned = 0
            if is_earned:
                _counted().spend(NAME, self._who)
        else:
            if not is_earned:
                _counted().give_back(NAME, self._who)
            self._earned = min(self._earned + is_earned + (fate is not None), MOST_EARNED)
        self._settled.set()  # in the turn in which the others of a batch settle, too
        self._settled = asyncio.Event()


class Senders:
    """The addresses whose messages are looked up on one event loop."""

    def __init__(self) -> None:
        self._senders: dict[str, _Sender] = {}

    async def look_up(self, network: str | None, look: Callable[[], Awaitable[Fate]]) -> Fate:
        """Return what became of a message, as `look` says.

        One whose sender goes away before that counts as foreign: going away is not to be a way round it.

        Raises:
            TooManyRequests: the address has sent too much that is not ours.
        """
        who = _who(network)
        if network is None or not who:
            return await look()
        sender = self._senders.setdefault(network, _Sender(who))
        sender.here += 1
        try:
            return await _look_up(sender, look)
        finally:
            sender.here -= 1
            if not sender.here:
                del self._senders[network]


async def _look_up(sender: _Sender, look: Callable[[], Awaitable[Fate]]) -> Fate:
    is_earned = await sender.enter()
    fate: Fate | None = Fate.FOREIGN
    try:
        fate = await look()
    except Exception:
        fate = None
        raise
    finally:
        sender.settle(fate, is_earned=is_earned)
    return fate


senders = PerLoop(Senders)
"""Those of the running event loop."""


def _who(network: str | None) -> SpenderArgs:
    rates = settings.REQUEST_RATES["webhooks"]
    return spenders({"address": rates["address"]}, account=None, network=network)


@cache
def _counted() -> OwnBudgets:
    return OwnBudgets()
