"""Keep an order's seats while its money is on the way."""

from __future__ import annotations

from django.conf import settings

from apps.common.redis import translate_errors
from apps.concerts.errors import SeatStateNotReady
from apps.orders.models import Order
from apps.orders.seat_holds import store
from apps.orders.seat_holds.answers import Held
from apps.orders.services.rebuild_seat_state import ensure_seat_state

MARGIN_SECONDS = 60


def provider_seconds() -> int:
    """How long a call to the provider can take, and the settling of its outcome after it."""
    waiting = settings.TOSS_CONNECT_TIMEOUT_SECONDS + settings.TOSS_READ_TIMEOUT_SECONDS
    return int(waiting) + MARGIN_SECONDS


def keep_hold(order: Order, *, seconds: int) -> Held:
    """Make the hold of `order` last for at least `seconds` from now, and the order's row agree with it.

    Raises:
        SeatsUnavailable: the hold was lost, and somebody else has one of the seats.
        ServiceUnavailable: Redis is away.
    """
    try:
        held = store.extend_hold(order.pk, seconds=seconds)
    except SeatStateNotReady:
        with translate_errors():
            ensure_seat_state(order.performance_id)
        held = store.extend_hold(order.pk, seconds=seconds)
    if (held.version, held.expires_at) != (order.hold_version, order.expires_at):
        holding = Order.objects.filter(pk=order.pk, status=order.status)
        holding.update(hold_version=held.version, expires_at=held.expires_at)
    return held
