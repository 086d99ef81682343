"""Note that figures have to be computed again, with what changed them and in its transaction.

A mark is one INSERT that nobody waits for. `refresh_kpis` gathers the marks of some seconds and computes each
day they touch once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from apps.common.database import outbox
from apps.counseling.kpis.folds import REPEAT_DAYS
from apps.counseling.models import CounselSession, KpiMark


def mark_session(session_id: int) -> None:
    """Something of a conversation has changed: it ended, went to somebody else, was left, or was rated."""
    KpiMark.objects.create(session_id=session_id)


def mark_earlier(session: CounselSession, *, category_id: int) -> None:
    """Whoever asks again about a category shows that the conversations before have not resolved it."""
    since = session.requested_at - timedelta(days=REPEAT_DAYS)
    earlier = CounselSession.objects.filter(
        customer=session.customer_id, category=category_id, ended_at__gte=since, ended_at__lt=session.requested_at
    )
    for session_id in earlier.values_list("pk", flat=True):
        mark_session(session_id)


def mark_state_changes(changes: Iterable[tuple[int, datetime]]) -> None:
    """States of counselors were entered in the history: (counselor id, happened_at) of each, by one INSERT."""
    KpiMark.objects.bulk_create(
        [KpiMark(counselor_id=counselor_id, state_changed_at=happened_at) for counselor_id, happened_at in changes]
    )


@outbox.handles("counseling.refresh_kpis")
def mark_session_later(*, session_id: int) -> None:
    """The same by a promise of the outbox, for whoever follows up an end there."""
    mark_session(session_id)
