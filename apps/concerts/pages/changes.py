"""What of a concert was called off or moved: told first on its page, and by badges in lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from apps.concerts.models import Performance, PerformanceMove

MOST_MOVED = 4  # told first; the others among the dates
TOLD_AFTER = timedelta(days=30)  # the date that was called off: until then people ask where their money is


@dataclass(frozen=True, slots=True)
class CalledOff:
    """Performances that were called off for one reason, by their dates."""

    reason: str
    performances: Sequence[Performance]


@dataclass(frozen=True, slots=True)
class Moved:
    """A performance that takes place at another date or in another hall than was announced."""

    performance: Performance
    move: PerformanceMove
    free_return_until: datetime | None  # of tickets from before the move; None where that time is over


@dataclass(frozen=True, slots=True)
class Changes:
    """What a visitor has to know before anything else; false where there is nothing."""

    called_off: Sequence[CalledOff]
    moved: Sequence[Moved]

    @classmethod
    def of(cls, performances: Iterable[Performance], *, now: datetime) -> Changes:
        """Find them; no query where the moves are fetched (`selectors.fetch_moves`)."""
        ordered = sorted(performances, key=lambda one: one.starts_at)
        off = [one for one in ordered if is_news_of_calling_off(one, now=now)]
        by_reason = groupby(sorted(off, key=_reason), key=_reason)
        groups = [CalledOff(reason, list(group)) for reason, group in by_reason]
        return cls(
            called_off=sorted(groups, key=lambda group: group.performances[0].starts_at),
            moved=[
                _moved(one, move, now=now)
                for one in ordered
                if is_news_of_a_move(one, now=now) and (move := one.last_move) is not None
            ],
        )

    @property
    def moved_first(self) -> Sequence[Moved]:
        """The moves that are told first; the rows of the others give their reasons."""
        return self.moved[:MOST_MOVED]

    @property
    def more_moved(self) -> int:
        """How many moves are not among them."""
        return max(0, len(self.moved) - MOST_MOVED)

    def __bool__(self) -> bool:
        return bool(self.called_off or self.moved)


def is_news_of_calling_off(performance: Performance, *, now: datetime) -> bool:
    """Whether it was called off and its date is to come, or not long past."""
    return performance.is_called_off and performance.starts_at > now - TOLD_AFTER


def is_news_of_a_move(performance: Performance, *, now: datetime) -> bool:
    """Whether it was moved and is to come; where it was called off since, that is the news."""
    return performance.moved_at is not None and not performance.is_called_off and performance.starts_at > now


def _reason(performance: Performance) -> str:
    return performance.cancelled_reason


def _moved(performance: Performance, move: PerformanceMove, *, now: datetime) -> Moved:
    until = min(move.free_return_until, performance.starts_at)
    return Moved(performance, move, until if until > now else None)
