from __future__ import annotations

from django.db.models import Q
from django.db.models.functions import Greatest, Now

from apps.concerts.models import WaitingRoomMark


def save_mark(performance_id: int, *, next_number: int, cursor: int) -> None:
    """Raise the mark to what was reached; a lower figure changes nothing."""
    WaitingRoomMark.objects.filter(
        Q(next_number__lt=next_number) | Q(cursor__lt=cursor), performance_id=performance_id
    ).update(next_number=Greatest("next_number", next_number), cursor=Greatest("cursor", cursor), saved_at=Now())
