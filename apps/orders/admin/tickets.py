"""Tickets for staff to find; an order's own page, with what can be done with it, is payments' (its admin)."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from apps.common.admin.base import ModelAdmin, ReadOnly
from apps.orders.models import Ticket

TICKET_COLOURS = {Ticket.Status.VALID: "success", Ticket.Status.CANCELLED: "danger"}


@admin.register(Ticket)
class TicketAdmin(ReadOnly, ModelAdmin):
    list_display = ["code", "shown_status", "order", "user", "performance", "seat", "issued_at"]
    list_filter = ["status", "issued_at"]
    list_select_related = ["order", "user", "performance__concert", "performance__venue", "seat__section"]
    search_fields = ["code", "order__id", "user__email"]
    show_full_result_count = False

    @display(description=gettext_lazy("status"), ordering="status", label=TICKET_COLOURS)
    def shown_status(self, ticket: Ticket) -> tuple[str, str]:
        return ticket.status, ticket.get_status_display()
