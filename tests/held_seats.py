"""Seats that somebody holds, by the scripts that hold them in a sale."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from apps.common.clock import database_now
from apps.concerts.models import Performance, Seat
from apps.concerts.waiting_room.services.open_line import open_line
from apps.orders.order_ids import new_order_id
from apps.orders.seat_holds import store
from tests.factories import make_user


def hold_seats(performance: Performance, seats: Sequence[int]) -> None:
    """Let a customer hold these seats (ids) of a performance that anybody may book, for ten minutes."""
    open_line(performance.pk)
    order_id, user = new_order_id(performance.pk), make_user()
    ordinals = list(Seat.objects.filter(pk__in=seats).values_list("ordinal", flat=True))
    soon = database_now() + timedelta(minutes=10)
    store.register_draft(order_id, user_id=user.pk, ordinals=ordinals, expires_at=soon)
    store.reserve(order_id, user_id=user.pk)
