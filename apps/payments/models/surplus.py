"""Money that an order was paid with a second time."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.payments import states
from apps.payments.gateway.adapter import LONGEST_NAME


class SurplusPayment(models.Model):
    """A second payment of one order: it buys nothing, and goes back in full by itself.

    `tries` counts the answers that a new idempotency key has to follow.
    """

    Status = states.SurplusStatus

    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="surplus_payments", verbose_name=_("order")
    )
    provider = models.CharField(_("provider"), max_length=LONGEST_NAME)
    payment_key = models.CharField(_("payment key"), max_length=200, unique=True)
    method = models.CharField(_("method"), max_length=32, blank=True)
    amount_krw = models.PositiveIntegerField(_("amount"))
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.FOUND)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    provider_code = models.CharField(_("provider's code"), max_length=64, blank=True)
    transaction_key = models.CharField(_("transaction key"), max_length=64, blank=True)
    found_at = models.DateTimeField(_("found at"))
    settled_at = models.DateTimeField(_("settled at"), null=True)

    class Meta:
        verbose_name = _("second payment")
        verbose_name_plural = _("second payments")
        indexes = [models.Index(fields=["status", "found_at"], name="payments_surplus")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.amount_krw} KRW"
