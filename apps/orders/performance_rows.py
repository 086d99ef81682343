"""The performance under an order, held as it is until the transaction ends.

An order's lines name seats of its performance's hall, and a move to another hall names them anew
(`services/move_performance.py`). So whoever stores lines, or makes tickets of lines, first holds the performance's
row shared; a move, which wants it for itself, comes before that or after the commit. The foreign keys of orders and
tickets take the same lock with their INSERT in any case, only later.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from apps.common.clock import as_utc, now_sql
from apps.common.database import plain_sql
from apps.common.database.plain_sql import Statement
from apps.concerts.models import Performance


class HeldPerformance(NamedTuple):
    """A performance as the transaction holds it."""

    venue_id: int
    is_moving: bool


def holding_performances(performance_ids: Collection[int]) -> Statement:
    """Return what holds the performances in key order, and reads them for `held_performances`."""
    ids = sorted(set(performance_ids))
    return Statement(
        f"SELECT id, venue_id, moving_since IS NOT NULL, {now_sql()} FROM {plain_sql.table(Performance)} "  # noqa: S608
        f"WHERE id IN ({plain_sql.marks(ids)}) ORDER BY id" + plain_sql.for_share(),
        ids,
    )


def held_performances(rows: Sequence[Sequence[Any]]) -> tuple[dict[int, HeldPerformance], datetime | None]:
    """Return the performances by key, and the database's time unless there is none of them."""
    held = {pk: HeldPerformance(venue_id, bool(is_moving)) for pk, venue_id, is_moving, _now in rows}
    return held, as_utc(rows[0][-1]) if rows else None


def hold_performance(performance_id: int) -> None:
    """Hold one performance as it is until the caller's transaction ends."""
    plain_sql.run([holding_performances([performance_id])])
