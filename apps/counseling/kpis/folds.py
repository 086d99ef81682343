"""From rows of the history to the additive parts of a day. Pure: the same rows give the same numbers, always.

Whatever is under way counts nowhere: a part of a conversation, or a counselor's state, counts once it has ended.
So a day's numbers do not depend on the moment at which they are computed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.counseling.kpis.spans import Span, clipped, intersection, length, microseconds, union
from apps.counseling.models import CounselAssignment
from apps.counseling.states import AT_WORK, ON_QUEUE, CounselorState

SERVICE_LEVEL = timedelta(seconds=20)
SERVICE_LEVEL_TARGET = 0.8
REPEAT_DAYS = 7
SATISFIED_FROM = 4

Additive = dict[str, Any]
"""{field of a daily KPI: its value}, for all fields but whose day it is."""


@dataclass(frozen=True, slots=True)
class Part:
    """A counselor's part of a conversation, over. `wrote_first` when its first reply is the conversation's."""

    started_at: datetime
    ended_at: datetime
    ended_by: str
    first_response_at: datetime | None
    requested_at: datetime
    is_first: bool
    wrote_first: bool
    came_by: str
    """How the part before it ended; empty for the first."""

    @property
    def was_handled(self) -> bool:
        return self.ended_by != CounselAssignment.EndedBy.LOST


@dataclass(frozen=True, slots=True)
class Closed:
    """A conversation that is over. `came_back` when its customer asked again, about the same, within the days."""

    answered: bool
    ended: bool
    came_back: bool


@dataclass(frozen=True, slots=True)
class StateChange:
    happened_at: datetime
    change_id: str
    to_state: str


def fold_counselor_day(
    day: Span, *, parts: Sequence[Part], changes: Iterable[StateChange], scores: Sequence[int]
) -> Additive:
    """Fold a counselor's history into a day: `day` its bounds, `scores` the ratings received on it.

    `parts` are those that overlap the day or end on it; `changes` those of the day with the one before, which says
    how it began, and the one after, which ends its last state.
    """
    states = state_spans(changes, day=day)
    after_call = states.get(CounselorState.AFTER_CALL, [])
    on_queue = [span for state in ON_QUEUE for span in states.get(state, [])]
    logged_in = [span for state in AT_WORK for span in states.get(state, [])]
    talks = clipped(((part.started_at, part.ended_at) for part in parts), to=day)
    return {
        **_fold_parts(day, parts),
        **_fold_scores(scores),
        "after_call_us": length(after_call),
        "on_queue_us": length(on_queue),
        "occupied_us": length(intersection([*talks, *after_call], on_queue)),
        "logged_in_us": length(logged_in),
        "session_us": length(talks),
        "busy_us": length(union(talks)),
    }


def fold_category_day(day: Span, *, parts: Sequence[Part], closed: Sequence[Closed], scores: Sequence[int]) -> Additive:
    """Fold a category's history into a day; `closed` are the conversations that were over on it."""
    answered = [part for part in parts if part.is_first and _within(day, part.started_at)]
    had = [one for one in closed if one.answered]
    return {
        **_fold_parts(day, parts),
        **_fold_scores(scores),
        "answered_in_time": sum(part.started_at - part.requested_at <= SERVICE_LEVEL for part in answered),
        "abandoned": len(closed) - len(had),
        "closed": len(had),
        "resolved": sum(one.ended and not one.came_back for one in had),
    }


def state_spans(changes: Iterable[StateChange], *, day: Span) -> dict[str, list[Span]]:
    """Return {state: when the counselor was in it within the day}, each from a change to the next one."""
    spans: dict[str, list[Span]] = {}
    in_order = sorted(changes, key=lambda change: (change.happened_at, change.change_id))
    for change, following in itertools.pairwise(in_order):
        spans.setdefault(change.to_state, []).extend(clipped([(change.happened_at, following.happened_at)], to=day))
    return spans


def _fold_parts(day: Span, parts: Sequence[Part]) -> Additive:
    begun = [part for part in parts if _within(day, part.started_at)]
    over = [part for part in parts if _within(day, part.ended_at)]
    handled = [part for part in over if part.was_handled]
    answered = [part for part in begun if part.is_first]
    transfer = CounselAssignment.EndedBy.TRANSFER
    return {
        "handled": len(handled),
        "talk_us": length((part.started_at, part.ended_at) for part in handled),
        "responded": sum(part.first_response_at is not None for part in handled),
        "answered": len(answered),
        "wait_us": length((part.requested_at, part.started_at) for part in answered),
        "first_responses_us": _first_responses(day, parts),
        "transfers_out": sum(part.ended_by == transfer for part in over),
        "transfers_in": sum(part.came_by == transfer for part in begun),
        "lost": len(over) - len(handled),
    }


def _first_responses(day: Span, parts: Sequence[Part]) -> list[int]:
    return sorted(
        microseconds(part.requested_at, part.first_response_at)
        for part in parts
        if part.wrote_first and part.first_response_at and _within(day, part.first_response_at)
    )


def _fold_scores(scores: Sequence[int]) -> Additive:
    return {
        "ratings": len(scores),
        "rating_points": sum(scores),
        "satisfied": sum(score >= SATISFIED_FROM for score in scores),
    }


def _within(day: Span, instant: datetime) -> bool:
    return day[0] <= instant < day[1]
