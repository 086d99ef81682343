from datetime import timedelta

from celery import shared_task

from apps.common.clock import database_now
from apps.payments.services import execute_refund, receive_webhook, settle_payments
from apps.payments.services.reconcile_journal import reconcile_journal as reconcile

RECONCILED = timedelta(days=2)  # twice what lies between two runs, so that a missed one leaves no gap


@shared_task(name="payments.settle_unknown_payments")
def settle_unknown_payments() -> None:
    """Ask the provider about every payment whose outcome is open."""
    receive_webhook.handle_waiting_webhooks()
    settle_payments.settle_unknown_payments()


@shared_task(name="payments.settle_refunds")
def settle_refunds() -> None:
    """Carry out the refunds that are still open."""
    execute_refund.settle_refunds()


@shared_task(name=receive_webhook.HANDLE_TASK)
def handle_webhook(delivery_id: int) -> None:
    """Act upon one message of the provider's."""
    receive_webhook.handle_webhook(delivery_id)


@shared_task(name="payments.reconcile_journal")
def reconcile_journal() -> None:
    """Compare the provider's journal of the last days with our books."""
    now = database_now()
    reconcile(start=now - RECONCILED, end=now)
