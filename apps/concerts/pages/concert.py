"""The page of one concert, and the reminder of its sale."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.concerts import selectors
from apps.concerts.models import Concert, Performance
from apps.concerts.pages.changes import Changes
from apps.concerts.pages.showing import Phase, SeatCounts, Showing, are_alike, is_wholly_called_off, price_lists
from apps.concerts.pages.structured_data import events
from apps.concerts.policy_messages import policy_in_words, policy_of_show
from apps.concerts.sale_calendar import sale_calendar

ROWS_AT_ONCE = 12  # performances; the others are a click away
ROWS_IN_FULL = 3  # of more performances only the time, what is left and the button


@require_safe
def concert(request: HttpRequest, slug: str) -> HttpResponse:
    """Show everything that somebody wants to know before booking."""
    now = timezone.now()
    try:
        found = selectors.get_concert_by_slug(slug, now=now)
    except Concert.DoesNotExist as error:
        raise Http404 from error
    context = concert_context(request, found, now=now)
    return render(request, "concerts/concert.html", {**context, "events": events(request, found, now=now)})


def concert_context(request: HttpRequest, found: Concert, *, now: datetime) -> dict[str, Any]:
    """Return what the page of a concert shows; a preview is the same page."""
    selectors.fetch_moves(found.performances.all())
    showings = [Showing.of(performance, now=now) for performance in found.performances.all()]
    coming = [showing for showing in showings if not showing.is_over]
    performances = [showing.performance for showing in coming or showings]
    changes = Changes.of(found.performances.all(), now=now)
    return {
        "concert": found,
        "status": selectors.concert_sale_status(found, now),
        "is_called_off": is_wholly_called_off(found),
        "changes": changes,
        "moves_are_told": not changes.more_moved,
        **_rows(coming),
        "past_showings": [showing for showing in showings if showing.is_over],
        "first": performances[0] if performances else None,
        "last": performances[-1] if len(performances) > 1 else None,
        "price_lists": price_lists(performances),
        "policy": policy_of_show(performances[0])
        if len(performances) == 1
        else policy_in_words(found.cancellation_policy),
        "venues": list({one.venue_id: one.venue for one in performances}.values()),
        "address": request.build_absolute_uri(request.path),
        "poster": request.build_absolute_uri(found.poster_url) if found.poster_url else "",
    }


@require_safe
def sale_reminder(request: HttpRequest, performance_id: int) -> HttpResponse:
    """Hand over the opening of a sale for the reader's calendar; one that has opened needs no reminder."""
    now = timezone.now()
    to_come = Performance.objects.public(now).filter(status=Performance.Status.SCHEDULED, sale_opens_at__gt=now)
    performance = get_object_or_404(to_come.select_related("concert"), pk=performance_id)
    page = request.build_absolute_uri(reverse("concert-page", args=[performance.concert.slug]))
    response = HttpResponse(sale_calendar(performance, page=page, now=now), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="ticket-live-sale-{performance.pk}.ics"'
    return response


def _rows(coming: list[Showing]) -> dict[str, Any]:
    """The performances to come: those that are shown at once, with what is left of them, and the others."""
    counts = SeatCounts()
    shown, more = [one.counted(counts) for one in coming[:ROWS_AT_ONCE]], coming[ROWS_AT_ONCE:]
    on_sale = [one for one in (*shown, *more) if one.phase == Phase.OPEN]
    return {
        "showings": shown,
        "more_showings": more,
        "is_compact": len(coming) > ROWS_IN_FULL and are_alike(coming),
        "is_sold_out": bool(on_sale) and all(one.is_sold_out for one in on_sale),
    }
