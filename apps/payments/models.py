"""What was asked of the payment provider, and what came of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.common.states import Moves, StateEvent
from apps.payments import states


class PaymentAttempt(models.Model):
    """One try to take an order's money; committed before the provider is called."""

    Status = states.AttemptStatus

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="payment_attempts")
    number = models.PositiveSmallIntegerField()
    payment_key = models.CharField(max_length=200, unique=True)
    amount_krw = models.PositiveIntegerField()
    idempotency_key = models.CharField(max_length=64, unique=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.STARTED)
    provider_code = models.CharField(max_length=64, blank=True)
    provider_message = models.CharField(max_length=510, blank=True)
    started_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "number"], name="one_attempt_per_number_of_an_order")]
        indexes = [models.Index(fields=["status", "started_at"])]
        ordering = ["order", "number"]

    def __str__(self) -> str:
        return self.idempotency_key


class Payment(models.Model):
    """The money of an order, as the provider is known to have it.

    `balance_krw` is what the provider still holds; `refundable_krw` is what of it has not been promised
    to a refund. The second goes down, under the row's lock, before the provider is asked for a refund.
    """

    Status = states.PaymentStatus

    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="payment")
    payment_key = models.CharField(max_length=200, unique=True)
    method = models.CharField(max_length=32, blank=True)
    amount_krw = models.PositiveIntegerField()
    balance_krw = models.PositiveIntegerField()
    refundable_krw = models.PositiveIntegerField()
    status = models.CharField(max_length=20, choices=Status.choices)
    approved_at = models.DateTimeField(null=True)
    secret = models.CharField(max_length=64, blank=True, editable=False)
    has_virtual_account = models.BooleanField(default=False)
    account = models.JSONField(default=dict, help_text="where the customer deposits: bank, number, holder, due_at")
    provider_payload = models.JSONField(default=dict, editable=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(balance_krw__lte=F("amount_krw")), name="balance_within_amount"),
            models.CheckConstraint(condition=Q(refundable_krw__lte=F("balance_krw")), name="refundable_within_balance"),
        ]
        indexes = [models.Index(fields=["approved_at"])]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.amount_krw} KRW"


class PaymentEvent(StateEvent):
    """What happened to a payment."""

    subject = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="events")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.subject_id}: {self.from_status} -> {self.to_status}"


class Refund(models.Model):
    """Money on its way back. `fee_krw` is what is kept of its lines' price."""

    Status = states.RefundStatus
    Cause = states.RefundCause

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="refunds")
    number = models.PositiveSmallIntegerField()
    lines = models.ManyToManyField("orders.OrderLine", related_name="refunds")
    amount_krw = models.PositiveIntegerField()
    fee_krw = models.PositiveIntegerField(default=0)
    cause = models.CharField(max_length=20, choices=states.RefundCause.choices)
    reason = models.CharField(max_length=120)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.REQUESTED)
    idempotency_key = models.CharField(max_length=64, unique=True)
    tries = models.PositiveIntegerField(default=0, help_text="answers that a new key has to follow")
    account = models.JSONField(null=True, help_text="the customer's bank account; forgotten once the refund is done")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    transaction_key = models.CharField(max_length=64, blank=True)
    provider_code = models.CharField(max_length=64, blank=True)
    requested_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["payment", "number"], name="one_refund_per_number")]
        indexes = [models.Index(fields=["status", "requested_at"])]
        ordering = ["payment", "number"]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """What the provider's journal shows of this refund, so that it can be found there."""
        return f"[{self.order_id}/{self.number}]"

    @property
    def provider_key(self) -> str:
        """The idempotency key of the request under way."""
        return f"{self.idempotency_key}:{self.tries}" if self.tries else self.idempotency_key


class RefundEvent(StateEvent):
    """What happened to a refund."""

    subject = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="events")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.subject_id}: {self.from_status} -> {self.to_status}"


class WebhookDelivery(models.Model):
    """A provider's message about an order of ours: kept, answered, and dealt with afterwards."""

    transmission_id = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001 - NULL is not unique
    event_type = models.CharField(max_length=40)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="webhook_deliveries")
    body = models.JSONField()
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name_plural = "webhook deliveries"
        indexes = [models.Index(fields=["handled_at", "received_at"])]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.event_type} of {self.order_id}"


PAYMENT_MOVES = Moves(Payment, PaymentEvent, states.PAYMENT_MOVES)
REFUND_MOVES = Moves(Refund, RefundEvent, states.REFUND_MOVES)
