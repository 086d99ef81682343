from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from apps.common.errors import NotFound
from apps.concerts.models import Performance, WaitingRoomEvent, WaitingRoomMode, WaitingRoomMoment
from apps.concerts.waiting_room.fairness import (
    errors_of_promises,
    kendall_tau,
    middle,
    seconds_until_used,
    worst_window,
)
from apps.concerts.waiting_room.record import SPENT, take_record

WINDOWS = (1, 5, 10, 60)  # seconds
LEAST_WAIT = 10.0  # seconds: a shorter one is not estimated, it is there

Kind = WaitingRoomEvent.Kind


@dataclass(frozen=True, slots=True)
class Window:
    """The fullest window of some seconds: how many were let in, and the most that the rate allowed."""

    seconds: int
    admissions: int
    allowed: float


@dataclass(frozen=True, slots=True)
class LineAudit:
    """How a line kept its word. Nobody is named; a figure is None where there is nothing to tell it from."""

    admissions: int
    first_at: datetime | None
    last_at: datetime | None
    highest_rate: float | None
    order: float
    windows: list[Window]
    estimates: int
    estimate_error: float | None
    accounts: int
    most_admissions_of_one: int
    numbers_spent_twice: int
    freed_slots: int
    freed_slot_seconds: float | None


@dataclass(frozen=True, slots=True)
class _Admission:
    number: int
    account: int
    at: float


def audit_line(performance_id: int) -> LineAudit:
    """Hold what was recorded of a performance's line to what it promises; raise NotFound.

    1. Take what is still in Redis to the database.
    2. Compare the order of the numbers with that of the admissions (Kendall's tau), and the admissions of the fullest
       windows with the highest rate that was set while the line moved.
    3. Compare what people were told as they joined with how long they waited. When a number was given out follows from
       the moments that were noted, every two seconds.
    4. Count the numbers of each account that led inside, and measure how long slots stood free that were given back.
    """
    if not Performance.objects.filter(pk=performance_id).exists():
        raise NotFound
    take_record(performance_id)
    admissions = _admissions(performance_id)
    moments = list(WaitingRoomMoment.objects.filter(performance=performance_id).order_by("at", "pk"))
    times = [one.at for one in admissions]
    rates = [moment.rate for moment in moments if moment.mode == WaitingRoomMode.QUEUE]
    highest_rate = max(rates, default=None)
    errors = errors_of_promises(_promises(admissions, moments), least_seconds=LEAST_WAIT)
    each = Counter(one.account for one in admissions)
    spent = WaitingRoomEvent.objects.filter(performance=performance_id, kind__in=SPENT).values_list("number", flat=True)
    freed = _freed(performance_id, times, moments)
    return LineAudit(
        admissions=len(admissions),
        first_at=_as_time(times[:1]),
        last_at=_as_time(times[-1:]),
        highest_rate=highest_rate,
        order=kendall_tau([one.at for one in sorted(admissions, key=lambda one: one.number)]),
        windows=[Window(span, worst_window(times, span), (highest_rate or 0.0) * span + 1) for span in WINDOWS],
        estimates=len(errors),
        estimate_error=middle(errors),
        accounts=len(each),
        most_admissions_of_one=max(each.values(), default=0),
        numbers_spent_twice=sum(count > 1 for count in Counter(spent).values()),
        freed_slots=len(freed),
        freed_slot_seconds=middle(freed),
    )


def _admissions(performance_id: int) -> list[_Admission]:
    """Return who was let in, in the order in which they were."""
    events = WaitingRoomEvent.objects.filter(performance=performance_id, kind=Kind.ADMITTED)
    rows = events.order_by("at", "entry").values_list("number", "account", "at")
    return [_Admission(number, account, at.timestamp()) for number, account, at in rows.iterator()]


def _promises(admissions: list[_Admission], moments: list[WaitingRoomMoment]) -> list[tuple[float, float]]:
    """Return, of each who was let in, the wait that was promised as they joined, and the one that they had.

    The first moment that has a number is, within two seconds, that of its joining; the one before has what was
    promised. Who joined before the first moment is left out.
    """
    reached = [moment.next_number for moment in moments]
    found = []
    for one in admissions:
        index = bisect_left(reached, one.number)
        if 0 < index < len(moments):
            before, after = moments[index - 1], moments[index]
            share = (one.number - before.next_number) / (after.next_number - before.next_number)
            span = (after.at - before.at).total_seconds()
            promised = before.expected_seconds + share * (after.expected_seconds - before.expected_seconds)
            found.append((promised, one.at - before.at.timestamp() - share * span))
    return found


def _freed(performance_id: int, times: list[float], moments: list[WaitingRoomMoment]) -> list[float]:
    if not moments:
        return []
    events = WaitingRoomEvent.objects.filter(performance=performance_id, kind=Kind.ENDED).order_by("at")
    ended = [at.timestamp() for at in events.values_list("at", flat=True)]
    return seconds_until_used(times, ended, limit=max(moment.inside_limit for moment in moments))


def _as_time(times: list[float]) -> datetime | None:
    return datetime.fromtimestamp(times[0]).astimezone() if times else None
