"""The fixed part of a seat map: few queries once, none afterwards, and never of an old version for long."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from pytest_django import DjangoAssertNumQueries

from apps.common.errors import NotFound
from apps.concerts.models import Performance, SectionGrade
from apps.concerts.seat_map.layout import get_layout, kept_layouts
from tests.factories import PRICES_KRW, make_performance, make_venue

pytestmark = pytest.mark.django_db
QUERIES = 3


@pytest.mark.parametrize("seats", [5, 50])
def test_a_layout_takes_three_queries_whatever_its_size(
    django_assert_num_queries: DjangoAssertNumQueries, seats: int
) -> None:
    performance = make_performance(venue=make_venue(rows=seats, seats=seats))

    with django_assert_num_queries(QUERIES):
        layout = get_layout(performance.pk)

    assert len(layout.seats) == 2 * seats * seats
    with django_assert_num_queries(0):
        assert get_layout(performance.pk) is layout


def test_processes_share_a_layout(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    performance = make_performance()
    here = get_layout(performance.pk)
    kept_layouts.cache_clear()

    with django_assert_num_queries(1):
        assert get_layout(performance.pk) == here


def test_a_layout_has_the_price_of_every_seat() -> None:
    layout = get_layout(make_performance().pk)

    assert [section.code for section in layout.sections] == ["A", "B"]
    for section in layout.sections:
        assert {seat.price_krw for seat in section.seats} == {PRICES_KRW[section.code]} == {section.price_krw}
    assert sorted(seat.ordinal for seat in layout.seats.values()) == list(range(80))


def test_a_section_without_a_price_is_not_for_sale() -> None:
    performance = make_performance()
    SectionGrade.objects.filter(performance=performance, section__code="B").delete()

    layout = get_layout(performance.pk)

    assert [section.code for section in layout.sections] == ["A"]
    assert layout.seat_ids([79]) == []


def test_a_newer_layout_replaces_the_one_that_is_kept() -> None:
    performance = make_performance()
    old = get_layout(performance.pk)
    performance.grades.update(price_krw=1)
    Performance.objects.filter(pk=performance.pk).update(catalogue_version=old.version + 1)

    assert get_layout(performance.pk) is old
    new = get_layout(performance.pk, at_least=old.version + 1)

    assert {seat.price_krw for seat in new.seats.values()} == {1}
    assert get_layout(performance.pk) is new


def test_layouts_are_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = make_performance(), make_performance()
    kept = kept_layouts()
    monkeypatch.setattr(kept, "_limit", 1)

    get_layout(first.pk)
    get_layout(second.pk)

    assert kept.get(first.pk, at_least=0) is None
    assert kept.get(second.pk, at_least=0)


def test_an_unknown_performance_has_none() -> None:
    with pytest.raises(NotFound):
        get_layout(987_654)


def test_a_layout_is_built_while_the_shared_cache_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    performance = make_performance()
    monkeypatch.setattr(cache, "get", lambda key: None)
    monkeypatch.setattr(cache, "set", lambda *args: None)

    assert get_layout(performance.pk).seats
