"""Where in the line somebody stands, from the row alone: a return or a rebuild gives the same place again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from apps.counseling.states import AGEING_SECONDS, Priority

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(at: datetime) -> int:
    """An aware time as whole microseconds since 1970."""
    return (at - EPOCH) // timedelta(microseconds=1)


def place_of(requested_at: datetime, priority: str) -> int:
    """The smaller goes first: FIFO within a class, and a class goes ahead by a fixed time of waiting, no more."""
    return microseconds(requested_at) - AGEING_SECONDS[Priority(priority)] * 1_000_000
