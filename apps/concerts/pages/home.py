"""The catalogue's first page: what opens soon, what is on sale, and finding more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.concerts import selectors
from apps.concerts.models import Concert, Genre, SaleStatus
from apps.concerts.pages.showing import Card, SeatCounts

CARDS_A_PAGE = 12
MOST_OPENING_SOON = 7  # the spotlight, and two rows of three
MOST_CALLED_OFF = 6
MOST_CHARACTERS = 100

SORTS = {
    "soonest": (_("Date of the show"), "starts_at"),
    "newest": (_("Newest sale"), "-sale_opens_at"),
    "price": (_("Lowest price"), "price"),
    "title": (_("A to Z"), "title"),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address asks for. What it says amiss counts as not said: a page is no place for a 422."""

    search: str
    genre: str
    status: str
    sort: str
    page: str

    @classmethod
    def of(cls, query: QueryDict) -> Wish:
        return cls(
            search=" ".join(query.get("q", "").replace("\0", "").split())[:MOST_CHARACTERS],
            genre=_known(query.get("genre", ""), Genre.values),
            status=_known(query.get("status", ""), SaleStatus.values),
            sort=_known(query.get("sort", ""), SORTS) or "soonest",
            page=query.get("page", "1"),
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.search or self.genre)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show what opens soon and what is on sale; with `status`, all concerts of that one."""
    now = timezone.now()
    wish = Wish.of(request.GET)
    counts = SeatCounts()
    page = _page(wish, now=now)
    opening = []
    if not wish.status and page.number == 1:
        opening = [Card.of(concert, now=now, counts=counts) for concert in _opening_soon(wish, now=now)]
    called_off: list[Card] = []
    if wish.search and not wish.status and page.number == 1:
        called_off = [Card.of(concert, now=now, counts=counts) for concert in _called_off(wish, now=now)]
    context = {
        "wish": wish,
        "genres": Genre.choices,
        "sorts": [(name, label) for name, (label, _ordering) in SORTS.items()],
        "page": page,
        "cards": [Card.of(concert, now=now, counts=counts) for concert in page.object_list],
        "opening": opening[:MOST_OPENING_SOON],
        "more_opens": len(opening) > MOST_OPENING_SOON,
        "called_off": called_off,
        "statuses": SaleStatus.choices,
    }
    return render(request, "concerts/home.html", context)


def _page(wish: Wish, *, now: datetime) -> Page[Concert]:
    if wish.status == SaleStatus.UPCOMING:
        found = selectors.list_opening_soon(now=now, search=wish.search, category=wish.genre)
    else:
        found = selectors.list_concerts(
            now=now,
            search=wish.search,
            category=wish.genre,
            status=wish.status or SaleStatus.ON_SALE,
            ordering=SORTS[wish.sort][1],
        )
    return Paginator(found, CARDS_A_PAGE).get_page(wish.page)


def _opening_soon(wish: Wish, *, now: datetime) -> Iterable[Concert]:
    return selectors.list_opening_soon(now=now, search=wish.search, category=wish.genre)[: MOST_OPENING_SOON + 1]


def _called_off(wish: Wish, *, now: datetime) -> Iterable[Concert]:
    return selectors.list_called_off(now=now, search=wish.search, category=wish.genre)[:MOST_CALLED_OFF]


def _known(value: str, known: object) -> str:
    return value if value in known else ""  # type: ignore[operator]
