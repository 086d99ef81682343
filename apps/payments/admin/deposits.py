"""Orders that wait for a deposit: who, which seats, until when; and their release, many at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.common.admin.base import ModelAdmin, ReadOnly
from apps.common.templatetags.ticketlive import won
from apps.concerts.models import Performance
from apps.orders.models import Order
from apps.payments.deposits.release import MOST_AT_ONCE, release_deposits
from apps.payments.models import WaitingDeposit

SHOWN = 20  # of the chosen orders, on the page that asks
MOST_SHOWS = 100  # to choose from


class ReleaseForm(forms.Form):
    """Why the seats are not kept any more."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("For the audit. The customer and the payment company do not see it."),
    )


class OpenShows(admin.SimpleListFilter):
    """The performances that have open deposits, the next show first."""

    title = gettext_lazy("performance")
    parameter_name = "performance"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        waiting = Performance.objects.filter(orders__status=Order.Status.WAITING_FOR_DEPOSIT).distinct()
        shows = waiting.select_related("concert").order_by("starts_at", "pk")[:MOST_SHOWS]
        return [(str(show.pk), str(show)) for show in shows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = {value for value, _title in self.lookup_choices}
        return queryset.filter(performance=self.value()) if self.value() in chosen else queryset


@admin.register(WaitingDeposit)
class WaitingDepositAdmin(ReadOnly, ModelAdmin):
    """Who may see orders sees these; who may change orders releases them."""

    list_display = ["order_link", "user", "performance", "shown_seats", "shown_amount", "created_at", "expires_at"]
    list_display_links = None
    list_filter = [OpenShows, "expires_at", "created_at"]
    list_select_related = ["user", "performance__concert"]
    search_fields = ["id", "user__email", "booker_name", "booker_phone", "performance__concert__title"]
    search_help_text = gettext_lazy("Order number, e-mail address, booker's name or phone, concert")
    ordering = ["expires_at", "pk"]
    actions = ["release"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[WaitingDeposit]:
        waiting = super().get_queryset(request).filter(status=Order.Status.WAITING_FOR_DEPOSIT)
        return waiting.annotate(seat_count=Count("lines"))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("orders.view_order")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_release_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.change_order")

    @admin.display(description=gettext_lazy("order number"), ordering="pk")
    def order_link(self, order: WaitingDeposit) -> str:
        return format_html('<a href="{}">{}</a>', reverse("admin:orders_order_change", args=[order.pk]), order.pk)

    @admin.display(description=gettext_lazy("seats"), ordering="seat_count")
    def shown_seats(self, order: WaitingDeposit) -> int:
        return int(getattr(order, "seat_count", 0))

    @admin.display(description=gettext_lazy("amount"), ordering="amount_krw")
    def shown_amount(self, order: WaitingDeposit) -> str:
        return won(order.amount_krw)

    @admin.action(description=gettext_lazy("Release the seats of these deposits"), permissions=["release"])
    def release(self, request: HttpRequest, deposits: QuerySet[WaitingDeposit]) -> HttpResponse | None:
        """Ask for the reason and show what will happen; with a reason do it."""
        form = ReleaseForm(request.POST if "release" in request.POST else None)
        chosen = list(deposits[: MOST_AT_ONCE + 1])
        if len(chosen) > MOST_AT_ONCE:
            words = _("At most %(most)d at once: choose fewer, or filter first.") % {"most": MOST_AT_ONCE}
            self.message_user(request, words, messages.ERROR)
            return None
        if not form.is_valid():
            return self._ask(request, form, chosen)
        done = release_deposits(
            [order.pk for order in chosen],
            staff_id=int(request.user.pk or 0),
            reason=form.cleaned_data["reason"],
        )
        words = ngettext(
            "%(count)d order has ended; %(seats)d seats are free again.",
            "%(count)d orders have ended; %(seats)d seats are free again.",
            len(done.order_ids),
        )
        self.message_user(request, words % {"count": len(done.order_ids), "seats": done.seats}, messages.SUCCESS)
        if done.left:
            left = _("%(count)d had moved on by then, and were left as they are.") % {"count": done.left}
            self.message_user(request, left, messages.WARNING)
        return None

    def _ask(self, request: HttpRequest, form: ReleaseForm, chosen: list[WaitingDeposit]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Release the seats of these deposits"),
            "breadcrumbs": [(_("Open deposits"), reverse("admin:payments_waitingdeposit_changelist"))],
            "form": form,
            "orders": chosen[:SHOWN],
            "more": max(0, len(chosen) - SHOWN),
            "ids": [order.pk for order in chosen],
            "checkbox": ACTION_CHECKBOX_NAME,
            "order_count": len(chosen),
            "seat_count": sum(self.shown_seats(order) for order in chosen),
            "amount_krw": sum(order.amount_krw for order in chosen),
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "admin/payments/release_deposits.html", context, status=status)
