"""Counselors' changes of state: from Redis' stream into the history, and to the counselors themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from apps.common.database.transactions import retried_transaction
from apps.counseling.models import CounselorStateEvent
from apps.counseling.notices import tell_counselor
from apps.counseling.routing import store
from apps.counseling.routing.answers import Change, StateChange
from apps.counseling.routing.changes import READ_AT_ONCE, forget_changes, read_changes
from apps.counseling.routing.places import EPOCH
from apps.counseling.services.mark_kpis import mark_state_changes


def drain_state_changes() -> int:
    """Copy what the stream has into the history; return how many changes there were. Safe to repeat, and at once.

    An entry leaves the stream when its row is committed. Two who copy the same one write one row: its `change_id`
    is unique.
    """
    copied = 0
    while changes := read_changes():
        _copy(changes)
        forget_changes(changes)
        copied += len(changes)
        if len(changes) < READ_AT_ONCE:
            break
    return copied


@retried_transaction
def _copy(changes: Sequence[StateChange]) -> None:
    rows = [_row(change) for change in changes]
    CounselorStateEvent.objects.bulk_create(rows, ignore_conflicts=True)
    mark_state_changes((row.counselor_id, row.happened_at) for row in rows)


def tell_states(counselor_ids: Iterable[int], *, reason: str) -> None:
    """Tell these counselors their state and load, those who are at work."""
    wanted = sorted(set(counselor_ids))
    if not wanted:
        return
    for counselor in store.team(wanted):
        tell_counselor(counselor.counselor_id, state_event(counselor, reason=reason))


def state_event(counselor: Any, *, reason: str) -> dict[str, Any]:
    """Return what a counselor is told; `counselor` is a CounselorView or a Workload."""
    return {
        "type": "STATE",
        "state": counselor.state,
        "load": counselor.load,
        "capacity": counselor.capacity,
        "reason": reason,
    }


def changed_event(change: Change, *, reason: str) -> dict[str, Any]:
    """Return what a counselor is told of a change that they, or a limit, made."""
    return {
        "type": "STATE",
        "state": change.to_state,
        "load": change.load,
        "capacity": change.capacity,
        "reason": reason,
    }


def _row(change: StateChange) -> CounselorStateEvent:
    return CounselorStateEvent(
        change_id=change.change_id,
        counselor_id=change.counselor_id,
        from_state=change.from_state,
        to_state=change.to_state,
        reason=change.reason,
        load=change.load,
        happened_at=EPOCH + timedelta(microseconds=change.at_us),
    )
