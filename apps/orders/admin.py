"""Orders and tickets for staff to read; what changes them are the services."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.common.admin_base import ReadOnly
from apps.orders.models import Order, OrderEvent, OrderLine, Ticket


class LineInline(ReadOnly, admin.TabularInline):
    model = OrderLine
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLine]:
        return super().get_queryset(request).select_related("seat__section")


class TicketInline(ReadOnly, admin.TabularInline):
    model = Ticket
    extra = 0
    fields = ["code", "seat", "status", "issued_at", "cancelled_at"]
    readonly_fields = ["code"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        return super().get_queryset(request).select_related("seat__section")


class EventInline(ReadOnly, admin.TabularInline):
    model = OrderEvent
    extra = 0
    fields = ["happened_at", "from_status", "to_status", "reason", "actor", "details"]
    readonly_fields = ["happened_at"]


@admin.register(Order)
class OrderAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["id", "status", "user", "performance", "amount_krw", "created_at", "expires_at", "paid_at"]
    list_filter = ["status", "created_at"]
    list_select_related = ["user", "performance__concert"]
    search_fields = ["id", "user__email", "booker_name", "booker_phone"]
    inlines = [LineInline, TicketInline, EventInline]


@admin.register(Ticket)
class TicketAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["code", "status", "order", "user", "performance", "seat", "issued_at"]
    list_filter = ["status", "issued_at"]
    list_select_related = ["order", "user", "performance__concert", "seat__section"]
    search_fields = ["code", "order__id", "user__email"]
