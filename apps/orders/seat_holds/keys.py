"""The keys that booking scripts take: the seats' state, then the waiting room's, in one order for all."""

from __future__ import annotations

import functools

from apps.concerts.seat_states.keys import PERFORMANCES_KEPT, seat_keys
from apps.concerts.waiting_room.keys import line_key, pass_keys


@functools.lru_cache(maxsize=PERFORMANCES_KEPT)
def order_keys(performance_id: int) -> tuple[str, ...]:
    """The keys for a look at the seats by somebody who may have a pass."""
    passes, _entered = pass_keys(performance_id)
    return (*seat_keys(performance_id), line_key(performance_id), passes)


@functools.lru_cache(maxsize=PERFORMANCES_KEPT)
def hold_keys(performance_id: int) -> tuple[str, ...]:
    """The keys for a change of holds, which keeps the buyer's pass alive."""
    return (*seat_keys(performance_id), line_key(performance_id), *pass_keys(performance_id))


def pass_and_seat_keys(performance_id: int) -> tuple[str, ...]:
    """The keys for ending a pass that no hold needs any more."""
    return (*seat_keys(performance_id), *pass_keys(performance_id))
