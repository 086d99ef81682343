"""Keep an order's seats while its money is on the way: the order's row first, then the hold in Redis.

A process that dies between the two leaves a row that lasts longer than its hold; whoever keeps the hold next brings it
up to the row. The other way round Redis would keep a seat that the database has let go.
"""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import DateTimeField, Value
from django.db.models.functions import Greatest, Now

from apps.common.clock import database_now
from apps.common.database import outbox
from apps.common.database.threads import in_database_thread
from apps.concerts.errors import SeatsUnavailable
from apps.orders.errors import OrderStateConflict
from apps.orders.models import Order
from apps.orders.seat_holds import store
from apps.orders.seat_holds.answers import Held
from apps.orders.services.bring_back import with_booking_state
from apps.orders.services.rebuild_seat_state import with_seat_state
from apps.payments.gateway.registry import longest_call_seconds

if TYPE_CHECKING:
    from apps.payments.services.begin_attempts import LockedOrder

MARGIN_SECONDS = 60
ENDED = (Order.Status.CANCELLED, Order.Status.EXPIRED)
HOLD_TO_ROW = "payments.hold_to_row"


def provider_seconds() -> int:
    """How long a call to a provider can take, and the settling of its outcome after it."""
    return int(longest_call_seconds()) + MARGIN_SECONDS


def whole_second(moment: datetime) -> datetime:
    """Return the first whole second from a moment on: Redis knows no others, and a row and its hold are to agree."""
    return datetime.fromtimestamp(math.ceil(moment.timestamp()), UTC)


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
    """Make the row of `order`, and then its hold, last for at least `seconds` from now.

    Raises:
        OrderStateConflict: the order has moved on since it was read, and nothing was done; or its seats are sold to it.
        SeatsUnavailable: the hold was lost, and somebody else has one of the seats.
        ServiceUnavailable: Redis is away; the row lasts longer already.
    """
    wanted = whole_second(database_now() + timedelta(seconds=seconds))
    longer = Greatest("expires_at", Value(wanted, output_field=DateTimeField()))
    if not Order.objects.filter(pk=order.pk, status=order.status).update(expires_at=longer):
        order.refresh_from_db()
        raise OrderStateConflict(order_status=order.status)
    order.expires_at = max(order.expires_at, wanted)
    return hold_as_long_as_row(order)


def hold_as_long_as_row(order: Order) -> Held:
    """Make an order's hold last until its row's end, which the caller has committed. Raises as `keep_hold` does."""
    until, waits = order.expires_at, order.status == Order.Status.WAITING_FOR_DEPOSIT
    held = with_seat_state(order.performance_id, lambda: store.extend_hold(order.pk, until=until, waits=waits))
    if (held.version, held.expires_at) != (order.hold_version, order.expires_at):
        note_hold(order.pk, held, status=order.status)
    return held


@outbox.handles(HOLD_TO_ROW)
def hold_to_row(order_id: str) -> None:
    """Bring the hold of a RESERVED order up to its row, which was lengthened by whoever died, or found Redis away.

    Where the seats are gone the confirmation finds out, as it does of any hold that was lost.
    """
    order = Order.objects.get(pk=order_id)
    if order.status == Order.Status.RESERVED and order.expires_at > database_now():
        with suppress(SeatsUnavailable):
            hold_as_long_as_row(order)


def note_hold(order_id: str, held: Held, *, status: str) -> None:
    """Let the row of an order in `status` agree with its hold; one that has ended gives retaken seats back."""
    holding = Order.objects.filter(pk=order_id, status=status)
    is_noted = holding.update(hold_version=held.version, expires_at=held.expires_at)
    if held.retaken and not is_noted and Order.objects.filter(pk=order_id, status__in=ENDED).exists():
        store.release_hold(order_id, version=held.version)  # its seats were free


async def akeep_hold(order: LockedOrder) -> None:
    """Make the hold of an order last as long as its row: one that has just become CONFIRMING, from the event loop.

    `begin_attempts` has made the row last for the provider's call, in the transaction that began the attempt.
    """
    until = order.expires_at
    held = await with_booking_state(order.performance_id, lambda: store.aextend_hold(order.id, until=until))
    if (held.version, held.expires_at) != (order.hold_version, until):
        await in_database_thread(note_hold, order.id, held, status=Order.Status.CONFIRMING.value)
