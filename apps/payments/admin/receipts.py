"""Cash receipts for staff to read; what issues and cancels them are services."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from apps.common.admin.base import ModelAdmin, ReadOnly
from apps.payments.admin.payments import Amounts, WithHistory
from apps.payments.models import CashReceipt

COLOURS = {
    CashReceipt.Status.WANTED: "default",
    CashReceipt.Status.ASKED: "warning",
    CashReceipt.Status.ISSUED: "success",
    CashReceipt.Status.PART: "info",
    CashReceipt.Status.CANCELLED: "default",
    CashReceipt.Status.REFUSED: "danger",
}


@admin.register(CashReceipt)
class CashReceiptAdmin(Amounts, WithHistory, ReadOnly, ModelAdmin):
    list_display = ["order", "shown_status", "kind", "masked_identity", "shown_amount", "provider_code", "issued_at"]
    list_filter = ["status", "kind", "issued_at"]
    list_select_related = ["order"]
    search_fields = ["order__id", "receipt_key", "issue_number"]
    fields = [
        "order", "status", "kind", "masked_identity", "shown_amount", "issue_number", "receipt_key", "url",
        "is_by_provider", "provider_code", "wanted_at", "issued_at",
    ]  # fmt: skip
    readonly_fields = ["shown_amount"]

    @display(description=gettext_lazy("status"), ordering="status", label=COLOURS)
    def shown_status(self, receipt: CashReceipt) -> tuple[str, str]:
        return receipt.status, receipt.get_status_display()
