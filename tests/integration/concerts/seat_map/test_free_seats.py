"""Counting the seats that can be had, for those who wait."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries
from redis import Redis

from apps.accounts.models import Role
from apps.common.redis import sync_redis
from apps.concerts.models import Performance, SectionGrade
from apps.concerts.seat_map import free_seats as module
from apps.concerts.seat_map.free_seats import FreeSeats
from apps.concerts.seat_states.keys import sale_key
from apps.concerts.services.block_seats import block_seats
from apps.concerts.services.set_prices import GradePrice, set_prices
from apps.orders.services.rebuild_seat_state import ensure_seat_state
from tests.factories import make_performance, make_user, seat_ids

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def redis() -> Redis:
    return sync_redis()


@pytest.fixture
def counted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept for some seconds."""
    monkeypatch.setattr(module, "KEPT_SECONDS", 0.0)


def never(*_args: object) -> None:
    pytest.fail("this was not to be read again")


def block(performance: Performance, count: int, *, skip: int = 0) -> None:
    seats = seat_ids(performance, count, skip=skip)
    block_seats(performance, seats, actor_id=make_user(role=Role.STAFF).pk)


def test_seats_that_somebody_has_or_that_are_kept_back_are_not_left(counted_again: None) -> None:
    performance = make_performance()
    seats = FreeSeats()
    assert seats.count(performance.pk) == 80

    block(performance, 3)

    assert seats.count(performance.pk) == 77


def test_seats_of_a_section_without_a_price_are_not_left() -> None:
    performance = make_performance(in_redis=False)
    SectionGrade.objects.filter(performance=performance, section__code="B").delete()
    ensure_seat_state(performance.pk)

    assert FreeSeats().count(performance.pk) == 40


def test_a_count_is_kept_for_some_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    performance = make_performance()
    seats = FreeSeats()
    seats.count(performance.pk)
    block(performance, 3)
    monkeypatch.setattr(module, "read_version", never)

    assert seats.count(performance.pk) == 80


def test_seats_that_have_not_changed_are_not_counted_again(
    counted_again: None, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    performance = make_performance()
    seats = FreeSeats()
    seats.count(performance.pk)
    monkeypatch.setattr(module, "read_cells", never)

    with django_assert_num_queries(0):
        assert seats.count(performance.pk) == 80


def test_seats_that_changed_are_counted_without_sql(
    counted_again: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    performance = make_performance()
    seats = FreeSeats()
    seats.count(performance.pk)
    block(performance, 1)

    with django_assert_num_queries(0):
        assert seats.count(performance.pk) == 79


def test_a_change_of_what_is_for_sale_is_read_anew(counted_again: None) -> None:
    performance = make_performance()
    seats = FreeSeats()
    seats.count(performance.pk)

    set_prices(performance, [GradePrice(name="VIP", price_krw=100_000, sections=["A"])])

    assert seats.count(performance.pk) == 40


def test_while_the_seats_are_being_rebuilt_nobody_knows(redis: Redis) -> None:
    performance = make_performance()
    redis.hdel(sale_key(performance.pk), "ready")

    assert FreeSeats().count(performance.pk) is None


def test_a_worker_does_not_remember_every_performance_it_ever_met(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PERFORMANCES_KEPT", 1)
    seats = FreeSeats()
    for performance in (make_performance(), make_performance()):
        assert seats.count(performance.pk) == 80

    assert len(seats._counts) == 1
