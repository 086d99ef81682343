from __future__ import annotations

from datetime import UTC, datetime

from django.db.models import Q
from django.db.models.functions import Greatest, Now

from apps.concerts.models import WaitingRoomMark, WaitingRoomMoment
from apps.concerts.waiting_room.line_settings import LineSettings
from apps.concerts.waiting_room.store import Tick


def save_mark(performance_id: int, *, next_number: int, cursor: int) -> None:
    """Raise the mark to what was reached; a lower figure changes nothing."""
    WaitingRoomMark.objects.filter(
        Q(next_number__lt=next_number) | Q(cursor__lt=cursor), performance_id=performance_id
    ).update(next_number=Greatest("next_number", next_number), cursor=Greatest("cursor", cursor), saved_at=Now())


def save_moment(performance_id: int, tick: Tick, line: LineSettings) -> None:
    """Note how the line stood at a tick, for its audit."""
    WaitingRoomMoment.objects.create(
        performance_id=performance_id,
        at=datetime.fromtimestamp(tick.at, UTC),
        next_number=tick.next_number,
        cursor=tick.cursor,
        expected_seconds=tick.expected_seconds,
        mode=tick.mode,
        rate=tick.rate,
        inside_limit=line.inside_limit,
    )
