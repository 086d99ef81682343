"""What every page of an order begins with: whose it is, and how it looks as JSON for the page's script."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse

from apps.accounts.pages.guards import current_user
from apps.common.errors import NotFound
from apps.payments.order_story import OrderStory, get_order_story


def own_story(request: HttpRequest, order_id: str) -> OrderStory:
    """Return the story of the visitor's own order; anybody else's is a page that is not there."""
    try:
        return get_order_story(order_id, user_id=current_user(request).pk)
    except NotFound as error:
        raise Http404 from error


def watch_data(story: OrderStory) -> dict[str, Any]:
    """What scripts need to see the order move on (`static/payments/order.js`): what is shown, and where to look."""
    return {
        "status": story.order.status,
        "api": reverse("order-detail", args=[story.order.pk]),
        "page": reverse("order-page", args=[story.order.pk]),
        "valid_tickets": len(story.live_seats),
    }


def hold_shown(story: OrderStory) -> dict[str, Any]:
    """What a page with the hold's countdown needs: when it ends in a script's ms, and what is left of it as text."""
    left = max(0, int((story.order.expires_at - story.now).total_seconds()))
    return {
        "hold_ends_ms": round(story.order.expires_at.timestamp() * 1000),
        "hold_left": f"{left // 60}:{left % 60:02}",
    }
