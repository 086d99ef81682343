"""Which move of a show a page has shown, in the addresses that lead on from it."""

from __future__ import annotations

from apps.concerts.models import Performance

MOVED = "moved"  # its name in a query
MICROSECONDS = 1_000_000


def move_stamp(performance: Performance) -> str:
    """Return the moment of the newest move, in microseconds; empty for a show that was never moved."""
    if performance.moved_at is None:
        return ""
    return str(round(performance.moved_at.timestamp() * MICROSECONDS))
