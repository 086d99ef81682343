"""The state of the seats as threads use it: when seats are sold, which are kept back, whether Redis has them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from apps.common.redis import sync_redis, translate_errors
from apps.common.scripts import load_script
from apps.concerts.errors import SeatsUnavailable
from apps.concerts.models import Performance, Seat
from apps.concerts.seat_states.keys import WANTED_KEY, sale_key, seat_keys
from apps.concerts.seat_states.reading import NOBODY, CellsRead
from apps.concerts.seat_states.records import pack_ordinals
from apps.concerts.seat_states.scripts import run

_block = load_script(__file__, "block_seats.lua")
_read_cells = load_script(__file__, "read_cells.lua")
_read_version = load_script(__file__, "read_version.lua")
_unblock = load_script(__file__, "unblock_seats.lua")
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
    """Take the settings from the database's row. The sale of a cancelled performance is over."""
    is_cancelled = performance.status == Performance.Status.CANCELLED
    return SaleSettings(
        layout_version=performance.catalogue_version,
        opens_at=performance.sale_opens_second,
        closes_at=0 if is_cancelled else performance.sale_closes_second,
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


def block_seats(performance_id: int, ordinals: Sequence[int]) -> None:
    """Keep seats from being sold: all, or none.

    Raises:
        SeatsUnavailable: somebody holds or has bought some of them; `seat_ids` names these.
        SeatStateNotReady, ServiceUnavailable: nobody can tell now.
    """
    answer = run(_block, seat_keys(performance_id), [pack_ordinals(ordinals)])
    if answer[0] == b"TAKEN":
        taken = Seat.objects.filter(venue__performances=performance_id, ordinal__in=answer[1:])
        raise SeatsUnavailable(seat_ids=list(taken.order_by("ordinal").values_list("pk", flat=True)))


def unblock_seats(performance_id: int, ordinals: Sequence[int]) -> None:
    """Put blocked seats on sale again.

    Raises:
        SeatStateNotReady, ServiceUnavailable: nothing has changed, as far as is known.
    """
    run(_unblock, seat_keys(performance_id), [pack_ordinals(ordinals)])


def read_state_version(performance_id: int) -> int:
    """Read the version of the seats' state.

    Raises:
        SeatStateNotReady, ServiceUnavailable
    """
    version: int = run(_read_version, seat_keys(performance_id), [NOBODY])[1]
    return version


def read_all_cells(performance_id: int) -> CellsRead:
    """Read the state of every seat.

    Raises:
        SeatStateNotReady, ServiceUnavailable
    """
    _, version, layout, now, packed = run(_read_cells, seat_keys(performance_id))
    return CellsRead(version, layout, now, packed)


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
