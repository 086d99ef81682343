"""Webhooks: kept, answered, and dealt with by asking the provider. Nothing that they say is believed."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from apps.common.budgets import SpenderArgs, spend, spenders
from apps.common.clock import database_now
from apps.common.database import plain_sql
from apps.common.database.joined_commits import JoinedCommits, OutcomeUnknown
from apps.orders.models import Order
from apps.orders.order_ids import performance_of
from apps.payments.foreign_webhooks import Fate, looking_up, senders
from apps.payments.gateway.adapter import Notice, NoticeKind, WebhookReader
from apps.payments.gateway.registry import get_provider, webhook_readers
from apps.payments.models import Payment, PaymentAttempt, WebhookDelivery
from apps.payments.services.keep_hold import provider_seconds
from apps.payments.services.settle_each import settle_each
from apps.payments.services.settle_payments import settle_order

logger = logging.getLogger(__name__)

HANDLE_TASK = "payments.handle_webhooks"
KNOWN = "known already"
NOT_ASKED_FOR = "not asked for here"  # a window was declined or closed, and nothing was to be confirmed
LONGEST_TRANSMISSION_ID = 64
COMPARED_AT_ONCE = 500
GATHER_SECONDS = 0.1  # the provider waits ten seconds for its answer


@dataclass(frozen=True, slots=True)
class Webhook:
    """A message to a provider's address, as it was read."""

    provider: str
    notice: Notice
    transmission_id: str | None
    network: str | None = None
    """From where it came, as one client; None where that is not to be counted."""

    @property
    def order_id(self) -> str:
        return self.notice.order_id


def read_webhook(
    provider: str, reader: WebhookReader, body: Mapping[str, Any], transmission_id: str | None, network: str | None
) -> Webhook:
    """Read a message to a provider's address; `network` is where it came from, as one client."""
    known = transmission_id[:LONGEST_TRANSMISSION_ID] if transmission_id else None
    return Webhook(provider, reader.read(body), known, network)


def receive_webhooks(webhooks: Sequence[Webhook]) -> list[Fate]:
    """Keep messages in the caller's transaction and leave them to the worker; tell of each what became of it.

    Not kept is what is forged, foreign or known already. A deposit callback has to bear the secret that came with the
    payment. Any other message carries no proof, so it is no more than a hint to ask the provider about one of our own
    orders. One that tells of a payment what is known of it already, or is about an order of which nothing was asked,
    is kept as handled. One whose order is just being confirmed is left to the regular run: by then the confirmation
    has settled it.

    Raises:
        IntegrityError: another transaction has just kept a message with one of the transmission ids.
    """
    known = _Known({webhook.order_id for webhook in webhooks if performance_of(webhook.order_id) is not None})
    known.read_transmissions(webhooks)
    now = database_now()
    fates = [known.fate_of(webhook) for webhook in webhooks]
    webhook_fates = list(zip(webhooks, fates, strict=True))
    for webhook, fate in webhook_fates:
        if fate is Fate.FOREIGN:
            logger.warning("a message about %s is about no order, or lacks its secret", webhook.order_id)
    _store([webhook for webhook, fate in webhook_fates if fate is Fate.KEPT], known, now)
    return fates


receiving = JoinedCommits(receive_webhooks, name="keep webhooks", gather_seconds=GATHER_SECONDS)


async def areceive_webhook(webhook: Webhook) -> bool:
    """Keep a message with the others of the moment; return whether it was kept, once that is committed.

    Raises:
        TooManyRequests: many messages came about this order, or from this address about none of ours.
        ServiceUnavailable: the database is away; the provider sends it again in both cases.
    """
    if performance_of(webhook.order_id) is None:
        return False
    return await senders().look_up(webhook.network, partial(_areceive, webhook)) is Fate.KEPT


async def _areceive(webhook: Webhook) -> Fate:
    await spend.arun("webhooks", _of_order(webhook))
    try:
        return await receiving.submit(webhook)
    except (IntegrityError, OutcomeUnknown):
        return await receiving.submit(webhook)  # what was stored meanwhile is seen now


