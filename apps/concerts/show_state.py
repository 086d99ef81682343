"""Whether a performance is on, called off or being moved, asked within the transaction that acts upon the answer.

The row is locked shared until that transaction ends: whoever calls the performance off, or gives it another date or
hall, waits for it, and whoever asks after that commit is told so; so the seats of its lines keep their names as well.
Those who ask do not wait for one another; a new order or ticket, and an order that moves, lock the row in this way in
any case, by their foreign keys. It is asked after the orders are locked (docs/transactions.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from apps.common.clock import as_utc, database_now, now_sql
from apps.common.database import plain_sql
from apps.concerts.errors import BeingMoved, PerformanceCalledOff, ShowMoved
from apps.concerts.models import Performance


class State(StrEnum):
    """What holds of a performance where money is decided; being called off goes before being moved."""

    ON = "ON"
    OFF = "OFF"  # called off
    BEING_MOVED = "BEING_MOVED"


class Show(NamedTuple):
    """A performance as the transaction has locked it."""

    venue_id: int
    state: State
    moved_at: datetime | None


class SeenMove(NamedTuple):
    """Which move of a show was the newest when a customer looked: when it was made, None where there was none."""

    moved_at: datetime | None


def state_column(performance_id: str) -> str:
    """Return SQL for a column with a performance's state, for a SELECT of other rows; `performance_id` is a column."""
    return (
        f"(SELECT {_state_sql('shown')} FROM {plain_sql.table(Performance)} shown "  # noqa: S608 - our own names
        f"WHERE shown.id = {performance_id}{plain_sql.for_share()})"
    )


def moved_at_column(performance_id: str) -> str:
    """Return SQL for a column with when a performance was moved last, as `state_column`; `moved_at_of` reads it."""
    return (
        f"(SELECT shown.moved_at FROM {plain_sql.table(Performance)} shown "  # noqa: S608 - our own names
        f"WHERE shown.id = {performance_id}{plain_sql.for_share()})"
    )


def moved_at_of(value: datetime | str | None) -> datetime | None:
    """Return what `moved_at_column` reads, aware."""
    return None if value is None else as_utc(value)


def lock_shows(performance_ids: Iterable[int]) -> tuple[dict[int, Show], datetime]:
    """Lock performances shared, in key order, in the caller's transaction; return them, and the database's time."""
    ids = sorted(set(performance_ids))
    rows = plain_sql.select(
        f"SELECT shown.id, shown.venue_id, {_state_sql('shown')}, shown.moved_at, {now_sql()} "  # noqa: S608 - our own names
        f"FROM {plain_sql.table(Performance)} shown WHERE shown.id IN ({plain_sql.marks(ids)}) ORDER BY shown.id"
        + plain_sql.for_share(),
        ids,
    )
    shows = {pk: Show(venue_id, State(state), moved_at_of(moved)) for pk, venue_id, state, moved, _now in rows}
    return shows, as_utc(rows[0][-1]) if rows else database_now()


def refusal_of(state: State) -> PerformanceCalledOff | BeingMoved | None:
    """Return what a payment that would begin now is refused with; None for a performance that is on."""
    if state == State.OFF:
        return PerformanceCalledOff()
    return BeingMoved() if state == State.BEING_MOVED else None


def require_seen(moved_at: datetime | None, seen: SeenMove | None) -> None:
    """Require that a customer has seen where a show takes place now; `seen` is None of a client that does not say.

    Raises:
        ShowMoved
    """
    if seen is not None and moved_at is not None and seen.moved_at != moved_at:
        raise ShowMoved(moved_at=moved_at.isoformat())


def is_called_off(performance_id: int) -> bool:
    """Tell whether a performance is called off; it stays as told to the end of the caller's transaction."""
    return _locked(performance_id).state == State.OFF


def require_not_called_off(performance_id: int) -> None:
    """See `is_called_off`.

    Raises:
        PerformanceCalledOff
    """
    if is_called_off(performance_id):
        raise PerformanceCalledOff


def require_on(performance_id: int, *, seen: SeenMove | None = None) -> None:
    """Require that a performance takes place as it stands, and as it was `seen`, to the end of the transaction.

    Raises:
        PerformanceCalledOff, BeingMoved, ShowMoved
    """
    show = _locked(performance_id)
    if (refusal := refusal_of(show.state)) is not None:
        raise refusal
    require_seen(show.moved_at, seen)


def _locked(performance_id: int) -> Show:
    shows, _now = lock_shows([performance_id])
    return shows[performance_id]


def _state_sql(table: str) -> str:
    return (
        f"CASE WHEN {table}.status = '{Performance.Status.CANCELLED.value}' THEN '{State.OFF}' "
        f"WHEN {table}.moving_since IS NOT NULL THEN '{State.BEING_MOVED}' ELSE '{State.ON}' END"
    )
