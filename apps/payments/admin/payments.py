"""Payments, attempts and refunds for staff to read, and what staff did with orders. What changes them are services."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from apps.common.admin.base import ModelAdmin, ReadOnly, TabularInline
from apps.common.errors import DomainError
from apps.common.templatetags.ticketlive import won
from apps.orders.timeline import get_timeline
from apps.payments.admin.messages import refusal_message
from apps.payments.models import Payment, PaymentAttempt, Refund, StaffAct, SurplusPayment, WebhookDelivery
from apps.payments.services.staff_acts import retry_refund_by_staff
from apps.payments.services.surplus import ask_again

PAYMENT_COLOURS = {
    Payment.Status.AWAITING_DEPOSIT: "warning",
    Payment.Status.CAPTURED: "success",
    Payment.Status.PARTLY_REFUNDED: "info",
    Payment.Status.REFUNDED: "default",
    Payment.Status.CLOSED: "default",
}
ATTEMPT_COLOURS = {
    PaymentAttempt.Status.STARTED: "info",
    PaymentAttempt.Status.WITHDRAWN: "default",
    PaymentAttempt.Status.UNKNOWN: "warning",
    PaymentAttempt.Status.CONFIRMED: "success",
    PaymentAttempt.Status.REFUSED: "danger",
}
REFUND_COLOURS = {
    Refund.Status.REQUESTED: "info",
    Refund.Status.UNKNOWN: "warning",
    Refund.Status.SENT: "info",
    Refund.Status.RETURNED: "danger",
    Refund.Status.DONE: "success",
    Refund.Status.FAILED: "danger",
}


SURPLUS_COLOURS = {
    SurplusPayment.Status.FOUND: "warning",
    SurplusPayment.Status.DONE: "success",
    SurplusPayment.Status.REFUSED: "danger",
}


class Amounts:
    """Columns of money as people write it."""

    @admin.display(description=gettext_lazy("amount"), ordering="amount_krw")
    def shown_amount(self, row: Any) -> str:
        return won(row.amount_krw)

    @admin.display(description=gettext_lazy("fee"), ordering="fee_krw")
    def shown_fee(self, refund: Refund) -> str:
        return won(refund.fee_krw)

    @admin.display(description=gettext_lazy("balance"), ordering="balance_krw")
    def shown_balance(self, payment: Payment) -> str:
        return won(payment.balance_krw)

    @admin.display(description=gettext_lazy("refundable"), ordering="refundable_krw")
    def shown_refundable(self, payment: Payment) -> str:
        return won(payment.refundable_krw)


class RefundInline(Amounts, ReadOnly, TabularInline):
    model = Refund
    extra = 0
    fields = ["number", "status", "cause", "shown_amount", "shown_fee", "provider_code", "requested_at", "settled_at"]
    readonly_fields = ["shown_amount", "shown_fee"]
    show_change_link = True


class WithHistory:
    """Below a row of money, all that has happened to its order."""

    change_form_outer_after_template = "admin/payments/timeline.html"

    class Media:
        css = {"all": ["common/admin/pages.css", "orders/admin/order.css"]}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        timeline = {"order_id": row.order_id, "timeline": get_timeline(row.order_id)} if row else {}
        return super().change_view(request, object_id, form_url, {**timeline, **(extra_context or {})})  # type: ignore[misc]


@admin.register(Payment)
class PaymentAdmin(Amounts, WithHistory, ReadOnly, ModelAdmin):
    list_display = [
        "order", "shown_status", "provider", "method", "shown_amount", "shown_balance", "shown_refundable",
        "approved_at",
    ]  # fmt: skip
    list_filter = ["status", "provider", "method", "approved_at"]
    list_select_related = ["order"]
    search_fields = ["order__id", "payment_key", "order__user__email"]
    fields = [
        "order", "status", "provider", "method", "shown_amount", "shown_balance", "shown_refundable", "payment_key",
        "is_partly_refundable", "has_virtual_account", "approved_at", "created_at",
    ]  # fmt: skip
    readonly_fields = ["shown_amount", "shown_balance", "shown_refundable"]
    inlines = [RefundInline]
    show_full_result_count = False

    @display(description=gettext_lazy("status"), ordering="status", label=PAYMENT_COLOURS)
    def shown_status(self, payment: Payment) -> tuple[str, str]:
        return payment.status, payment.get_status_display()


@admin.register(PaymentAttempt)
class PaymentAttemptAdmin(Amounts, WithHistory, ReadOnly, ModelAdmin):
    list_display = ["order", "number", "shown_status", "shown_amount", "provider_code", "started_at", "settled_at"]
    list_filter = ["status", "started_at"]
    list_select_related = ["order"]
    search_fields = ["order__id", "payment_key"]
    fields = [
        "order", "number", "status", "shown_amount", "provider", "payment_key", "idempotency_key", "provider_code",
        "provider_message", "started_at", "settled_at",
    ]  # fmt: skip
    readonly_fields = ["shown_amount"]
    show_full_result_count = False

    @display(description=gettext_lazy("status"), ordering="status", label=ATTEMPT_COLOURS)
    def shown_status(self, attempt: PaymentAttempt) -> tuple[str, str]:
        return attempt.status, attempt.get_status_display()


@admin.register(Refund)
class RefundAdmin(Amounts, WithHistory, ReadOnly, ModelAdmin):
    list_display = [
        "order", "number", "shown_status", "cause", "shown_amount", "shown_fee", "provider_code", "requested_at",
    ]  # fmt: skip
    list_filter = ["status", "cause", "requested_at"]
    list_select_related = ["order"]
    search_fields = ["order__id", "payment__payment_key", "transaction_key"]
    fields = [
        "order", "payment", "number", "status", "cause", "reason", "shown_amount", "shown_fee", "given_before_krw",
        "requested_by", "requested_at", "settled_at", "hand_reference", "provider_code", "transaction_key",
        "idempotency_key", "tries", "sendings", "looked_at",
    ]  # fmt: skip
    readonly_fields = ["shown_amount", "shown_fee"]
    actions = ["try_again"]

    @display(description=gettext_lazy("status"), ordering="status", label=REFUND_COLOURS)
    def shown_status(self, refund: Refund) -> tuple[str, str]:
        return refund.status, refund.get_status_display()

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.change_refund")

    @admin.action(description=gettext_lazy("Try refused refunds again"), permissions=["retry"])
    def try_again(self, request: HttpRequest, refunds: QuerySet[Refund]) -> None:
        """Open refused refunds again. The worker asks the provider: a page does not wait for many calls."""
        opened = 0
        for refund in refunds.filter(status=Refund.Status.FAILED):
            try:
                now = retry_refund_by_staff(refund.pk, staff_id=int(request.user.pk or 0), ask_now=False)
            except DomainError as refusal:
                self.message_user(request, f"{refund}: {refusal_message(refusal)}", messages.ERROR)
                continue
            opened += now.status == Refund.Status.REQUESTED
        text = _("Opened again: %(count)d. They are carried out within seconds.") % {"count": opened}
        self.message_user(request, text, messages.INFO)


@admin.register(SurplusPayment)
class SurplusPaymentAdmin(Amounts, WithHistory, ReadOnly, ModelAdmin):
    """Second payments of one order. They go back by themselves; a refused one is given back at the provider's desk."""

    list_display = ["order", "shown_status", "provider", "method", "shown_amount", "provider_code", "found_at"]
    list_filter = ["status", "provider", "found_at"]
    list_select_related = ["order"]
    search_fields = ["order__id", "payment_key"]
    fields = [
        "order", "status", "provider", "method", "shown_amount", "payment_key", "provider_code", "transaction_key",
        "found_at", "settled_at",
    ]  # fmt: skip
    readonly_fields = ["shown_amount"]
    actions = ["give_back"]

    @display(description=gettext_lazy("status"), ordering="status", label=SURPLUS_COLOURS)
    def shown_status(self, surplus: SurplusPayment) -> tuple[str, str]:
        return surplus.status, surplus.get_status_display()

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.change_refund")

    @admin.action(description=gettext_lazy("Ask the payment company again"), permissions=["retry"])
    def give_back(self, request: HttpRequest, rows: QuerySet[SurplusPayment]) -> None:
        """Have refused ones asked for again; the worker does it."""
        count = sum(ask_again(surplus.pk) for surplus in rows)
        self.message_user(request, _("Asked again: %(count)d.") % {"count": count}, messages.INFO)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnly, ModelAdmin):
    list_display = ["received_at", "provider", "event_type", "order", "handled_at", "outcome"]
    list_filter = ["provider", "event_type", "received_at"]
    list_select_related = ["order"]
    search_fields = ["order__id", "transmission_id"]
    show_full_result_count = False


@admin.register(StaffAct)
class StaffActAdmin(ReadOnly, ModelAdmin):
    list_display = ["happened_at", "actor", "kind", "order", "reason"]
    list_filter = ["kind", "happened_at"]
    list_select_related = ["actor", "order"]
    search_fields = ["order__id", "actor__email", "reason"]
    show_full_result_count = False