def receive_webhook(webhook: Webhook) -> bool:
    """Keep one message; see `receive_webhooks`, and `areceive_webhook` for what is refused."""
    if performance_of(webhook.order_id) is None:
        return False
    with looking_up(webhook.network) as lookup:
        spend("webhooks", _of_order(webhook))
        try:
            with transaction.atomic():
                (lookup.fate,) = receive_webhooks([webhook])
        except IntegrityError:
            lookup.fate = Fate.REPEATED
    return lookup.fate is Fate.KEPT


def _of_order(webhook: Webhook) -> SpenderArgs:
    rates = settings.REQUEST_RATES["webhooks"]
    return spenders({"account": rates["account"]}, account=webhook.order_id, network=None)


def handle_webhook(delivery_id: int) -> None:
    """Act upon a message that was kept; twice does no harm."""
    delivery = WebhookDelivery.objects.filter(pk=delivery_id, handled_at=None).first()
    if delivery is None:
        return
    payment = Payment.objects.filter(order=delivery.order_id).first()
    if payment is not None and tells_nothing_new(delivery.provider, delivery.event_type, delivery.body, payment):
        outcome = KNOWN
    elif not PaymentAttempt.objects.filter(order=delivery.order_id).exists():
        outcome = NOT_ASKED_FOR
    else:
        outcome = settle_order(delivery.order_id)
    WebhookDelivery.objects.filter(pk=delivery_id, handled_at=None).update(handled_at=Now(), outcome=outcome)


def handle_webhooks(delivery_ids: Sequence[int]) -> int:
    """Act upon messages that were kept, each by itself; return how many were tried."""
    waiting = WebhookDelivery.objects.filter(pk__in=delivery_ids, handled_at=None)
    return settle_each(lambda delivery: handle_webhook(delivery.pk), waiting)


def handle_waiting_webhooks() -> int:
    """Act upon what was left to the regular run or the queue has lost; return how many there were.

    What is known by now is only compared, many at once; the provider is asked about the rest.
    """
    compared = _handle_known()
    waiting = WebhookDelivery.objects.filter(handled_at=None)
    return compared + settle_each(lambda delivery: handle_webhook(delivery.pk), waiting)


def tells_nothing_new(provider: str, event_type: str, kept: Mapping[str, Any], payment: Payment) -> bool:
    """Tell whether a message says of a payment just what is known of it: then there is nothing to ask."""
    if event_type != NoticeKind.STATUS_CHANGED or payment.status not in SETTLED:
        return False
    reader = get_provider(provider).webhooks
    reported = None if reader is None else reader.payment(kept)
    return (
        reported is not None
        and reported.payment_key == payment.payment_key
        and reported.approved_at is not None
        and reported.balance_krw == payment.balance_krw
        and not (payment.has_virtual_account and reported.refunds)  # whether the bank has paid them is looked at
    )


SETTLED = (Payment.Status.CAPTURED, Payment.Status.PARTLY_REFUNDED, Payment.Status.REFUNDED)


