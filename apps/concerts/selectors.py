"""What the catalogue shows, in a number of queries that does not grow with it.

Each asks what is public at `now`; only the previews of staff see what is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, F, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, prefetch_related_objects
from django.db.models.functions import Coalesce

from apps.concerts.models import Concert, Grade, Performance, PerformanceMove, SaleStatus

ORDERINGS = ("starts_at", "sale_opens_at", "price", "title")
"""What the catalogue can be sorted by; a leading minus turns it round."""

_ORDERING_FIELDS = {
    "starts_at": "next_starts_at",
    "sale_opens_at": "first_sale_opens_at",
    "price": "cheapest_price_krw",
    "title": "title",
}


def list_performances(*, now: datetime) -> QuerySet[Performance]:
    """Every public performance with its venue and its cheapest price, by its start."""
    return _with_venue_and_price(Performance.objects.public(now))


def _with_venue_and_price(performances: QuerySet[Performance]) -> QuerySet[Performance]:
    return (
        performances.select_related("venue")
        .annotate(cheapest_price_krw=Min("section_grades__grade__price_krw"))
        .order_by("starts_at", "id")
    )


def get_performance(performance_id: int, *, now: datetime) -> Performance:
    """One public performance with its concert, its grades and their prices.

    Raises:
        Performance.DoesNotExist
    """
    performances = list_performances(now=now).select_related("concert").prefetch_related(_grades_on_sale())
    return performances.get(pk=performance_id)


def list_concerts(
    *, now: datetime, search: str = "", category: str = "", status: str = "", ordering: str = "starts_at"
) -> QuerySet[Concert]:
    """The concerts that fit, with their cheapest prices and their performances (see `list_performances`).

    Args:
        search: words that all have to occur in title, organiser, or a venue's name or city.
        category: a `Genre`; empty for all.
        status: a `SaleStatus` at `now`; empty for all.
        ordering: one of `ORDERINGS`; concerts without that figure come last.
    """
    concerts = _with_figures(_matching(search=search, category=category, now=now), now=now)
    if status:
        concerts = concerts.filter(_sale_status_is(SaleStatus(status), now=now))
    field = F(_ORDERING_FIELDS[ordering.removeprefix("-")])
    order = field.desc(nulls_last=True) if ordering.startswith("-") else field.asc(nulls_last=True)
    return concerts.order_by(order, "id").prefetch_related(Prefetch("performances", list_performances(now=now)))


def list_opening_soon(*, now: datetime, search: str = "", category: str = "") -> QuerySet[Concert]:
    """The concerts of which a sale is still to open, the soonest (`next_sale_opens_at`) first.

    One with other performances on sale already is among them: its next dates open like anybody's.
    """
    opening = _scheduled(now).filter(sale_opens_at__gt=now).order_by("sale_opens_at")
    return (
        _with_cheapest_price(_matching(search=search, category=category, now=now), now=now)
        .annotate(next_sale_opens_at=Subquery(opening.values("sale_opens_at")[:1]))
        .filter(next_sale_opens_at__isnull=False)
        .order_by("next_sale_opens_at", "id")
        .prefetch_related(Prefetch("performances", list_performances(now=now)))
    )


def list_called_off(*, now: datetime, search: str = "", category: str = "") -> QuerySet[Concert]:
    """The concerts that fit of which a date to come is called off and nothing can be bought (any more), the next first.

    Whoever looks for such a show by its name is to find what has become of it.
    """
    called_off = Performance.objects.public(now).filter(
        concert=OuterRef("pk"), status=Performance.Status.CANCELLED, starts_at__gt=now
    )
    return (
        _with_cheapest_price(_matching(search=search, category=category, now=now), now=now)
        .filter(_sale_status_is(SaleStatus.CLOSED, now=now))
        .annotate(called_off_starts_at=Subquery(called_off.order_by("starts_at").values("starts_at")[:1]))
        .filter(called_off_starts_at__isnull=False)
        .order_by("called_off_starts_at", "id")
        .prefetch_related(Prefetch("performances", list_performances(now=now)))
    )


def get_concert(concert_id: int, *, now: datetime) -> Concert:
    """One public concert with its policy and cheapest price, and its performances with grades and prices.

    Raises:
        Concert.DoesNotExist
    """
    return _public_concerts(now).get(pk=concert_id)


def get_concert_by_slug(slug: str, *, now: datetime) -> Concert:
    """`get_concert`, by what stands in the page's address."""
    return _public_concerts(now).get(slug=slug)


