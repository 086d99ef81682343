"""What has to be true after a rehearsal of the centre, asked of the database, of Redis, and of what people heard."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Sum

from apps.common.clock import database_now
from apps.common.days import ONE_DAY, day_of
from apps.counseling.models import (
    CounselAssignment,
    CounselLog,
    CounselMessage,
    CounselorProfile,
    CounselSession,
    DailyCategoryKpi,
)
from apps.counseling.routing import store
from apps.counseling.services.rollup_kpis import refresh_kpis, roll_up
from apps.counseling.services.state_changes import drain_state_changes
from apps.counseling.states import SessionStatus
from apps.rehearsal.counseling.people import Heard
from apps.rehearsal.counseling.stage import Centre
from apps.rehearsal.verdict import Finding


def audit_centre(centre: Centre, heard: Sequence[Heard]) -> list[Finding]:
    """Hold the conversations to the promises, and the day's figures to the conversations."""
    return [*audit_conversations(centre, heard), _figures_are_those_of_the_history(centre)]


def audit_conversations(centre: Centre, heard: Sequence[Heard]) -> list[Finding]:
    """Hold the conversations to the promises: nothing lost, doubled or out of order; nobody overloaded."""
    session_ids = list(CounselSession.objects.filter(category=centre.category_id).values_list("pk", flat=True))
    logs = _logs(session_ids)
    return [
        _everybody_was_answered(centre, session_ids),
        _numbers_have_no_gap(logs),
        _everybody_heard_all(heard, logs),
        _what_was_sent_is_kept_once(heard, logs),
        _nobody_was_overloaded(session_ids),
        _loads_are_zero(centre),
        _one_log_each(session_ids),
    ]


Log = list[tuple[int, str, str | None]]


def _logs(session_ids: Sequence[int]) -> dict[int, Log]:
    """Return each conversation's log as (number, type, the client's id); one query."""
    logs: dict[int, Log] = {session_id: [] for session_id in session_ids}
    rows = CounselMessage.objects.filter(session__in=session_ids).order_by("session", "seq")
    for session_id, seq, kind, name in rows.values_list("session", "seq", "type", "client_message_id"):
        logs[session_id].append((seq, kind, name))
    return logs


def _everybody_was_answered(centre: Centre, session_ids: Sequence[int]) -> Finding:
    ended = CounselSession.objects.filter(pk__in=session_ids, status=SessionStatus.ENDED).count()
    wanted = len(centre.customers)
    figures = f"{ended} ended of {len(session_ids)}, {wanted} customers"
    return Finding("every customer had one conversation, and it ended", ended == len(session_ids) == wanted, figures)


def _numbers_have_no_gap(logs: dict[int, Log]) -> Finding:
    broken = [one for one, log in logs.items() if [seq for seq, *_ in log] != list(range(1, len(log) + 1))]
    entries = sum(len(log) for log in logs.values())
    return Finding("the numbers of each log have no gap", not broken, f"{entries:,} entries, {len(broken)} logs broken")


def _everybody_heard_all(heard: Sequence[Heard], logs: dict[int, Log]) -> Finding:
    """Each side heard the whole log: every entry once, in its order."""
    wrong = sum(one.entries != logs.get(one.session_id) for one in heard)
    entries = sum(len(one.entries) for one in heard)
    return Finding(
        "no message lost, doubled or out of order, on either side",
        not wrong,
        f"{entries:,} entries heard by {len(heard):,} people, {wrong} of whom heard something else",
    )


def _what_was_sent_is_kept_once(heard: Sequence[Heard], logs: dict[int, Log]) -> Finding:
    sent = Counter((one.session_id, name) for one in heard for name in one.sent)
    kept = Counter((session_id, name) for session_id, log in logs.items() for _, _, name in log if name)
    return Finding("every message that was sent is kept once", sent == kept, f"{sum(sent.values()):,} messages")


def _nobody_was_overloaded(session_ids: Sequence[int]) -> Finding:
    """Replay who had what when: an end goes before a beginning of the same instant."""
    moves: defaultdict[int, list[tuple[datetime, int]]] = defaultdict(list)
    parts = CounselAssignment.objects.filter(session__in=session_ids)
    for counselor_id, started_at, ended_at in parts.values_list("counselor", "started_at", "ended_at"):
        moves[counselor_id].append((started_at, 1))
        if ended_at is not None:
            moves[counselor_id].append((ended_at, -1))
    capacities = dict(CounselorProfile.objects.filter(pk__in=list(moves)).values_list("pk", "capacity"))
    highest = {counselor_id: _highest(changes) for counselor_id, changes in moves.items()}
    over = [one for one, most in highest.items() if most > capacities[one]]
    figures = f"{len(highest)} counselors, at most {max(highest.values(), default=0)} at once"
    return Finding("no counselor had more than their capacity", not over, figures)


def _highest(changes: Iterable[tuple[datetime, int]]) -> int:
    load = most = 0
    for _, change in sorted(changes):
        load += change
        most = max(most, load)
    return most


def _loads_are_zero(centre: Centre) -> Finding:
    team = store.team([person.user_id for person in centre.counselors])
    left = sum(counselor.load for counselor in team)
    return Finding("all loads are back to zero", left == 0, f"{left} conversations left in Redis")


def _one_log_each(session_ids: Sequence[int]) -> Finding:
    logs = CounselLog.objects.filter(pk__in=session_ids).count()
    return Finding("each conversation has one log row", logs == len(session_ids), f"{logs} rows")


def _figures_are_those_of_the_history(centre: Centre) -> Finding:
    """Renew what was marked, as the worker does, then compute the days anew."""
    drain_state_changes()
    refresh_kpis()
    today = day_of(database_now())
    differences = roll_up(
        today - ONE_DAY,
        today,
        counselor_ids=[person.user_id for person in centre.counselors],
        category_ids=[centre.category_id],
    )
    handled = DailyCategoryKpi.objects.filter(category=centre.category_id).aggregate(sum=Sum("handled"))["sum"]
    figures = f"{handled} handled, {len(differences)} figures different"
    return Finding("the day's figures equal their recomputation", not differences and bool(handled), figures)
