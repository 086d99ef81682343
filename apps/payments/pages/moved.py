"""A show that was moved while somebody was about to pay: the new date is shown, and agreed to, before the money.

What has been agreed to is a stamp of the newest move, which goes along in the addresses of the pages that follow.
"""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from apps.concerts.move_stamp import MOVED, move_stamp
from apps.payments.order_story import OrderStory
from apps.payments.pages.orders_shown import hold_shown


def is_agreed(query: QueryDict, story: OrderStory) -> bool:
    """Tell whether a page's address, or form, comes from one that has shown the newest move.

    Where it does not say, whoever has ordered since the move has seen it.
    """
    seen = query.get(MOVED)
    if seen is None:
        return not story.moved_since
    return seen == move_stamp(story.order.performance)


def with_stamp(address: str, story: OrderStory) -> str:
    """Return an address that says that the newest move has been seen; the same of a show that was never moved."""
    stamp = move_stamp(story.order.performance)
    return f"{address}?{urlencode({MOVED: stamp})}" if stamp else address


def ask_first(request: HttpRequest, story: OrderStory) -> HttpResponse:
    """Show the old and the new date, with the way on to the page that was asked for; while it moves, let them wait."""
    query = request.GET.copy()
    query[MOVED] = move_stamp(story.order.performance)
    context = {
        "story": story,
        "order": story.order,
        "is_moving": story.order.performance.moving_since is not None,
        "go_on": f"{request.path}?{query.urlencode()}",
        **hold_shown(story),
    }
    return render(request, "payments/moved.html", context)
