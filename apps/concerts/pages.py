"""The pages of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.concerts import selectors
from apps.concerts.models import Concert, Performance, SaleStatus

MOST_CARDS = 24


@dataclass(frozen=True, slots=True)
class Card:
    """A concert on the page, with those of its performances that are, or will be, on sale."""

    concert: Concert
    performances: list[Performance]


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What is on sale, and what will be."""
    now = timezone.now()
    return render(
        request,
        "concerts/home.html",
        {"on_sale": _cards(SaleStatus.ON_SALE, now=now), "upcoming": _cards(SaleStatus.UPCOMING, now=now)},
    )


def _cards(status: SaleStatus, *, now: datetime) -> list[Card]:
    concerts: Iterable[Concert] = selectors.list_concerts(now=now, status=status)[:MOST_CARDS]
    return [
        Card(
            concert=concert,
            performances=[one for one in concert.performances.all() if one.sale_status(now) != SaleStatus.CLOSED],
        )
        for concert in concerts
    ]
