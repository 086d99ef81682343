import time

from celery import shared_task

from apps.orders.services.compare_seats import sweep_seats as sweep_all
from apps.orders.services.moving.tell_moved import tell_moved as tell_for_some_seconds
from apps.orders.services.rebuild_seat_state import ensure_seat_states as ensure_all
from apps.orders.services.release_order import expire_orders as expire_batch

EXPIRING_SECONDS = 2.0  # of one run; less than beat's interval, or runs would pile up in the worker's few threads


@shared_task(name="orders.expire_orders")
def expire_orders() -> None:
    """End unpaid orders whose time is over, a batch at a time; what is left is the next run's.

    After a rush or an outage thousands are due at once. They can wait, the waiting rooms' tick cannot.
    """
    until = time.monotonic() + EXPIRING_SECONDS
    while expire_batch() and time.monotonic() < until:
        pass


@shared_task(name="orders.ensure_seat_states")
def ensure_seat_states() -> None:
    """Bring back the seats of every performance that Redis does not have."""
    ensure_all()


@shared_task(name="orders.sweep_seats")
def sweep_seats() -> None:
    """Compare the seats in Redis with the database, and mend what stays different."""
    sweep_all()


@shared_task(name="orders.tell_moved")
def tell_moved() -> None:
    """Write to holders of shows that were moved; what is left is the next run's."""
    tell_for_some_seconds()
