from celery import shared_task

from apps.common.database import outbox


@shared_task(name="common.relay_outbox")
def relay_outbox() -> None:
    """Repeat the outbox work that did not succeed at once."""
    outbox.relay()
