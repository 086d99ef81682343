"""Cash receipts for staff to read; what issues and cancels them are services."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from apps.common.admin.base import ModelAdmin, ReadOnly
from apps.payments.admin.payments import Amounts, WithHistory
from apps.payments.models import CashReceipt
from apps.payments.services.receipts import refused_cancellations
from apps.payments.services.staff_acts import retry_receipt_by_staff

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
    actions = ["try_again"]

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.change_refund")

    @admin.action(description=gettext_lazy("Try refused cancellations again"), permissions=["retry"])
    def try_again(self, request: HttpRequest, receipts: QuerySet[CashReceipt]) -> None:
        """Have what was refused asked for again; the worker does it."""
        chosen = receipts.filter(refused_cancellations())
        count = sum(retry_receipt_by_staff(receipt.pk, staff_id=int(request.user.pk or 0)) for receipt in chosen)
        self.message_user(request, _("Asked again: %(count)d.") % {"count": count}, messages.INFO)

    @display(description=gettext_lazy("status"), ordering="status", label=COLOURS)
    def shown_status(self, receipt: CashReceipt) -> tuple[str, str]:
        return receipt.status, receipt.get_status_display()
