from celery import shared_task

from apps.orders.services.rebuild_seat_state import ensure_seat_states as ensure_all
from apps.orders.services.release_order import expire_orders as expire_batch


@shared_task(name="orders.expire_orders")
def expire_orders() -> None:
    """End every unpaid order whose time is over, a batch at a time."""
    while expire_batch():
        pass


@shared_task(name="orders.ensure_seat_states")
def ensure_seat_states() -> None:
    """Bring back the seats of every performance that Redis does not have."""
    ensure_all()
