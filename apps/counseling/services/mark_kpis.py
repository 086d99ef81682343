"""Note that figures have to be computed again, with what changed them and in its transaction.

A mark is one INSERT that nobody waits for. `refresh_kpis` gathers the marks of some seconds and computes each
day they touch once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from apps.common import outbox
from apps.counseling.models import KpiMark


def mark_session(session_id: int) -> None:
    """Something of a conversation has changed: it ended, went to somebody else, was left, or was rated."""
    KpiMark.objects.create(session_id=session_id)


def mark_state_changes(changes: Iterable[tuple[int, datetime]]) -> None:
    """States of counselors were entered in the history: (counselor id, happened_at) of each, by one INSERT."""
    KpiMark.objects.bulk_create(
        [KpiMark(counselor_id=counselor_id, state_changed_at=happened_at) for counselor_id, happened_at in changes]
    )


@outbox.handles("counseling.refresh_kpis")
def mark_session_later(*, session_id: int) -> None:
    """The same by a promise of the outbox, for whoever follows up an end there."""
    mark_session(session_id)
