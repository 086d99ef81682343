"""A sale that is completed while its show moves to another hall: its tickets name the hall in which the show is."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable

import pytest
from django.db import connection

from apps.concerts.models import Performance, PerformanceMove
from apps.orders.models import OrderLine, Ticket
from apps.orders.services.moving.carry_out_move import carry_out_move
from apps.orders.services.tickets import CODE_BYTES
from tests.moving import move_show, not_carried_out, twin_of
from tests.paid_orders import PaidOrders
from tests.waiting import LONGEST_SECONDS, wait_until

REFRESHED_SECONDS = 0.2  # InnoDB's table of transactions is as old as the last look, if that was within a tenth


class Move:
    """A move that is carried out by another process, from the moment in which a sale has read its lines."""

    def __init__(self, move_id: int) -> None:
        self._thread = threading.Thread(target=self._carry_out, args=[move_id])

    def _carry_out(self, move_id: int) -> None:
        try:
            carry_out_move(move_id=move_id)
        finally:
            connection.close()

    def begin(self) -> None:
        """Go on once the move is over, or waits for the sale's transaction."""
        self._thread.start()
        wait_until(lambda: not self._thread.is_alive() or _somebody_waits(), what="the move", pause=REFRESHED_SECONDS)

    def end(self) -> None:
        self._thread.join(LONGEST_SECONDS)
        assert not self._thread.is_alive()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'")
        return bool(cursor.fetchone()[0])


def test_tickets_name_the_hall_in_which_the_show_is(
    paid_orders_either_lane: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "mysql":
        pytest.skip("SQLite has one writer at a time")
    sale, show = paid_orders_either_lane, paid_orders_either_lane.performance
    order = sale.reserve(0, 1)
    key = sale.agree(order)
    with not_carried_out():
        begun = move_show(show, venue_id=twin_of(show).pk)
    move = Move(begun.pk)
    Performance.objects.filter(pk=show.pk).update(moving_since=None)  # the payment began before the move did
    monkeypatch.setattr(secrets, "token_urlsafe", _before_the_first_ticket(move.begin))

    assert sale.confirm(order, key).status_code == 200
    move.end()

    begun.refresh_from_db()
    assert begun.status == PerformanceMove.Status.DONE
    lines = OrderLine.objects.filter(order=order, seat__venue=Performance.objects.get(pk=show.pk).venue_id)
    tickets = Ticket.objects.filter(order=order, live=True)
    assert lines.count() == 2
    assert set(tickets.values_list("seat_id", flat=True)) == set(lines.values_list("seat_id", flat=True))


def _before_the_first_ticket(act: Callable[[], None]) -> Callable[..., str]:
    """Act when the code of the first ticket is made: the sale has read its lines by then."""
    make, done = secrets.token_urlsafe, threading.Event()

    def token(nbytes: int | None = None) -> str:
        if nbytes == CODE_BYTES and not done.is_set():
            done.set()
            act()
        return make(nbytes)

    return token
