"""Orders: a list to search, and for each a page with its seats, its money and its timeline."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from apps.common.admin.base import ShownWhole
from apps.common.templatetags.ticketlive import won
from apps.orders.models import Order
from apps.orders.timeline import get_timeline
from apps.payments.calling_off.extra_shares import extra_share_of
from apps.payments.models import PaymentAttempt, Refund
from apps.payments.order_story import get_order_story
from apps.payments.services.name_account import may_name_account
from apps.payments.services.settle_by_hand import may_be_settled_by_hand
from apps.payments.states import OPEN_REFUNDS, UNSETTLED

STATUS_COLOURS: dict[str, str] = {
    Order.Status.PENDING: "default",
    Order.Status.RESERVED: "info",
    Order.Status.CONFIRMING: "warning",
    Order.Status.WAITING_FOR_DEPOSIT: "warning",
    Order.Status.PAID: "success",
    Order.Status.CANCELLED: "danger",
    Order.Status.EXPIRED: "default",
}
RETRIED = (*OPEN_REFUNDS, Refund.Status.SENT, Refund.Status.FAILED)
ENDED = (Order.Status.CANCELLED, Order.Status.EXPIRED)


def order_context(request: HttpRequest, order: Order) -> dict[str, Any]:
    """What an order's page shows, in as many queries as it has tables, whatever has happened to it."""
    story = get_order_story(order.pk, user_id=order.user_id)
    may_act = request.user.has_perm("orders.change_order")
    unsettled = PaymentAttempt.objects.filter(order=order, status__in=UNSETTLED).exists()
    return {
        "title": _("Order %(number)s") % {"number": order.pk},
        "breadcrumbs": [(_("Orders"), reverse("admin:orders_order_changelist"))],
        "order": order,
        "story": story,
        "status_tone": {"success": "good", "danger": "bad", "warning": "warn"}.get(STATUS_COLOURS[order.status], ""),
        "buyer": order.user,
        "sees_accounts": request.user.has_perm("accounts.view_user"),
        "timeline": get_timeline(order.pk),
        "may_act": may_act,
        "may_retry": request.user.has_perm("payments.change_refund"),
        "may_cancel": may_act and order.status not in ENDED and order.status != Order.Status.CONFIRMING,
        "may_resend": may_act and bool(story.live_seats) and not story.order.performance.is_called_off,
        "may_ask": may_act and (unsettled or story.payment is not None),
        "nameless": {refund.pk for refund in story.refunds if may_name_account(refund)},
        "retryable": {refund.pk for refund in story.refunds if refund.status in RETRIED},
        "extra": extra_share_of(order) if story.order.performance.is_called_off else None,
        "may_settle": request.user.has_perm("payments.settle_by_hand"),
        "unsettled": {refund.pk for refund in story.refunds if may_be_settled_by_hand(refund)},
    }


@admin.register(Order)
class OrderAdmin(ShownWhole):
    """Orders, to read: their acts have pages and services of their own."""

    whole_template = "admin/orders/order/change_form.html"
    whole_context = staticmethod(order_context)
    list_display = ["id", "shown_status", "user", "performance", "shown_amount", "created_at", "paid_at"]
    list_filter = ["status", "created_at"]
    list_select_related = ["user", "performance__concert", "performance__venue"]
    search_fields = ["id", "user__email", "booker_name", "booker_phone", "tickets__code"]
    search_help_text = gettext_lazy("Order number, e-mail address, booker's name or phone, ticket code")
    show_full_result_count = False

    @display(description=gettext_lazy("status"), ordering="status", label=STATUS_COLOURS)
    def shown_status(self, order: Order) -> tuple[str, str]:
        return order.status, order.get_status_display()

    @admin.display(description=gettext_lazy("amount"), ordering="amount_krw")
    def shown_amount(self, order: Order) -> str:
        return won(order.amount_krw)
