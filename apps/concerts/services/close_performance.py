"""End the sale of a performance for good: what calling it off begins with."""

from __future__ import annotations

from apps.concerts.models import Performance
from apps.concerts.services.share_sale_settings import share_sale_settings


def close_performance(performance_id: int, *, reason: str) -> Performance:
    """Make a performance CANCELLED in the caller's transaction; after its commit nothing of it is sold.

    Customers read the `reason`.

    The row is locked, so every transaction that has asked for its state before has ended (`show_state`). Redis is told
    at once; the line has a closed door from its next tick on.

    Raises:
        Performance.DoesNotExist
    """
    performance = Performance.objects.select_for_update().get(pk=performance_id)
    performance.status = Performance.Status.CANCELLED
    performance.cancelled_reason = reason
    performance.save(update_fields=["status", "cancelled_reason"])
    share_sale_settings(performance_id)
    return performance
