"""Cash receipts: what the tax office is told of money that did not come by card."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.payments import states
from apps.payments.gateway.port import ReceiptKind

KINDS = [
    (ReceiptKind.INCOME_DEDUCTION.value, _("income deduction (phone number)")),
    (ReceiptKind.BUSINESS_PROOF.value, _("proof of business expense (business number)")),
]


class CashReceipt(models.Model):
    """The cash receipt of an order: wanted at the checkout, issued once the money has come, less what goes back.

    `identity` is forgotten when the receipt is issued, or when the order ends without money; `masked_identity` stays.
    `amount_krw` is what the receipt is about now. `covered` are the numbers of the refunds that it takes into account.
    One that is issued and has a `provider_code` says too much: the provider has refused to take a refund off it.
    `refused` counts these refusals, by the refund's number; a new key has to follow each.
    """

    Status = states.ReceiptStatus

    order = models.OneToOneField(
        "orders.Order", on_delete=models.PROTECT, related_name="cash_receipt", verbose_name=_("order")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS)
    identity = models.CharField(max_length=30, blank=True, editable=False)
    masked_identity = models.CharField(_("issued to"), max_length=30)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.WANTED)
    amount_krw = models.PositiveIntegerField(_("amount"), default=0)
    receipt_key = models.CharField(_("receipt key"), max_length=200, blank=True)
    issue_number = models.CharField(_("number"), max_length=20, blank=True)
    url = models.URLField(_("address"), max_length=500, blank=True)
    is_by_provider = models.BooleanField(
        _("issued with the payment"), default=False, help_text=_("the provider cancels it by itself")
    )
    provider_code = models.CharField(_("provider's code"), max_length=64, blank=True)
    refused = models.JSONField(null=True, editable=False)
    covered = models.JSONField(default=list, editable=False)
    wanted_at = models.DateTimeField(_("wanted at"))
    issued_at = models.DateTimeField(_("issued at"), null=True)

    class Meta:
        verbose_name = _("cash receipt")
        verbose_name_plural = _("cash receipts")
        indexes = [models.Index(fields=["status", "wanted_at"], name="payments_receipts")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.amount_krw} KRW"
