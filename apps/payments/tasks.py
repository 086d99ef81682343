"""What the worker does about payments. A provider that hangs may keep some of its threads, never all."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import BoundedSemaphore

from celery import shared_task

from apps.common.clock import database_now
from apps.payments.calling_off.call_off import CARRY_ON_TASK
from apps.payments.calling_off.carry_on import carry_on_all
from apps.payments.services import execute_refund, keep_hold, receipts, receive_webhook, settle_payments
from apps.payments.services.reconcile_journal import reconcile_journal as reconcile

RECONCILED = timedelta(days=2)  # twice what lies between two runs, so that a missed one leaves no gap

_threads = BoundedSemaphore(2)  # of the worker's four: the waiting rooms need the others every second


@contextmanager
def _a_thread_to_spare() -> Iterator[bool]:
    """Tell whether the provider may have this thread; if not, a later run does what this one leaves."""
    may = _threads.acquire(blocking=False)
    try:
        yield may
    finally:
        if may:
            _threads.release()


@shared_task(name="payments.settle_unknown_payments")
def settle_unknown_payments() -> None:
    """Ask the provider about every payment whose outcome is open."""
    with _a_thread_to_spare() as may:
        if may:
            receive_webhook.handle_waiting_webhooks()
            settle_payments.settle_unknown_payments()


@shared_task(name="payments.keep_holds")
def keep_holds() -> None:
    """Keep the seats of payments on their way; asks Redis only, so it waits for no provider."""
    keep_hold.keep_holds()


@shared_task(name="payments.settle_refunds")
def settle_refunds() -> None:
    """Carry out the refunds that are still open; forget whose receipts nobody needs."""
    with _a_thread_to_spare() as may:
        if may:
            execute_refund.settle_refunds()
            receipts.forget_unused()


@shared_task(name=CARRY_ON_TASK)
def carry_on_calling_off() -> None:
    """Go on with every performance that is being called off."""
    with _a_thread_to_spare() as may:
        if may:
            carry_on_all()


@shared_task(name=receive_webhook.HANDLE_TASK)
def handle_webhooks(delivery_ids: list[int]) -> None:
    """Act upon messages of the provider's that came in one moment."""
    with _a_thread_to_spare() as may:
        if may:
            receive_webhook.handle_webhooks(delivery_ids)


@shared_task(name="payments.reconcile_journal")
def reconcile_journal() -> None:
    """Compare the provider's journal of the last days with our books."""
    with _a_thread_to_spare() as may:
        if may:
            now = database_now()
            reconcile(start=now - RECONCILED, end=now)
