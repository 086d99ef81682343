"""Payments and refunds for staff to read. What changes them are the services."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.common.admin_base import ReadOnly
from apps.payments.models import Payment, PaymentAttempt, PaymentEvent, Refund, RefundEvent, WebhookDelivery
from apps.payments.services.execute_refund import retry_refund


class RefundInline(ReadOnly, admin.TabularInline):
    model = Refund
    extra = 0
    fields = ["number", "status", "cause", "amount_krw", "fee_krw", "provider_code", "requested_at", "settled_at"]
    show_change_link = True


class PaymentEventInline(ReadOnly, admin.TabularInline):
    model = PaymentEvent
    extra = 0
    fields = ["happened_at", "from_status", "to_status", "reason", "actor", "details"]
    readonly_fields = ["happened_at"]


class RefundEventInline(ReadOnly, admin.TabularInline):
    model = RefundEvent
    extra = 0
    fields = ["happened_at", "from_status", "to_status", "reason", "actor", "details"]
    readonly_fields = ["happened_at"]


@admin.register(Payment)
class PaymentAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["order", "status", "method", "amount_krw", "balance_krw", "refundable_krw", "approved_at"]
    list_filter = ["status", "method", "approved_at"]
    list_select_related = ["order"]
    search_fields = ["order__id", "payment_key", "order__user__email"]
    exclude = ["account"]
    inlines = [RefundInline, PaymentEventInline]


@admin.register(PaymentAttempt)
class PaymentAttemptAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["order", "number", "status", "amount_krw", "provider_code", "started_at", "settled_at"]
    list_filter = ["status", "started_at"]
    list_select_related = ["order"]
    search_fields = ["order__id", "payment_key"]


@admin.register(Refund)
class RefundAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["order", "number", "status", "cause", "amount_krw", "fee_krw", "provider_code", "requested_at"]
    list_filter = ["status", "cause", "requested_at"]
    list_select_related = ["order"]
    search_fields = ["order__id", "payment__payment_key", "transaction_key"]
    exclude = ["account"]
    inlines = [RefundEventInline]
    actions = ["try_again"]

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.change_refund")

    @admin.action(description="Try refused refunds again", permissions=["retry"])
    def try_again(self, request: HttpRequest, refunds: QuerySet[Refund]) -> None:
        opened = sum(retry_refund(refund.pk, actor=f"staff:{request.user.pk}") for refund in refunds)
        self.message_user(request, f"{opened} opened again; they are carried out within seconds.", messages.INFO)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["received_at", "event_type", "order", "handled_at", "outcome"]
    list_filter = ["event_type", "received_at"]
    list_select_related = ["order"]
    search_fields = ["order__id", "transmission_id"]
