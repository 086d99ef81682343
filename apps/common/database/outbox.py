"""Work that follows a commit: kept with it, started at once, repeated until it has succeeded.

The row is written in the caller's transaction, so the work is neither lost with a crash after the
commit nor done for a commit that never was. It is deleted by the run that succeeds; a run that
fails or dies leaves it for `relay`, which repeats it with growing pauses. Work is therefore done
at least once, and every handler is written to do no harm twice.

Work that promises itself again, at once or by way of other work, is not begun anew on the spot: it waits for `relay`
like work that has failed, with pauses that grow from turn to turn, and after `MOST_TURNS` it is refused. So nothing
that a handler does can call itself without end within the request of whoever came first.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from apps.common.database import plain_sql
from apps.common.models import OutboxMessage
from apps.common.redis import sync_redis

logger = logging.getLogger(__name__)

Handler = Callable[..., None]

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=5)
LONGEST_TURN = timedelta(days=1)  # between two turns of work that promises itself again
MOST_NESTED = 8  # work that follows work that follows work, on the spot; what comes deeper waits for `relay`
MOST_DOUBLINGS = 20  # beyond the longest pause; more would be longer than a timedelta can be
MOST_TURNS = 20  # six days, with these pauses

_handlers: dict[str, Handler] = {}


class TooManyTurns(Exception):
    """Work has promised itself again and again, and came to no end."""


class _Run(NamedTuple):
    """Work that is being done: its name, its arguments as text, and how many runs of it there were before."""

    name: str
    arguments: str
    attempts: int


_under_way: ContextVar[tuple[_Run, ...]] = ContextVar("outbox_under_way", default=())


def handles(name: str) -> Callable[[Handler], Handler]:
    """Register the function that does the work called `name`; arguments are JSON values by keyword."""

    def register(handler: Handler) -> Handler:
        _handlers[name] = handler
        return handler

    return register


def enqueue(name: str, **arguments: Any) -> None:
    """Promise, within the caller's transaction, that the work called `name` will be done.

    After the commit it is tried once on the spot, since customers are waiting to see its effect; what is being done
    already, and promises itself again, waits for `relay`.

    Raises:
        TooManyTurns: it has done so too often.
    """
    _known(name)
    same = next((run for run in _under_way.get() if (run.name, run.arguments) == (name, _as_text(arguments))), None)
    if same is not None:
        _take_turns(same, arguments)
        return
    message_id = promise(name, **arguments)
    if len(_under_way.get()) < MOST_NESTED:
        transaction.on_commit(lambda: _run(message_id, name, arguments, attempts=0), robust=True)


def promise(name: str, **arguments: Any) -> int:
    """Promise work within the caller's transaction, and leave the first try to the caller or `relay`; return its id.

    A caller that has done it calls `forget`; else `relay` does it after `FIRST_PAUSE`.
    """
    _known(name)
    message = OutboxMessage.objects.create(task=name, arguments=arguments, next_attempt_at=Now() + FIRST_PAUSE)
    return int(message.pk)


def _known(name: str) -> None:
    if name not in _handlers:
        raise LookupError(f"nothing handles {name!r}")


def attempts_before() -> int:
    """Return how many runs there were before this one, for the handler that is being run: 0 in the first.

    A request whose answer would be repeated for ever under its idempotency key takes it into the key.
    """
    under_way = _under_way.get()
    return under_way[-1].attempts if under_way else 0


class Promised(NamedTuple):
    """Work that is promised by `statements`; the last of them reads the messages' ids for `ids_of`."""

    statements: list[plain_sql.Statement]
    arguments: list[str]

    def ids_of(self, result: plain_sql.Result) -> list[int]:
        """Return the ids of the messages, in the order of the arguments."""
        ids = {_as_text(json.loads(kept)): pk for pk, kept in result.rows}
        return [ids[text] for text in self.arguments]


