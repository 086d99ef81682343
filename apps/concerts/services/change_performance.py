from __future__ import annotations

from datetime import datetime
from typing import TypedDict, Unpack

from apps.common.database.transactions import retried_transaction
from apps.common.errors import ValidationFailed
from apps.concerts.models import Performance
from apps.concerts.publication.guards import refuse_while_scheduled
from apps.concerts.services.create_performance import check_performance
from apps.concerts.services.share_sale_settings import share_sale_settings


class PerformanceChanges(TypedDict, total=False):
    """What can be changed of a performance.

    Its waiting room and its calling off have services of their own, as they are audited.
    """

    starts_at: datetime
    sale_opens_at: datetime
    sale_closes_at: datetime
    limit_per_person: int
    waiting_room_opens_minutes_before: int


@retried_transaction
def change_performance(performance_id: int, **changes: Unpack[PerformanceChanges]) -> Performance:
    """Change a performance, and tell Redis after the commit.

    One of which seats were ordered keeps its date: it is moved, so that whoever has tickets is told and can return
    them.

    Raises:
        Performance.DoesNotExist
        PublicationConflict: it is set to be published as it is.
        ValidationFailed: the outcome makes no sense; nothing has changed.
    """
    performance = Performance.objects.select_for_update().get(pk=performance_id)
    refuse_while_scheduled(performance)
    if performance.moving_since is not None:
        raise ValidationFailed(errors={"starts_at": ["It is being moved; try again in a moment."]})
    if changes.get("starts_at", performance.starts_at) != performance.starts_at and is_ordered(performance):
        raise ValidationFailed(errors={"starts_at": ["Seats of it were ordered: move it to another date instead."]})
    for field, value in changes.items():
        setattr(performance, field, value)
    check_performance(performance)
    performance.save(update_fields=list(changes))
    share_sale_settings(performance.pk)
    return performance


def is_ordered(performance: Performance) -> bool:
    """Whether seats of a performance were ever ordered. Under its row's lock no order is placed meanwhile."""
    return Performance.objects.filter(pk=performance.pk, orders__isnull=False).exists()
