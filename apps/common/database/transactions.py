"""Transactions that are repeated as a whole where another one was in their way; docs/transactions.md says when."""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import Error, transaction

from apps.common.database.failures import is_locked

TRIES = 4
PAUSE_SECONDS = 0.02
PATIENCE_SECONDS = 15.0  # two waits for a lock (innodb_lock_wait_timeout), rather than four

Params = ParamSpec("Params")
Result = TypeVar("Result")


def in_transaction(work: Callable[[], Result]) -> Result:
    """Run `work` in a transaction; the whole of it again after a deadlock or a lock that took too long.

    `work` touches nothing but the database: never the provider, so a repeat charges nobody twice. What is to follow
    the commit it leaves to the outbox or to `on_commit`, whose hooks go with a transaction that is rolled back; once
    it has committed nothing is repeated, whatever a hook raises.

    Within another transaction it runs once: a deadlock has undone that one too, and whoever began it repeats it.
    """
    if transaction.get_connection().in_atomic_block:
        with transaction.atomic():
            return work()
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    for tries_left in reversed(range(TRIES)):
        committed = False

        def note_commit() -> None:
            nonlocal committed
            committed = True

        try:
            with transaction.atomic():
                transaction.on_commit(note_commit)
                return work()
        except Error as error:
            if committed or not tries_left or not is_locked(error) or time.monotonic() > give_up_at:
                raise
        time.sleep(PAUSE_SECONDS * random.uniform(1, 2) * (TRIES - tries_left))
    raise AssertionError("unreachable")


def retried_transaction(function: Callable[Params, Result]) -> Callable[Params, Result]:
    """Decorate a function so that each of its calls is `in_transaction`."""

    @functools.wraps(function)
    def run(*args: Params.args, **kwargs: Params.kwargs) -> Result:
        return in_transaction(lambda: function(*args, **kwargs))

    return run
