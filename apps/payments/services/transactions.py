"""One transaction, whole or not at all, and again where another one was in its way."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import Error, transaction

from apps.common.database_errors import is_locked

TRIES = 4
PAUSE_SECONDS = 0.02

Result = TypeVar("Result")


def in_transaction(work: Callable[[], Result]) -> Result:
    """Run `work` in a transaction; the whole of it again after a deadlock or a lock that took too long.

    `work` touches nothing but the database: never the provider, so a repeat charges nobody twice.
    The order of locks is the same everywhere: the order's row, then its payment's.
    """
    for tries_left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                return work()
        except Error as error:
            if not tries_left or not is_locked(error):
                raise
        time.sleep(PAUSE_SECONDS * random.uniform(1, 2) * (TRIES - tries_left))
    raise AssertionError("unreachable")
