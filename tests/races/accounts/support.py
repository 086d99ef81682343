from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import IntegrityError, connection

from apps.common.errors import DomainError
from tests.waiting import LONGEST_SECONDS


def at_once(calls: Sequence[Callable[[], object]]) -> list[object]:
    """Run the calls together, each on a connection of its own; a refusal counts as a result."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        try:
            start.wait(LONGEST_SECONDS)
            return call()
        except (DomainError, IntegrityError) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
