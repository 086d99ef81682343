"""Webhooks: kept, answered, and dealt with by asking the provider. Nothing that they say is believed."""

from __future__ import annotations

import hmac
import logging
from typing import Any

from celery import current_app
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from apps.orders.models import Order
from apps.orders.order_ids import performance_of
from apps.payments.models import Payment, WebhookDelivery
from apps.payments.services.settle_each import settle_each
from apps.payments.services.settle_payments import settle_order

logger = logging.getLogger(__name__)

HANDLE_TASK = "payments.handle_webhook"
DEPOSIT_CALLBACK = "DEPOSIT_CALLBACK"
STATUS_CHANGED = "PAYMENT_STATUS_CHANGED"


def receive_webhook(body: dict[str, Any], *, transmission_id: str | None) -> WebhookDelivery | None:
    """Keep a message and leave it to the worker; None for one that is forged, foreign or known already.

    A deposit callback has to bear the secret that came with the payment. Any other message carries no
    proof, so it is no more than a hint to ask the provider about one of our own orders.
    """
    order_id, event_type = _subject(body)
    if performance_of(order_id) is None or not Order.objects.filter(pk=order_id).exists():
        return None
    if event_type == DEPOSIT_CALLBACK and not _has_secret(order_id, body):
        logger.warning("deposit callback of %s without its secret", order_id)
        return None
    kept = {name: value for name, value in body.items() if name != "secret"}
    try:
        with transaction.atomic():
            delivery = WebhookDelivery.objects.create(
                transmission_id=transmission_id,
                event_type=event_type,
                order_id=order_id,
                body=kept,
                received_at=Now(),
            )
            transaction.on_commit(lambda: _hand_over(delivery.pk))
    except IntegrityError:
        return None
    return delivery


def handle_webhook(delivery_id: int) -> None:
    """Act upon a message that was kept; twice does no harm."""
    delivery = WebhookDelivery.objects.filter(pk=delivery_id, handled_at=None).first()
    if delivery is None:
        return
    outcome = settle_order(delivery.order_id)
    WebhookDelivery.objects.filter(pk=delivery_id, handled_at=None).update(handled_at=Now(), outcome=outcome)


def handle_waiting_webhooks() -> int:
    """Act upon what the queue has lost; return how many there were."""
    waiting = WebhookDelivery.objects.filter(handled_at=None)
    return settle_each(lambda delivery: handle_webhook(delivery.pk), waiting)


def _subject(body: dict[str, Any]) -> tuple[str, str]:
    """Which order a message is about, and what kind it is."""
    data = body.get("data")
    if isinstance(data, dict):
        event_type = body.get("eventType")
        return str(data.get("orderId", "")), STATUS_CHANGED if event_type == STATUS_CHANGED else "OTHER"
    return str(body.get("orderId", "")), DEPOSIT_CALLBACK


def _has_secret(order_id: str, body: dict[str, Any]) -> bool:
    secret = Payment.objects.filter(order=order_id).values_list("secret", flat=True).first()
    return bool(secret) and hmac.compare_digest(str(secret).encode(), str(body.get("secret", "")).encode())


def _hand_over(delivery_id: int) -> None:
    """Queue the message; without a queue the regular run finds it."""
    try:
        current_app.send_task(HANDLE_TASK, kwargs={"delivery_id": delivery_id}, retry=False)
    except OperationalError as error:
        logger.warning("webhook %s waits for the regular run: %s", delivery_id, error)
