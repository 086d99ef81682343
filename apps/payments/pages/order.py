"""The page of an order: where it stands, its tickets, its money. It needs no script."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.pages.guards import login_required_page
from apps.orders.states import OPEN, OrderStatus
from apps.payments.calling_off.extra_shares import extra_share_of
from apps.payments.gateway.registry import texts_of
from apps.payments.models import Refund
from apps.payments.order_story import OrderStory
from apps.payments.pages.order_notice import order_notice
from apps.payments.pages.orders_shown import hold_shown, own_story, watch_data
from apps.payments.services.name_account import waits_for_account
from apps.payments.states import OPEN_REFUNDS

ON_ITS_WAY = (OrderStatus.CONFIRMING, OrderStatus.WAITING_FOR_DEPOSIT)
STILL_ON = (OrderStatus.CONFIRMING, OrderStatus.WAITING_FOR_DEPOSIT, OrderStatus.PAID)
OVER = (OrderStatus.CANCELLED, OrderStatus.EXPIRED)


@dataclass(frozen=True, slots=True)
class RefundShown:
    """A refund as its row on the page has it."""

    refund: Refund
    why_refused: str
    needs_account: bool

    @property
    def is_open(self) -> bool:
        return self.refund.status in OPEN_REFUNDS


@never_cache
@require_safe
@login_required_page
def order_page(request: HttpRequest, order_id: str) -> HttpResponse:
    """Show one of the visitor's orders whole."""
    story = own_story(request, order_id)
    order, payment = story.order, story.payment
    is_off = order.performance.is_called_off
    context = {
        "story": story,
        "order": order,
        "notice": order_notice(story),
        "payment": payment,
        "method": texts_of(payment.provider).of_method(payment.method) if payment else "",
        "bank": texts_of(payment.provider).of_bank(payment.account.get("bank", "")) if payment else "",
        "refunds": [shown(refund) for refund in story.refunds],
        "leaving": story.leaving,
        "refused_lines": story.refused_lines,
        "names_account": next((refund for refund in story.refunds if waits_for_account(refund)), None),
        "tells_move": story.moved_since and not is_off and (story.is_held or order.status in STILL_ON),
        "asks": bool(story.refused),
        "can_pay": story.is_held,
        "can_give_up": order.status in OPEN and not _has_run_out(story) and not is_off,
        "can_cancel": bool(order.status == OrderStatus.PAID and story.cancellable and not is_off),
        "is_waiting": order.status == OrderStatus.WAITING_FOR_DEPOSIT and not is_off,
        "can_choose_again": not is_off and (order.status in (*OVER, OrderStatus.PENDING) or _has_run_out(story)),
        "is_off": is_off,
        "extra": extra_share_of(order) if is_off else None,
        **hold_shown(story),
        "watches": order.status in ON_ITS_WAY or bool(story.leaving) or (is_off and bool(story.live_seats)),
        "page_data": watch_data(story),
    }
    return render(request, "payments/order.html", context)


def shown(refund: Refund) -> RefundShown:
    """Prepare a refund for a page."""
    is_refused = refund.status == Refund.Status.FAILED
    refused = texts_of(refund.payment.provider).of_refund(refund.provider_code) if is_refused else ""
    return RefundShown(refund, why_refused=refused, needs_account=waits_for_account(refund))


def _has_run_out(story: OrderStory) -> bool:
    return story.order.status in OPEN and story.order.expires_at <= story.now
