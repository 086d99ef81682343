"""Calls at the same moment, each on a database connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import Error, connection

from tests.waiting import LONGEST_SECONDS


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run the calls together; what the database refuses counts as a result."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            start.wait(LONGEST_SECONDS)
            return call()
        except Error as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
