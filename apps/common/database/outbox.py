"""Work that follows a commit: kept with it, started at once, repeated until it has succeeded.

The row is written in the caller's transaction, so the work is neither lost with a crash after the
commit nor done for a commit that never was. It is deleted by the run that succeeds; a run that
fails or dies leaves it for `relay`, which repeats it with growing pauses. Work is therefore done
at least once, and every handler is written to do no harm twice.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
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

_handlers: dict[str, Handler] = {}


def handles(name: str) -> Callable[[Handler], Handler]:
    """Register the function that does the work called `name`; arguments are JSON values by keyword."""

    def register(handler: Handler) -> Handler:
        _handlers[name] = handler
        return handler

    return register


def enqueue(name: str, **arguments: Any) -> None:
    """Promise, within the caller's transaction, that the work called `name` will be done.

    After the commit it is tried once on the spot, since customers are waiting to see its effect.
    """
    if name not in _handlers:
        raise LookupError(f"nothing handles {name!r}")
    message = OutboxMessage.objects.create(task=name, arguments=arguments, next_attempt_at=Now() + FIRST_PAUSE)
    transaction.on_commit(lambda: _run(message.pk, name, arguments, attempts=0), robust=True)


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
        taken = OutboxMessage.objects.filter(pk=message.pk, attempts=message.attempts).update(
            attempts=F("attempts") + 1, next_attempt_at=Now() + _pause(message.attempts)
        )
        if taken:
            done += _run(message.pk, message.task, message.arguments, attempts=message.attempts + 1)
    return done


def publish(topic: str, payload: bytes) -> None:
    """Tell whoever listens on `topic`, once the transaction has committed; at most once, never an error."""
    transaction.on_commit(lambda: sync_redis().publish(f"topic:{topic}", payload), robust=True)


def _run(pk: int, name: str, arguments: dict[str, Any], *, attempts: int) -> bool:
    try:
        _handlers[name](**arguments)
    except Exception as error:  # noqa: BLE001 - the edge of the process: whatever failed is repeated
        logger.warning("outbox %s #%s failed (attempt %s): %s", name, pk, attempts, error)
        OutboxMessage.objects.filter(pk=pk).update(last_error=f"{type(error).__name__}: {error}"[:255])
        return False
    OutboxMessage.objects.filter(pk=pk).delete()
    return True


def _pause(attempts: int) -> timedelta:
    return min(FIRST_PAUSE * 2**attempts, LONGEST_PAUSE)
