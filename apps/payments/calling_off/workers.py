"""Threads that carry refunds out side by side, at the pace that the provider bears."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from threading import Lock, Thread

from django.db import Error, connections

from apps.common.errors import DomainError
from apps.payments.calling_off.pace import Pace
from apps.payments.gateway.port import GatewayError

logger = logging.getLogger(__name__)

Work = Callable[[], str]
"""Does one thing; returns the code of the provider's trouble, or nothing."""

TRIES_IN_A_RUN = 2


class Workload:
    """What is to be done: what is known at first, then what `more` finds, which one thread at a time asks."""

    def __init__(self, first: Iterable[Work], *, more: Callable[[], Iterable[Work]]) -> None:
        self._waiting = deque((work, 1) for work in first)
        self._more = more
        self._has_more = True
        self._lock = Lock()

    def take(self) -> tuple[Work, int] | None:
        """Return the next thing with the number of its try; None where nothing is left."""
        with self._lock:
            if not self._waiting and self._has_more:
                self._waiting.extend((work, 1) for work in self._more())
                self._has_more = bool(self._waiting)
            return self._waiting.popleft() if self._waiting else None

    def put_back(self, work: Work, tries: int) -> None:
        """Have it tried once more in this run; the next run does it otherwise."""
        if tries < TRIES_IN_A_RUN:
            with self._lock:
                self._waiting.append((work, tries + 1))


class Workers:
    """Some threads at one workload; each closes its connection to the database at its end."""

    def __init__(self, count: int, workload: Workload, pace: Pace) -> None:
        self._workload = workload
        self._pace = pace
        self.trouble = ""
        """What the provider said last that it cannot do now."""
        self._threads = [Thread(target=self._run, name=f"calling off {number}") for number in range(count)]
        for thread in self._threads:
            thread.start()

    def are_at_it(self, *, within_seconds: float) -> bool:
        """Wait for the end, for so long at most; tell whether some are still at work."""
        for thread in self._threads:
            thread.join(within_seconds)
            if thread.is_alive():
                return True
        return False

    def _run(self) -> None:
        try:
            while self._pace.enter() and self._do_one():
                pass
        finally:
            connections.close_all()

    def _do_one(self) -> bool:
        went_well: bool | None = None
        try:
            taken = self._workload.take()
            if taken is None:
                return False
            work, tries = taken
            trouble = _do(work)
            went_well = not trouble
            if trouble:
                self.trouble = trouble
                self._workload.put_back(work, tries)
        except Error:  # the database: the next run goes on
            logger.exception("the calling off of a performance stops for the moment")
            return False
        finally:
            self._pace.leave(went_well=went_well)
        return True


def _do(work: Work) -> str:
    """Do one thing; one order's trouble is not the others', and the next run tries it again."""
    try:
        return work()
    except GatewayError as error:
        return error.provider_code
    except (DomainError, Error):
        logger.exception("an order of a performance that is called off could not be settled")
        return ""


def all_of(do: Callable[..., str], subjects: Iterable[object]) -> list[Work]:
    """Return the work of doing something to each of some things."""
    return [partial(do, subject) for subject in subjects]