def promise_many(name: str, arguments: Sequence[Mapping[str, Any]], *, now: datetime) -> Promised:
    """Promise work of one name by two statements for the caller's transaction, and leave the first try to the caller.

    The caller calls `forget` with what has succeeded; `relay` repeats the rest from `FIRST_PAUSE` on. No two of
    `arguments` may be the same; `now` is the database's time.
    """
    if name not in _handlers:
        raise LookupError(f"nothing handles {name!r}")
    texts = [_as_text(one) for one in arguments]
    created, due = plain_sql.moment(now), plain_sql.moment(now + FIRST_PAUSE)
    insert = plain_sql.inserting(
        OutboxMessage,
        ("task", "arguments", "created_at", "attempts", "next_attempt_at", "last_error"),
        [(name, text, created, 0, due, "") for text in texts],
    )
    select = plain_sql.Statement(
        f"SELECT id, arguments FROM {plain_sql.table(OutboxMessage)} WHERE next_attempt_at = %s AND task = %s",  # noqa: S608
        (due, name),
    )
    return Promised([*insert, select], texts)


def _as_text(arguments: Mapping[str, Any]) -> str:
    return json.dumps(dict(arguments), sort_keys=True)


def forget(ids: Iterable[int]) -> None:
    """Delete messages whose work has succeeded."""
    done = list(ids)
    plain_sql.execute(f"DELETE FROM {plain_sql.table(OutboxMessage)} WHERE id IN ({plain_sql.marks(done)})", done)  # noqa: S608


def relay(*, limit: int = 100) -> int:
    """Repeat what is due; return how many succeeded. Several relays at once do no harm."""
    done = 0
    due = OutboxMessage.objects.filter(next_attempt_at__lte=Now()).order_by("next_attempt_at")[:limit]
    for message in due:
        done += _take_and_run(message)
    return done


def try_now(ids: Collection[int]) -> int:
    """Do the work of messages that `promise_many` has stored, and that nobody has begun; return how many succeeded."""
    fresh = OutboxMessage.objects.filter(pk__in=ids, attempts=0).order_by("pk")
    return sum(_take_and_run(message) for message in fresh)


def publish(topic: str, payload: bytes) -> None:
    """Tell whoever listens on `topic`, once the transaction has committed; at most once, never an error."""
    transaction.on_commit(lambda: sync_redis().publish(f"topic:{topic}", payload), robust=True)


def _take_and_run(message: OutboxMessage) -> bool:
    """Do a message's work unless another run has taken it."""
    taken = OutboxMessage.objects.filter(pk=message.pk, attempts=message.attempts).update(
        attempts=F("attempts") + 1, next_attempt_at=Now() + _pause(message.attempts)
    )
    return bool(taken) and _run(message.pk, message.task, message.arguments, attempts=message.attempts + 1)


def _run(pk: int, name: str, arguments: dict[str, Any], *, attempts: int) -> bool:
    try:
        with _noted(_Run(name, _as_text(arguments), attempts)):
            _handlers[name](**arguments)
    except Exception as error:  # noqa: BLE001 - the edge of the process: whatever failed is repeated
        logger.warning("outbox %s #%s failed (attempt %s): %s", name, pk, attempts, error)
        OutboxMessage.objects.filter(pk=pk).update(last_error=f"{type(error).__name__}: {error}"[:255])
        return False
    OutboxMessage.objects.filter(pk=pk).delete()
    return True


@contextmanager
def _noted(run: _Run) -> Iterator[None]:
    before = _under_way.set((*_under_way.get(), run))
    try:
        yield
    finally:
        _under_way.reset(before)


def _take_turns(run: _Run, arguments: Mapping[str, Any]) -> None:
    """Keep work that promises itself again for `relay`, at its next turn."""
    turn = run.attempts + 1
    if turn > MOST_TURNS:
        raise TooManyTurns(f"{run.name} {run.arguments}: {turn} turns")
    due_at = Now() + _pause(turn, longest=LONGEST_TURN)
    OutboxMessage.objects.create(
        task=run.name, arguments=dict(arguments), attempts=run.attempts, next_attempt_at=due_at
    )


def _pause(attempts: int, *, longest: timedelta = LONGEST_PAUSE) -> timedelta:
    return min(FIRST_PAUSE * 2 ** min(attempts, MOST_DOUBLINGS), longest)
