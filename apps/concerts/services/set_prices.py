from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F

from apps.common.database.transactions import retried_transaction
from apps.common.errors import ValidationFailed
from apps.concerts.models import Grade, Performance, Section, SectionGrade, Venue
from apps.concerts.publication.guards import refuse_to_take_prices_away, refuse_while_scheduled
from apps.concerts.services.share_sale_settings import share_sale_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class GradePrice:
    """A grade, its price, and the codes of the sections that are sold at it."""

    name: str
    price_krw: int
    sections: Sequence[str]
    color: str = "#6b7280"


@retried_transaction
def set_prices(performance: Performance, prices: Sequence[GradePrice]) -> None:
    """Give a performance its grades, in place of those it had; orders keep the prices they were placed at.

    Raises:
        ValidationFailed: see `check_prices`, and what is published keeps a price; nothing has changed.
        PublicationConflict: the performance is set to be published as it is.
    """
    locked = Performance.objects.select_for_update().get(pk=performance.pk)
    sections = check_prices(locked.venue, prices)  # of the hall that it is in now
    refuse_while_scheduled(locked)
    refuse_to_take_prices_away(locked, are_left=bool(sections))
    performance.grades.all().delete()
    for position, price in enumerate(prices, start=1):
        grade = Grade.objects.create(
            performance=performance,
            name=price.name,
            price_krw=price.price_krw,
            position=position,
            color=price.color,
        )
        SectionGrade.objects.bulk_create(
            SectionGrade(performance=performance, section=sections[code], grade=grade) for code in price.sections
        )
    _raise_catalogue_version(performance)


def check_prices(venue: Venue, prices: Sequence[GradePrice]) -> dict[str, Section]:
    """Return the sections that are sold, by code.

    Raises:
        ValidationFailed: a grade or section is there twice, or the venue has no such section.
    """
    codes = [code for price in prices for code in price.sections]
    _refuse_repeats("grade", [price.name for price in prices])
    _refuse_repeats("section", codes)
    sections = {section.code: section for section in Section.objects.filter(venue=venue, code__in=codes)}
    unknown = [code for code in codes if code not in sections]
    if unknown:
        raise ValidationFailed(errors={"prices": [f"The venue has no section {code}." for code in unknown]})
    return sections


def _raise_catalogue_version(performance: Performance) -> None:
    """Make every cached layout of a performance stale, in the caller's transaction."""
    Performance.objects.filter(pk=performance.pk).update(catalogue_version=F("catalogue_version") + 1)
    share_sale_settings(performance.pk)


def _refuse_repeats(kind: str, names: Sequence[str]) -> None:
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        raise ValidationFailed(errors={"prices": [f"The {kind} {name} is there twice." for name in repeated]})
