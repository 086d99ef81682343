"""What was asked of the payment provider, and what came of it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.common.database.states import Moves, StateEvent
from apps.payments import states
from apps.payments.gateway.adapter import LONGEST_NAME


class PaymentAttempt(models.Model):
    """One try to take an order's money; committed before the provider is called."""

    Status = states.AttemptStatus

    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="payment_attempts", verbose_name=_("order")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    provider = models.CharField(_("provider"), max_length=LONGEST_NAME)
    payment_key = models.CharField(_("payment key"), max_length=200, unique=True)
    amount_krw = models.PositiveIntegerField(_("amount"))
    idempotency_key = models.CharField(_("idempotency key"), max_length=64, unique=True)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.STARTED)
    provider_code = models.CharField(_("provider's code"), max_length=64, blank=True)
    provider_message = models.CharField(_("provider's message"), max_length=510, blank=True)
    started_at = models.DateTimeField(_("started at"))
    settled_at = models.DateTimeField(_("settled at"), null=True)

    class Meta:
        verbose_name = _("payment attempt")
        verbose_name_plural = _("payment attempts")
        constraints = [models.UniqueConstraint(fields=["order", "number"], name="one_attempt_per_number_of_an_order")]
        indexes = [models.Index(fields=["status", "started_at"])]
        ordering = ["order", "number"]

    def __str__(self) -> str:
        return self.idempotency_key


class Payment(models.Model):
    """The money of an order, as its provider is known to have it: whoever that is now, it is asked of no other.

    `balance_krw` is what the provider still holds; `refundable_krw` is what of it has not been promised
    to a refund. The second goes down, under the row's lock, before the provider is asked for a refund.
    """

    Status = states.PaymentStatus

    order = models.OneToOneField(
        "orders.Order", on_delete=models.PROTECT, related_name="payment", verbose_name=_("order")
    )
    provider = models.CharField(_("provider"), max_length=LONGEST_NAME, help_text=_("who took it, and gives it back"))
    payment_key = models.CharField(_("payment key"), max_length=200, unique=True)
    method = models.CharField(_("method"), max_length=32, blank=True)
    amount_krw = models.PositiveIntegerField(_("amount"))
    balance_krw = models.PositiveIntegerField(_("balance"))
    refundable_krw = models.PositiveIntegerField(_("refundable"))
    status = models.CharField(_("status"), max_length=20, choices=Status.choices)
    approved_at = models.DateTimeField(_("approved at"), null=True)
    secret = models.CharField(max_length=64, blank=True, editable=False)
    is_partly_refundable = models.BooleanField(
        _("refundable in part"), default=True, db_default=True, help_text=_("else only the whole goes back")
    )
    is_culture_expense = models.BooleanField(
        _("culture expense"), default=False, db_default=False, help_text=_("as the provider has told the tax office")
    )
    has_virtual_account = models.BooleanField(_("by deposit"), default=False)
    account = models.JSONField(
        _("account"), default=dict, help_text=_("where the customer deposits: bank, number, holder, due_at")
    )
    provider_payload = models.JSONField(default=dict, editable=False)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
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
        verbose_name = _("event of a payment")
        verbose_name_plural = _("events of payments")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.subject_id}: {self.from_status} -> {self.to_status}"


class WebhookDelivery(models.Model):
    """A provider's message about an order of ours: kept, answered, and dealt with afterwards."""

    provider = models.CharField(_("provider"), max_length=LONGEST_NAME)
    transmission_id = models.CharField(_("transmission"), max_length=64, null=True)  # noqa: DJ001 - NULL is not unique
    event_type = models.CharField(_("event"), max_length=40)
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="webhook_deliveries", verbose_name=_("order")
    )
    body = models.JSONField(_("body"))
    received_at = models.DateTimeField(_("received at"))
    handled_at = models.DateTimeField(_("handled at"), null=True)
    outcome = models.CharField(_("outcome"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("message of the provider")
        verbose_name_plural = _("messages of the provider")
        constraints = [
            models.UniqueConstraint(fields=["provider", "transmission_id"], name="one_message_per_transmission")
        ]
        indexes = [models.Index(fields=["handled_at", "received_at"])]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.event_type} of {self.order_id}"


class StaffAct(models.Model):
    """What a member of staff did with an order in the admin: noted before it is done, and what came of it with it.

    Append-only. `details` has what was asked for, and then `done` or `refused`, which is the refusal's code.
    """

    class Kind(models.TextChoices):
        CANCEL = "cancel", _("order cancelled")
        RESEND_TICKETS = "resend_tickets", _("tickets sent again")
        RETRY_REFUND = "retry_refund", _("refund tried again")
        ASK_PROVIDER = "ask_provider", _("provider asked")
        NAME_ACCOUNT = "name_account", _("refund's account named")
        SETTLE_BY_HAND = "settle_by_hand", _("refund settled by hand")
        RELEASE_DEPOSIT = "release_deposit", _("deposit released")
        SETTLE_EXTRA = "settle_extra", _("extra share settled")
        REOPEN_EXTRA = "reopen_extra", _("extra share owed again")
        RETRY_RECEIPT = "retry_receipt", _("cash receipt tried again")

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who")
    )
    kind = models.CharField(_("act"), max_length=16, choices=Kind.choices)
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="staff_acts", verbose_name=_("order")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    details = models.JSONField(_("details"), default=dict)
    happened_at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("act of staff")
        verbose_name_plural = _("acts of staff")
        indexes = [models.Index(fields=["happened_at"], name="payments_staff_acts")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.order_id}"

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("the audit of acts is never deleted")


PAYMENT_MOVES = Moves(Payment, PaymentEvent, states.PAYMENT_MOVES)
