"""Callers that come equally far before any goes on, so that a race happens for certain where nothing guards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection

from tests.waiting import wait_until


def somebody_waits_for_a_row() -> bool:
    """Whether a transaction waits for a lock that another one holds."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'")
        return int(cursor.fetchone()[1]) > 0


class Meeting:
    """A place where `times` callers meet, unless a lock keeps the others from it; from then on it holds up nobody."""

    def __init__(self, times: int) -> None:
        self._times = times
        self._here: list[object] = []
        self._is_over = False

    def wait(self) -> None:
        self._here.append(object())
        wait_until(self._may_go_on, what="the meeting")
        self._is_over = True

    def before(self, action: Callable[..., Any]) -> Callable[..., Any]:
        """Return the action, which its callers take after they have met."""

        def meet(*args: Any, **kwargs: Any) -> Any:
            self.wait()
            return action(*args, **kwargs)

        return meet

    def _may_go_on(self) -> bool:
        return self._is_over or len(self._here) >= self._times or somebody_waits_for_a_row()
