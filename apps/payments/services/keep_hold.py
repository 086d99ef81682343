"""Keep an order's seats while its money is on the way."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now

from apps.concerts.errors import SeatsUnavailable
from apps.orders.errors import OrderStateConflict
from apps.orders.models import Order
from apps.orders.seat_holds import store
from apps.orders.seat_holds.answers import Held
from apps.orders.services.rebuild_seat_state import with_seat_state

MARGIN_SECONDS = 60
ENDED = (Order.Status.CANCELLED, Order.Status.EXPIRED)


def provider_seconds() -> int:
    """How long a call to the provider can take, and the settling of its outcome after it."""
    waiting = settings.TOSS_CONNECT_TIMEOUT_SECONDS + settings.TOSS_READ_TIMEOUT_SECONDS
    return int(waiting) + MARGIN_SECONDS


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
        holding = Order.objects.filter(pk=order.pk, status=order.status)
        is_noted = holding.update(hold_version=held.version, expires_at=held.expires_at)
        if held.retaken and not is_noted and Order.objects.filter(pk=order.pk, status__in=ENDED).exists():
            store.release_hold(order.pk, version=held.version)  # the order has ended, and its seats were free
    return held
