"""The page of one concert."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.concerts import selectors
from apps.concerts.models import Concert
from apps.concerts.pages.showing import Phase, Showing, price_lists
from apps.concerts.pages.structured_data import events
from apps.concerts.policy_words import policy_remarks, policy_rows
from apps.concerts.seat_map.free_seats import free_seats

ROWS_AT_ONCE = 12  # performances; the others are a click away


@require_safe
def concert(request: HttpRequest, slug: str) -> HttpResponse:
    """Show everything that somebody wants to know before booking."""
    now = timezone.now()
    try:
        found = selectors.get_concert_by_slug(slug)
    except Concert.DoesNotExist as error:
        raise Http404 from error
    showings = [Showing.of(performance, now=now) for performance in found.performances.all()]
    coming = [showing for showing in showings if not showing.is_over]
    performances = [showing.performance for showing in coming or showings]
    only = performances[0].starts_at if len(performances) == 1 else None
    policy = found.cancellation_policy
    context = {
        "concert": found,
        "status": selectors.concert_sale_status(found, now),
        "showings": list(_with_seats_left(coming[:ROWS_AT_ONCE])),
        "more_showings": coming[ROWS_AT_ONCE:],
        "past_showings": [showing for showing in showings if showing.is_over],
        "first": performances[0] if performances else None,
        "last": performances[-1] if len(performances) > 1 else None,
        "price_lists": price_lists(performances),
        "policy_rows": policy_rows(policy, starts_at=only),
        "policy_remarks": policy_remarks(policy),
        "policy_has_days": only is not None,
        "venues": list({one.venue_id: one.venue for one in performances}.values()),
        "address": request.build_absolute_uri(request.path),
        "poster": request.build_absolute_uri(found.poster_url) if found.poster_url else "",
        "events": events(request, found, now=now),
    }
    return render(request, "concerts/concert.html", context)


def _with_seats_left(showings: Iterable[Showing]) -> Iterator[Showing]:
    """Say of what is on sale how many seats can be had, until that cannot be told: the page does not wait for it."""
    can_be_told = True
    for showing in showings:
        left = free_seats().count(showing.performance.pk) if can_be_told and showing.phase == Phase.OPEN else None
        can_be_told = can_be_told and (left is not None or showing.phase != Phase.OPEN)
        yield replace(showing, seats_left=left)
