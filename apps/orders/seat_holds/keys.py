"""The keys that booking scripts take: the seats' state, then the waiting room's, in one order for all.

What buyers have spent of their budgets lies in the same slot, in the form of `budget.lua`:

    placed    zset    orders placed
    taken     zset    holds taken: all but the few that are bought are let go again; and for an account, as `h:ID`, the
                      seconds for which it held seats
"""

from __future__ import annotations

import functools

from apps.concerts.seat_states.keys import PERFORMANCES_KEPT, seat_keys
from apps.concerts.waiting_room.keys import line_key, pass_keys


def placed_key(performance_id: int) -> str:
    """The key of who has placed how many orders lately."""
    return f"placed:{{performance:{performance_id}}}"


def taken_key(performance_id: int) -> str:
    """The key of who has taken how many holds lately."""
    return f"taken:{{performance:{performance_id}}}"


@functools.lru_cache(maxsize=PERFORMANCES_KEPT)
def order_keys(performance_id: int) -> tuple[str, ...]:
    """The keys for a look at the seats by somebody who may have a pass, and is about to place an order."""
    passes, _entered = pass_keys(performance_id)
    return (*seat_keys(performance_id), line_key(performance_id), passes, placed_key(performance_id))


@functools.lru_cache(maxsize=PERFORMANCES_KEPT)
def reserve_keys(performance_id: int) -> tuple[str, ...]:
    """The keys for a buyer's own hold: those of `hold_keys`, and what was spent of the holds that may be taken."""
    return (*hold_keys(performance_id), taken_key(performance_id))


@functools.lru_cache(maxsize=PERFORMANCES_KEPT)
def hold_keys(performance_id: int) -> tuple[str, ...]:
    """The keys for a change of holds, which keeps the buyer's pass alive."""
    return (*seat_keys(performance_id), line_key(performance_id), *pass_keys(performance_id))


@functools.lru_cache(maxsize=PERFORMANCES_KEPT)
def release_keys(performance_id: int) -> tuple[str, ...]:
    """The keys for letting a hold go, which gives the seconds back that it had left."""
    return (*seat_keys(performance_id), taken_key(performance_id))


def pass_and_seat_keys(performance_id: int) -> tuple[str, ...]:
    """The keys for ending a pass that no hold needs any more."""
    return (*seat_keys(performance_id), *pass_keys(performance_id))
