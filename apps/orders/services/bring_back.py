"""What booking does when Redis came back empty: bring back what is missing, and ask again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from apps.common.database.threads import in_database_thread
from apps.concerts.errors import LineNotReady, SeatStateNotReady
from apps.concerts.waiting_room.services.open_line import open_line
from apps.orders.services.rebuild_seat_state import ensure_seat_state

Result = TypeVar("Result")

_BRING_BACK: dict[type[Exception], Callable[[int], object]] = {
    SeatStateNotReady: ensure_seat_state,
    LineNotReady: open_line,
}


async def with_booking_state(performance_id: int, call: Callable[[], Awaitable[Result]]) -> Result:
    """Return what `call` returns; where Redis lacks seats or line, bring them back from the database and call again."""
    for _ in _BRING_BACK:
        try:
            return await call()
        except tuple(_BRING_BACK) as lacking:
            await in_database_thread(_BRING_BACK[type(lacking)], performance_id)
    return await call()