def preview_concert(concert_id: int) -> Concert:
    """`get_concert` as it would be if all of it were published: for staff.

    Raises:
        Concert.DoesNotExist
    """
    performances = Performance.objects.filter(concert=OuterRef("pk"), status=Performance.Status.SCHEDULED)
    concerts = _with_cheapest_price_of(Concert.objects.all(), performances)
    return _whole(concerts, _with_venue_and_price(Performance.objects.all())).get(pk=concert_id)


def concert_sale_status(concert: Concert, now: datetime) -> SaleStatus:
    """The most hopeful status of a concert's performances, without a query once they are prefetched."""
    statuses = {performance.sale_status(now) for performance in concert.performances.all()}
    for status in (SaleStatus.ON_SALE, SaleStatus.UPCOMING):
        if status in statuses:
            return status
    return SaleStatus.CLOSED


def _matching(*, search: str, category: str, now: datetime) -> QuerySet[Concert]:
    """The house's public concerts of a genre in which all the words occur (see `list_concerts`)."""
    concerts = Concert.objects.of_the_house().public(now)
    if category:
        concerts = concerts.filter(genre=category)
    for word in search.split():
        at_venue = Performance.objects.public(now).filter(
            Q(venue__name__icontains=word) | Q(venue__city__icontains=word), concert=OuterRef("pk")
        )
        concerts = concerts.filter(Q(title__icontains=word) | Q(organiser__icontains=word) | Exists(at_venue))
    return concerts


def _public_concerts(now: datetime) -> QuerySet[Concert]:
    return _whole(_with_cheapest_price(Concert.objects.public(now), now=now), list_performances(now=now))


def _whole(concerts: QuerySet[Concert], performances: QuerySet[Performance]) -> QuerySet[Concert]:
    """Concerts with their policy and these of their performances, with grades."""
    return concerts.select_related("cancellation_policy").prefetch_related(
        "cancellation_policy__tiers", Prefetch("performances", performances.prefetch_related(_grades_on_sale()))
    )


def _grades_on_sale() -> Prefetch[str]:
    """Grades that a section has; one that none has cannot be bought."""
    return Prefetch("grades", Grade.objects.filter(section_grades__isnull=False).distinct().order_by("position", "id"))


def fetch_moves(performances: Iterable[Performance]) -> None:
    """Fetch what `Performance.moves_done` reads, for those of the performances that were moved; no query for others."""
    done = PerformanceMove.objects.filter(status=PerformanceMove.Status.DONE).select_related("from_venue", "to_venue")
    moved = [performance for performance in performances if performance.moved_at is not None]
    prefetch_related_objects(moved, Prefetch("moves", done.order_by("-id")))


def _with_cheapest_price(concerts: QuerySet[Concert], *, now: datetime) -> QuerySet[Concert]:
    """Annotate the cheapest price of the public performances that are not cancelled."""
    return _with_cheapest_price_of(concerts, _scheduled(now))


def _with_cheapest_price_of(concerts: QuerySet[Concert], performances: QuerySet[Performance]) -> QuerySet[Concert]:
    prices = performances.order_by().values("concert").annotate(cheapest=Min("section_grades__grade__price_krw"))
    return concerts.annotate(cheapest_price_krw=Subquery(prices.values("cheapest")))


def _with_figures(concerts: QuerySet[Concert], *, now: datetime) -> QuerySet[Concert]:
    """Annotate what concerts are sorted by: the next start (the last one if all are over), sale and price."""
    performances = _scheduled(now)
    return _with_cheapest_price(concerts, now=now).annotate(
        next_starts_at=Coalesce(
            Subquery(performances.filter(starts_at__gte=now).order_by("starts_at").values("starts_at")[:1]),
            Subquery(performances.order_by("-starts_at").values("starts_at")[:1]),
        ),
        first_sale_opens_at=Subquery(performances.order_by("sale_opens_at").values("sale_opens_at")[:1]),
    )


def _scheduled(now: datetime) -> QuerySet[Performance]:
    """The public performances of the outer query's concert that are not cancelled."""
    return Performance.objects.public(now).filter(concert=OuterRef("pk"), status=Performance.Status.SCHEDULED)


def _sale_status_is(status: SaleStatus, *, now: datetime) -> Q | Exists:
    """Say `concert_sale_status` in SQL."""
    for_sale = _scheduled(now).filter(sale_closes_at__gt=now)
    on_sale = Exists(for_sale.filter(sale_opens_at__lte=now))
    match status:
        case SaleStatus.ON_SALE:
            return on_sale
        case SaleStatus.UPCOMING:
            return Q(Exists(for_sale)) & ~Q(on_sale)
        case SaleStatus.CLOSED:
            return ~Q(Exists(for_sale))
