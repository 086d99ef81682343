"""Tell Redis what the seat scripts have to know of a performance: when it is sold, how many to a person."""

from __future__ import annotations

from django.db import transaction

from apps.common.database import outbox
from apps.concerts.models import Performance
from apps.concerts.seat_states import store

SHARE_SALE_SETTINGS = "concerts.share_sale_settings"


def share_sale_settings(performance_id: int) -> None:
    """Promise, within the caller's transaction, that Redis will have the settings; it has them at once as a rule."""
    outbox.enqueue(SHARE_SALE_SETTINGS, performance_id=performance_id)


@outbox.handles(SHARE_SALE_SETTINGS)
def write_sale_settings(*, performance_id: int) -> None:
    """Write what the database says now, however often and late.

    The row is locked meanwhile: of two changes at once the later one is written last.
    """
    with transaction.atomic():
        store.write_sale_settings(Performance.objects.select_for_update().get(pk=performance_id))
