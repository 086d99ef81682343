"""The state of the seats as threads use it: when seats are sold, which are kept back, whether Redis has them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from apps.common.redis import sync_redis, translate_errors
from apps.common.redis.script_calls import Answer, Question, asking, nothing, says
from apps.common.redis.scripts import load_script
from apps.concerts.errors import SeatsUnavailable
from apps.concerts.models import Performance, Seat
from apps.concerts.seat_states.keys import WANTED_KEY, sale_key, seat_keys
from apps.concerts.seat_states.reading import REFUSALS
from apps.concerts.seat_states.records import pack_ordinals

_write_sale = load_script(__file__, "write_sale.lua")

KEYS_KEPT = timedelta(days=30)  # after the performance


@dataclass(frozen=True, slots=True)
class SaleSettings:
    """What the scripts have to know of a performance; times in Unix seconds."""

    layout_version: int
    opens_at: int
    closes_at: int
    limit: int
    keys_expire_at: int


def sale_settings(performance: Performance) -> SaleSettings:
    """Take the settings from the database's row. The sale of a cancelled performance is over; a move pauses it."""
    is_shut = performance.status == Performance.Status.CANCELLED or performance.moving_since is not None
    return SaleSettings(
        layout_version=performance.catalogue_version,
        opens_at=performance.sale_opens_second,
        closes_at=0 if is_shut else performance.sale_closes_second,
        limit=performance.limit_per_person,
        keys_expire_at=math.ceil((max(performance.sale_closes_at, performance.starts_at) + KEYS_KEPT).timestamp()),
    )


def write_sale_settings(performance: Performance) -> None:
    """Make a performance's settings count at once; a state that has to be rebuilt takes them from the database.

    Raises:
        ServiceUnavailable: Redis is away.
    """
    settings = sale_settings(performance)
    args = (settings.layout_version, settings.opens_at, settings.closes_at, settings.limit, settings.keys_expire_at)
    with translate_errors():
        _write_sale.run(seat_keys(performance.pk), args)


def _taken(answer: Answer) -> tuple[int, ...]:
    return tuple(answer[1:]) if answer[0] == b"TAKEN" else ()


@asking(load_script(__file__, "block_seats.lua"), read=_taken, refusals=REFUSALS)
def _block(performance_id: int, ordinals: Sequence[int]) -> Question:
    """Block all of these seats, or none; return those that somebody has."""
    return seat_keys(performance_id), (pack_ordinals(ordinals),)


def block_seats(performance_id: int, ordinals: Sequence[int]) -> None:
    """Keep seats from being sold: all, or none.

    Raises:
        SeatsUnavailable: somebody holds or has bought some of them; `seat_ids` names these.
        SeatStateNotReady, ServiceUnavailable: nobody can tell now.
    """
    if ordinals_taken := _block(performance_id, ordinals):
        taken = Seat.objects.filter(venue__performances=performance_id, ordinal__in=ordinals_taken)
        raise SeatsUnavailable(seat_ids=list(taken.order_by("ordinal").values_list("pk", flat=True)))


@asking(load_script(__file__, "unblock_seats.lua"), read=nothing, refusals=REFUSALS)
def unblock_seats(performance_id: int, ordinals: Sequence[int]) -> Question:
    """Put blocked seats on sale again.

    Raises:
        SeatStateNotReady, ServiceUnavailable: nothing has changed, as far as is known.
    """
    return seat_keys(performance_id), (pack_ordinals(ordinals),)


@asking(load_script(__file__, "take_back.lua"), read=says(b"STOPPED", b"NOT_READY"))
def stop_unless_taken(performance_id: int) -> Question:
    """Stop every change of a performance's seats until they are rebuilt; tell whether nobody holds or has bought one.

    Raises:
        ServiceUnavailable: Redis is away.
    """
    return seat_keys(performance_id), ()


def is_ready(performance_id: int) -> bool:
    """Whether Redis has the seats of a performance."""
    with translate_errors():
        return bool(sync_redis().hexists(sale_key(performance_id), "ready"))


def not_ready(performance_ids: Sequence[int]) -> list[int]:
    """Those performances whose seats Redis does not have."""
    with translate_errors(), sync_redis().pipeline(transaction=False) as pipeline:
        for performance_id in performance_ids:
            pipeline.hexists(sale_key(performance_id), "ready")
        return [pk for pk, ready in zip(performance_ids, pipeline.execute(), strict=True) if not ready]


def take_wanted(*, limit: int) -> list[int]:
    """Take those performances off the list whose seats somebody has looked for in vain, see `ask_for_seats`."""
    with translate_errors():
        return [int(pk) for pk in sync_redis().spop(WANTED_KEY, limit) or ()]


def mark_not_ready(performance_id: int) -> None:
    """Stop every change of a performance's seats until they are rebuilt; its version is kept."""
    with translate_errors():
        sync_redis().hdel(sale_key(performance_id), "ready")
