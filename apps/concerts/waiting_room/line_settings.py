"""What a line goes by, as the scripts take it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import msgspec
from django.conf import settings

from apps.concerts.models import Performance, WaitingRoomMode

KEYS_KEPT = timedelta(days=30)  # after the sale has closed


@dataclass(frozen=True, slots=True)
class LineSettings:
    """The settings of one line; times are unix seconds.

    `revision` tells newer from older ones: a tick that read the database just before a change
    does not undo it.
    """

    revision: int
    mode: str
    rate: float
    inside_limit: int
    joins_from: int
    opens_at: int
    closes_at: int
    keys_expire_at: int
    offer_seconds: int
    return_seconds: int
    pass_seconds: int
    hard_limit_seconds: int

    @classmethod
    def of(cls, performance: Performance, *, revision: int) -> LineSettings:
        """Read them off a performance; a cancelled one has a closed door, and one that is moved lets nobody in."""
        return cls(
            revision=revision,
            mode=_mode_of(performance),
            rate=performance.waiting_room_rate,
            inside_limit=performance.waiting_room_inside_limit,
            joins_from=int(performance.waiting_room_opens_at.timestamp()),
            opens_at=performance.sale_opens_second,
            closes_at=performance.sale_closes_second,
            keys_expire_at=int((performance.sale_closes_at + KEYS_KEPT).timestamp()),
            offer_seconds=settings.WAITING_ROOM_OFFER_SECONDS,
            return_seconds=settings.WAITING_ROOM_RETURN_SECONDS,
            pass_seconds=settings.ACCESS_PASS_SECONDS,
            hard_limit_seconds=settings.ACCESS_PASS_LIMIT_SECONDS,
        )

    def as_json(self) -> bytes:
        """The form that the scripts decode; equal settings have equal bytes."""
        return msgspec.json.encode(self)


def _mode_of(performance: Performance) -> str:
    if performance.status == Performance.Status.CANCELLED:
        return WaitingRoomMode.CLOSED.value
    if performance.moving_since is not None and performance.waiting_room_mode != WaitingRoomMode.CLOSED:
        return WaitingRoomMode.PAUSED.value
    return str(performance.waiting_room_mode)
