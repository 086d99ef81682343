"""Sums over spans of time, exact: lists of (start, end) and lengths in whole microseconds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

Span = tuple[datetime, datetime]

MICROSECOND = timedelta(microseconds=1)


def microseconds(start: datetime, end: datetime) -> int:
    return (end - start) // MICROSECOND


def length(spans: Iterable[Span]) -> int:
    """Return the sum of the spans' lengths; what lies in two of them counts twice."""
    return sum(microseconds(start, end) for start, end in spans)


def clipped(spans: Iterable[Span], *, to: Span) -> list[Span]:
    """Return what of each span lies within `to`."""
    inside = ((max(start, to[0]), min(end, to[1])) for start, end in spans)
    return [(start, end) for start, end in inside if start < end]


def union(spans: Iterable[Span]) -> list[Span]:
    """Return the time that lies in any of the spans: in order, without an overlap."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def intersection(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """Return the time that lies both in one of `spans` and in one of `others`, in order, without an overlap."""
    left, right = union(spans), union(others)
    common: list[Span] = []
    first = second = 0
    while first < len(left) and second < len(right):
        start = max(left[first][0], right[second][0])
        end = min(left[first][1], right[second][1])
        if start < end:
            common.append((start, end))
        if left[first][1] < right[second][1]:
            first += 1
        else:
            second += 1
    return common
