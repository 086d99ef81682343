"""Writes of one moment share one transaction, and each is answered after its COMMIT.

The event loop hands items over; one thread with a database connection of its own takes all that have
gathered while it was busy, gives them to a handler inside a transaction, commits, and answers. A slow
disk makes batches larger instead of queues longer.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from apps.common.database import failures
from apps.common.errors import ServiceUnavailable

BATCH_SIZE = 200
MAX_WAITING = 5_000
ATTEMPTS = 4
PAUSE_SECONDS = 0.01
PATIENCE_SECONDS = 5.0  # with a batch whose items have to be done one by one

Item = TypeVar("Item")
Result = TypeVar("Result")

logger = logging.getLogger(__name__)


class OutcomeUnknown(Exception):
    """The connection broke during COMMIT: read again what the database has, never guess."""


@dataclass(frozen=True, slots=True)
class _Submitted(Generic[Item, Result]):
    item: Item
    answer: asyncio.Future[Result]
    loop: asyncio.AbstractEventLoop


class JoinedCommits(Generic[Item, Result]):
    """Run `handler(items)` for the items of one moment in one transaction, in a thread of its own.

    The handler returns one result per item, in order; an exception among them is raised to that item's
    caller. What the handler does for an item it refuses is committed with the rest, so it refuses before
    it writes. When the batch as a whole fails, each item is done again in a transaction of its own, so
    that one bad item spoils no other; the handler has to bear that repetition.

    Where nobody waits for the answers `gather_seconds` lets items come together before the first is done. A handler
    that only reads (`writes=False`) needs no transaction.
    """

    def __init__(
        self,
        handler: Callable[[list[Item]], Sequence[Result | Exception]],
        *,
        name: str,
        batch_size: int = BATCH_SIZE,
        max_waiting: int = MAX_WAITING,
        gather_seconds: float = 0.0,
        writes: bool = True,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        self._handler = handler
        self._name = name
        self._batch_size = batch_size
        self._max_waiting = max_waiting
        self._gather_seconds = gather_seconds
        self._writes = writes
        self._using = using
        self._waiting: deque[_Submitted[Item, Result]] = deque()
        self._something = threading.Event()
        self._hurry = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = False

    async def submit(self, item: Item) -> Result:
        """Return the handler's result for `item` once it is committed.

        Raises ServiceUnavailable where too many wait already or the database is away (nothing is written
        then), OutcomeUnknown where the connection broke during COMMIT, IntegrityError and whatever else
        the handler raises for this item alone.
        """
        if len(self._waiting) >= self._max_waiting:
            raise ServiceUnavailable
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Result] = loop.create_future()
        self._waiting.append(_Submitted(item, answer, loop))
        if not self._something.is_set():
            self._wake()
        return await answer

    def close(self) -> None:
        """Commit what still waits and end the thread; a later `submit` starts it again."""
        with self._starting:
            if self._thread is None:
                return
            self._stopping = True
            self._hurry.set()
            self._something.set()
            self._thread.join()
            self._thread = None
            self._something.clear()
            self._hurry.clear()
        if self._waiting:  # it came while the thread was ending
            self._wake()

    def _wake(self) -> None:
        with self._starting:
            if self._thread is None:
                self._stopping = False
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._something.set()

    def _work(self) -> None:
        try:
            while not self._stopping or self._waiting:
                if not self._waiting:  # `close` sets `_something` once: what came behind that wakes nobody
                    self._something.wait()
                if self._gather_seconds:
                    self._hurry.wait(self._gather_seconds)
                self._something.clear()
                while self._waiting:
                    size = min(len(self._waiting), self._batch_size)
                    self._commit_and_answer([self._waiting.popleft() for _ in range(size)])
        finally:
            connections[self._using].close()

    def _commit_and_answer(self, batch: list[_Submitted[Item, Result]]) -> None:
        wanted = [one for one in batch if not one.answer.cancelled()]
        if not wanted:
            return
        outcomes = self._commit([one.item for one in wanted])
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Result], Result | Exception]]] = {}
        for one, outcome in zip(wanted, outcomes, strict=True):
            by_loop.setdefault(one.loop, []).append((one.answer, outcome))
        for loop, answers in by_loop.items():
            try:
                loop.call_soon_threadsafe(_answer, answers)
            except RuntimeError:
                logger.warning("%s: the event loop of %d answers has ended", self._name, len(answers))

    def _commit(self, items: list[Item]) -> Sequence[Result | Exception]:
        try:
            return self._in_transaction(items)
        except Exception as error:  # noqa: BLE001 - every failure belongs to a caller that waits for it
            nothing_to_repeat = len(items) == 1 and not _is_repeatable(error)
            if nothing_to_repeat or isinstance(error, OutcomeUnknown) or failures.cannot_connect(error):
                return [_refusal(error) for _ in items]
        return list(self._commit_one_by_one(items))

    def _commit_one_by_one(self, items: list[Item]) -> Iterator[Result | Exception]:
        """Do each item alone; once the database or the time is gone, refuse the rest without trying."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        gone = False
        for item in items:
            if gone or time.monotonic() > deadline:
                yield ServiceUnavailable()
                continue
            try:
                yield self._commit_alone(item)
            except Exception as error:  # noqa: BLE001 - every failure belongs to a caller that waits for it
                gone = failures.cannot_connect(error)
                yield _refusal(error)

    def _commit_alone(self, item: Item) -> Result | Exception:
        """Do one item in its own transaction, again while others hold its locks or the connection is lost."""
        for attempt in range(1, ATTEMPTS):
            try:
                return self._in_transaction([item])[0]
            except Exception as error:
                if not _is_repeatable(error):
                    raise
            time.sleep(PAUSE_SECONDS * 2**attempt * random.random())
        return self._in_transaction([item])[0]

    def _in_transaction(self, items: list[Item]) -> Sequence[Result | Exception]:
        """Return the outcomes once they are committed; raise where nothing is, or where that is unknown."""
        if not self._writes:
            return self._read(items)
        outcomes: Sequence[Result | Exception] | None = None
        committed = False

        def note_commit() -> None:
            nonlocal committed
            committed = True

        try:
            with transaction.atomic(using=self._using, durable=True):
                transaction.on_commit(note_commit, using=self._using)
                outcomes = list(self._handler(items))
                if len(outcomes) != len(items):
                    outcomes = None
                    raise TypeError(f"{self._name} answered {outcomes!r} to {len(items)} items")
        except Exception as error:
            if committed and outcomes is not None:
                logger.exception("%s: a hook after the commit failed", self._name)
                return outcomes
            if failures.is_lost(error):
                connections[self._using].close()
                if outcomes is not None:
                    raise OutcomeUnknown from error
            raise
        return outcomes

    def _read(self, items: list[Item]) -> Sequence[Result | Exception]:
        try:
            return self._handler(items)
        except Exception as error:
            if failures.is_lost(error):
                connections[self._using].close()
            raise


def _answer(answers: Sequence[tuple[asyncio.Future[Result], Result | Exception]]) -> None:
    """Answer a whole batch in one turn of its event loop."""
    for future, outcome in answers:
        if future.done():
            continue
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)


def _is_repeatable(error: Exception) -> bool:
    return failures.is_locked(error) or failures.is_lost(error)


def _refusal(error: Exception) -> Exception:
    """Return what one caller is told; each gets an exception of its own, for its own traceback."""
    if isinstance(error, OutcomeUnknown):
        refusal: Exception = OutcomeUnknown()
    elif failures.is_away(error):
        refusal = ServiceUnavailable()
    else:
        return error
    refusal.__cause__ = error
    return refusal
