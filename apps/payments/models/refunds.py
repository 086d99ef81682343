"""Money on its way back, and the lines that it is for."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common.database.states import Moves, StateEvent
from apps.payments import states
from apps.payments.causes import LONGEST_CODE, refund_cause_choices
from apps.payments.models.payments import Payment


class Refund(models.Model):
    """Money on its way back: with `fee_krw`, which is kept, and `given_before_krw` the price of its lines."""

    Status = states.RefundStatus

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("payment"))
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="refunds", verbose_name=_("order"))
    number = models.PositiveSmallIntegerField(_("number"))
    lines = models.ManyToManyField(
        "orders.OrderLine", through="payments.RefundLine", related_name="refunds", verbose_name=_("seats")
    )
    amount_krw = models.PositiveIntegerField(_("amount"))
    fee_krw = models.PositiveIntegerField(_("fee"), default=0)
    given_before_krw = models.PositiveIntegerField(
        _("given before"), default=0, db_default=0, help_text=_("of its lines' price, at the provider's own desk")
    )
    cause = models.CharField(_("cause"), max_length=LONGEST_CODE, choices=refund_cause_choices)
    reason = models.CharField(_("reason"), max_length=120)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.REQUESTED)
    idempotency_key = models.CharField(_("idempotency key"), max_length=64, unique=True)
    tries = models.PositiveIntegerField(_("tries"), default=0, help_text=_("answers that a new key has to follow"))
    account = models.JSONField(
        _("account"), null=True, help_text=_("the customer's bank account; forgotten once the refund is done")
    )
    sendings = models.PositiveSmallIntegerField(
        _("sent again"), default=0, db_default=0, help_text=_("after the bank did not pay it")
    )
    looked_at = models.DateTimeField(_("looked at"), null=True, help_text=_("when the provider was asked last"))
    hand_reference = models.CharField(
        _("settled by hand"), max_length=120, blank=True, db_default="", help_text=_("what the payment is found by")
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("requested by"),
    )
    transaction_key = models.CharField(_("transaction key"), max_length=64, blank=True)
    provider_code = models.CharField(_("provider's code"), max_length=64, blank=True)
    requested_at = models.DateTimeField(_("requested at"))
    settled_at = models.DateTimeField(_("settled at"), null=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [models.UniqueConstraint(fields=["payment", "number"], name="one_refund_per_number")]
        indexes = [models.Index(fields=["status", "requested_at"])]
        ordering = ["payment", "number"]
        permissions = [
            ("waive_fee", "Can cancel without a fee where the organiser is at fault"),
            ("settle_by_hand", "Can note that a refund was paid in another way"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """What the provider's journal shows of this sending of the refund, so that it can be found there."""
        sending = f"/{self.sendings + 1}" if self.sendings else ""
        return f"[{self.order_id}/{self.number}{sending}]"

    @property
    def masked_account(self) -> str:
        """The last digits of the account that was named, for its owner to recognise."""
        number = (self.account or {}).get("account_number", "")
        return f"****{number[-4:]}" if number else ""

    @property
    def provider_key(self) -> str:
        """The idempotency key of the request under way."""
        return f"{self.idempotency_key}:{self.tries}" if self.tries else self.idempotency_key


class RefundLine(models.Model):
    """A line that a refund is for. `live` is true, or NULL where the refund was refused: one live refund for each line.

    So a line has at most one refund that is open or done, whoever asks for it and in whatever order.
    """

    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="refund_lines", verbose_name=_("refund"))
    line = models.ForeignKey(
        "orders.OrderLine",
        on_delete=models.PROTECT,
        db_column="orderline_id",
        related_name="refund_lines",
        verbose_name=_("line"),
    )
    live = models.BooleanField(null=True, default=True, db_default=True, editable=False)

    class Meta:
        verbose_name = _("line of a refund")
        verbose_name_plural = _("lines of refunds")
        db_table = "payments_refund_lines"
        unique_together = [("refund", "line")]
        constraints = [
            # MySQL has no partial index; of NULLs a unique index allows any number.
            models.UniqueConstraint(fields=["line", "live"], name="one_live_refund_per_line"),
        ]

    def __str__(self) -> str:
        return f"{self.refund_id}: {self.line_id}"


class RefundEvent(StateEvent):
    """What happened to a refund."""

    subject = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="events")

    class Meta:
        verbose_name = _("event of a refund")
        verbose_name_plural = _("events of refunds")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.subject_id}: {self.from_status} -> {self.to_status}"


REFUND_MOVES = Moves(Refund, RefundEvent, states.REFUND_MOVES)
