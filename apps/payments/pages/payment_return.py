"""Where the payment window leads back to. Both pages can be loaded again at any time: what counts is the order."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.pages.guards import login_required_page
from apps.orders.states import OrderStatus
from apps.payments.order_story import OrderStory
from apps.payments.pages.messages import payment_message
from apps.payments.pages.moved import ask_first, is_agreed, with_stamp
from apps.payments.pages.orders_shown import hold_shown, own_story, watch_data

LONGEST_KEY = 200
MOST_DIGITS = 10  # of an amount; Python refuses to read thousands
LONGEST_MESSAGE = 510  # characters, of a provider's explanation
MAY_CONFIRM = (OrderStatus.RESERVED, OrderStatus.CONFIRMING)


@never_cache
@require_safe
@login_required_page
def payment_success(request: HttpRequest, order_id: str) -> HttpResponse:
    """The customer has agreed: have the payment confirmed by the page's script, once.

    An order that is beyond that is shown as it is, and nothing is confirmed again.
    """
    story = own_story(request, order_id)
    if story.order.status not in MAY_CONFIRM:
        return _to_order(story)
    if story.is_held and not is_agreed(request.GET, story):
        return ask_first(request, story)
    confirm = _what_to_confirm(request, story)
    if confirm is None:
        return HttpResponseRedirect(f"{reverse('payment-fail', args=[order_id])}?code=incomplete")
    page_data = {
        **watch_data(story),
        "confirm": confirm,
        "confirm_api": reverse("payment-confirm"),
        "fail_page": with_stamp(reverse("payment-fail", args=[order_id]), story),
    }
    return render(request, "payments/confirming.html", {"story": story, "order": story.order, "page_data": page_data})


@never_cache
@require_safe
@login_required_page
def payment_fail(request: HttpRequest, order_id: str) -> HttpResponse:
    """Say why the payment did not go through, and lead back to the checkout while the seats are held."""
    story = own_story(request, order_id)
    if not story.is_held:
        return _to_order(story)
    code = request.GET.get("code", "")
    context = {
        "story": story,
        "order": story.order,
        "code": code,
        "words": payment_message(code),
        "message": request.GET.get("message", "")[:LONGEST_MESSAGE],
        "needs_pass": code == "access_pass_required",
        "checkout": _checkout(request, story),
        **hold_shown(story),
    }
    return render(request, "payments/failed.html", context)


def _checkout(request: HttpRequest, story: OrderStory) -> str:
    address = reverse("checkout", args=[story.order.pk])
    return with_stamp(address, story) if is_agreed(request.GET, story) else address


def _to_order(story: OrderStory) -> HttpResponse:
    return HttpResponseRedirect(reverse("order-page", args=[story.order.pk]))


def _what_to_confirm(request: HttpRequest, story: OrderStory) -> dict[str, object] | None:
    """Return the body of the confirmation, from what the window has handed over; None where that is not whole.

    The amount goes on as it came: the service compares it with the order's. So it does with the move that was seen.
    """
    key, amount = request.GET.get("paymentKey", ""), request.GET.get("amount", "")
    is_amount = amount.isascii() and amount.isdigit() and len(amount) <= MOST_DIGITS
    is_whole = 0 < len(key) <= LONGEST_KEY and is_amount
    if not is_whole or request.GET.get("orderId") != story.order.pk:
        return None
    moved_at = story.order.performance.moved_at
    seen = None if moved_at is None else moved_at.isoformat()
    return {"paymentKey": key, "orderId": story.order.pk, "amount": int(amount), "movedAt": seen}