class _Known:
    """What the database knows about the orders that some messages are about."""

    def __init__(self, order_ids: set[str]) -> None:
        self._orders = set(Order.objects.filter(pk__in=order_ids).values_list("pk", flat=True))
        self.payments = {payment.order_id: payment for payment in Payment.objects.filter(order__in=self._orders)}
        attempts = PaymentAttempt.objects.filter(order__in=self._orders)
        self.asked_for = set(attempts.values_list("order", flat=True))
        self.being_confirmed = set(_being_confirmed().filter(order__in=self._orders).values_list("order", flat=True))
        self._transmissions: set[tuple[str, str | None]] = set()

    def read_transmissions(self, webhooks: Iterable[Webhook]) -> None:
        """Find out which of these transmissions were kept before."""
        ids = {webhook.transmission_id for webhook in webhooks if webhook.transmission_id}
        kept = WebhookDelivery.objects.filter(transmission_id__in=ids)
        self._transmissions = set(kept.values_list("provider", "transmission_id"))

    def fate_of(self, webhook: Webhook) -> Fate:
        """Tell what is to become of a message; of two with one transmission id in one batch the first is kept."""
        if not self.is_ours(webhook):
            return Fate.FOREIGN
        if webhook.transmission_id:
            if (webhook.provider, webhook.transmission_id) in self._transmissions:
                return Fate.REPEATED
            self._transmissions.add((webhook.provider, webhook.transmission_id))
        return Fate.KEPT

    def is_ours(self, webhook: Webhook) -> bool:
        """Tell whether a message is about an order of ours, and has the secret that it needs."""
        if webhook.order_id not in self._orders:
            return False
        return webhook.notice.kind is not NoticeKind.DEPOSIT or self._has_secret(webhook)

    def outcome_of(self, webhook: Webhook) -> str:
        """Return what became of a message that needs no looking into; nothing for one that does."""
        payment = self.payments.get(webhook.order_id)
        if payment is not None and _is_known(webhook, payment):
            return KNOWN
        return "" if payment is not None or webhook.order_id in self.asked_for else NOT_ASKED_FOR

    def _has_secret(self, webhook: Webhook) -> bool:
        payment = self.payments.get(webhook.order_id)
        secret = payment.secret if payment is not None else ""
        said = webhook.notice.secret or ""
        return bool(secret) and hmac.compare_digest(secret.encode(), said.encode())


def _is_known(webhook: Webhook, payment: Payment) -> bool:
    return tells_nothing_new(webhook.provider, webhook.notice.kind, webhook.notice.kept, payment)


def _being_confirmed() -> Any:
    """The attempts that a process is at, for as long as its call can take."""
    since = Now() - timedelta(seconds=provider_seconds())
    return PaymentAttempt.objects.filter(status=PaymentAttempt.Status.STARTED, started_at__gt=since)


def _store(webhooks: Sequence[Webhook], known: _Known, now: datetime) -> None:
    rows = []
    is_urgent = False
    for webhook in webhooks:
        outcome = known.outcome_of(webhook)
        is_urgent = is_urgent or not (outcome or webhook.order_id in known.being_confirmed)
        kept = json.dumps(webhook.notice.kept, ensure_ascii=False)
        rows.append(
            (
                webhook.provider, webhook.transmission_id, webhook.notice.kind.value, webhook.order_id, kept,
                plain_sql.moment(now), plain_sql.moment(now) if outcome else None, outcome,
            )
        )  # fmt: skip
    columns = ("provider", "transmission_id", "event_type", "order_id", "body", "received_at", "handled_at", "outcome")
    plain_sql.insert(WebhookDelivery, columns, rows)
    if is_urgent:
        urgent = WebhookDelivery.objects.filter(handled_at=None, received_at=now)
        ids = list(urgent.exclude(order__in=known.being_confirmed).values_list("pk", flat=True))
        transaction.on_commit(lambda: _hand_over(ids), robust=True)


def _hand_over(delivery_ids: Sequence[int]) -> None:
    """Queue messages; without a queue the regular run finds them."""
    try:
        current_app.send_task(HANDLE_TASK, kwargs={"delivery_ids": list(delivery_ids)}, retry=False)
    except OperationalError as error:
        logger.warning("webhooks %s wait for the regular run: %s", delivery_ids, error)


def _handle_known() -> int:
    """Note as handled what says of a payment just what is known of it; return how many messages that were."""
    settled = Payment.objects.filter(order=OuterRef("order"), status__in=SETTLED)
    waiting = WebhookDelivery.objects.filter(
        Exists(settled), handled_at=None, event_type=NoticeKind.STATUS_CHANGED, provider__in=webhook_readers()
    )
    some = list(waiting.select_related("order__payment")[:COMPARED_AT_ONCE])
    known = [
        delivery.pk
        for delivery in some
        if tells_nothing_new(delivery.provider, delivery.event_type, delivery.body, delivery.order.payment)
    ]
    return WebhookDelivery.objects.filter(pk__in=known, handled_at=None).update(handled_at=Now(), outcome=KNOWN)
