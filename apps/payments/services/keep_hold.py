"""Keep an order's seats while its money is on the way."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from django.db.models.functions import Now

from apps.common.database.threads import in_database_thread
from apps.concerts.errors import SeatsUnavailable
from apps.orders.errors import OrderStateConflict
from apps.orders.models import Order
from apps.orders.seat_holds import store
from apps.orders.seat_holds.answers import Held
from apps.orders.services.bring_back import with_booking_state
from apps.orders.services.rebuild_seat_state import with_seat_state
from apps.payments.gateway.registry import longest_call_seconds
from apps.payments.services.begin_attempts import LockedOrder

MARGIN_SECONDS = 60
ENDED = (Order.Status.CANCELLED, Order.Status.EXPIRED)


def provider_seconds() -> int:
    """How long a call to a provider can take, and the settling of its outcome after it."""
    return int(longest_call_seconds()) + MARGIN_SECONDS


def keep_holds() -> int:
    """Keep the seats of every order whose payment is open, without asking the provider; return of how many.

    Settling them extends their holds too, but with a provider that hangs it may come to each too late.
    """
    seconds = provider_seconds()
    soon = Order.objects.filter(status=Order.Status.CONFIRMING, expires_at__lt=Now() + timedelta(seconds=seconds))
    kept = 0
    for order in soon:
        with suppress(SeatsUnavailable, OrderStateConflict):  # lost, or sold: the settling finds out
            keep_hold(order, seconds=2 * seconds)
            kept += 1
    return kept


def keep_hold(order: Order, *, seconds: int) -> Held:
    """Make the hold of `order` last for at least `seconds` from now, and the order's row agree with it.

    Raises:
        SeatsUnavailable: the hold was lost, and somebody else has one of the seats.
        ServiceUnavailable: Redis is away.
    """
    held = with_seat_state(order.performance_id, lambda: store.extend_hold(order.pk, seconds=seconds))
    if (held.version, held.expires_at) != (order.hold_version, order.expires_at):
        note_hold(order.pk, held, status=order.status)
    return held


def note_hold(order_id: str, held: Held, *, status: str) -> None:
    """Let the row of an order in `status` agree with its hold; one that has ended gives retaken seats back."""
    holding = Order.objects.filter(pk=order_id, status=status)
    is_noted = holding.update(hold_version=held.version, expires_at=held.expires_at)
    if held.retaken and not is_noted and Order.objects.filter(pk=order_id, status__in=ENDED).exists():
        store.release_hold(order_id, version=held.version)  # its seats were free


async def akeep_hold(order: LockedOrder, *, seconds: int) -> None:
    """See `keep_hold`: for an order that has just become CONFIRMING, from the event loop.

    The row is written only where the hold was moved: one that lasts long enough costs no SQL.
    """
    held = await with_booking_state(order.performance_id, lambda: store.aextend_hold(order.id, seconds=seconds))
    if (held.version, held.expires_at) != (order.hold_version, order.expires_at):
        await in_database_thread(note_hold, order.id, held, status=Order.Status.CONFIRMING.value)
