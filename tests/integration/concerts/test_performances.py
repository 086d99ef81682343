"""Staff make and change performances; Redis hears of it after the commit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from apps.common.database.outbox import relay
from apps.common.errors import ValidationFailed
from apps.common.models import OutboxMessage
from apps.common.redis import sync_redis
from apps.concerts.models import Grade, Performance, SectionGrade
from apps.concerts.seat_states.keys import sale_key
from apps.concerts.services.change_performance import change_performance
from apps.concerts.services.close_performance import close_performance
from apps.concerts.services.create_performance import create_performance
from apps.concerts.services.set_prices import GradePrice, set_prices
from apps.orders.services.rebuild_seat_state import ensure_seat_states
from tests.factories import make_performance
from tests.servers import PrivateRedis

pytestmark = pytest.mark.django_db(transaction=True)


def sale(performance: Performance, field: str) -> int:
    value = sync_redis().hget(sale_key(performance.pk), field)
    assert isinstance(value, bytes)
    return int(value)


def again(performance: Performance, **changes: Any) -> dict[str, Any]:
    """The arguments of a performance like this one."""
    same = {
        "venue": performance.venue,
        "starts_at": performance.starts_at + timedelta(days=1),
        "sale_opens_at": performance.sale_opens_at,
        "sale_closes_at": performance.sale_closes_at,
        "prices": [GradePrice(name="VIP", price_krw=1_000, sections=["A"])],
    }
    return same | changes


def test_a_new_limit_counts_in_redis_at_once() -> None:
    performance = make_performance(limit=4)
    change_performance(performance.pk, limit_per_person=2)
    assert sale(performance, "limit") == 2
    assert not OutboxMessage.objects.exists()


def test_redis_hears_nothing_of_a_change_that_is_rolled_back() -> None:
    performance = make_performance(limit=4)
    with transaction.atomic():
        change_performance(performance.pk, limit_per_person=2)
        transaction.set_rollback(True)
    assert sale(performance, "limit") == 4


def test_a_change_made_while_redis_is_away_reaches_it_later(redis_server: PrivateRedis) -> None:
    performance = make_performance(limit=4)
    redis_server.kill()
    change_performance(performance.pk, limit_per_person=2)
    assert Performance.objects.get(pk=performance.pk).limit_per_person == 2
    redis_server.start()
    assert sale(performance, "limit") == 4
    OutboxMessage.objects.update(next_attempt_at=performance.sale_opens_at)
    assert relay() == 1
    ensure_seat_states()  # another server's state is brought back whole
    assert sale(performance, "limit") == 2


def test_a_performance_that_is_closed_for_good_is_not_sold_any_more() -> None:
    performance = make_performance()
    with transaction.atomic():
        close_performance(performance.pk, reason="The singer is ill.")
    assert sale(performance, "closes_at") == 0
    performance.refresh_from_db()
    assert (performance.status, performance.cancelled_reason) == (Performance.Status.CANCELLED, "The singer is ill.")


@pytest.mark.parametrize("changes", [{"limit_per_person": 0}, {"sale_closes_at": None}])
def test_a_change_that_makes_no_sense_changes_nothing(changes: dict[str, Any]) -> None:
    performance = make_performance(limit=4)
    with pytest.raises(ValidationFailed):
        change_performance(performance.pk, **changes)
    assert sale(performance, "limit") == Performance.objects.get(pk=performance.pk).limit_per_person == 4


def test_a_sale_cannot_close_before_it_opens() -> None:
    performance = make_performance()
    with pytest.raises(ValidationFailed):
        change_performance(performance.pk, sale_closes_at=performance.sale_opens_at)
    with pytest.raises(ValidationFailed):
        create_performance(performance.concert, **again(performance, sale_closes_at=performance.sale_opens_at))
    assert Performance.objects.count() == 1


def test_the_same_performance_cannot_be_made_twice() -> None:
    performance = make_performance()
    with pytest.raises(ValidationFailed):
        create_performance(performance.concert, **again(performance, starts_at=performance.starts_at))
    assert Performance.objects.count() == 1


@pytest.mark.parametrize(
    "prices",
    [
        [GradePrice(name="VIP", price_krw=1_000, sections=["Z"])],
        [GradePrice(name="VIP", price_krw=1_000, sections=["A", "A"])],
        [GradePrice(name="VIP", price_krw=1_000, sections=["A"]), GradePrice(name="R", price_krw=1, sections=["A"])],
        [GradePrice(name="VIP", price_krw=1_000, sections=["A"]), GradePrice(name="VIP", price_krw=1, sections=["B"])],
    ],
)
def test_prices_that_make_no_sense_are_refused_and_the_old_ones_stay(prices: list[GradePrice]) -> None:
    performance = make_performance()
    before = list(Grade.objects.values_list("pk", "price_krw"))
    with pytest.raises(ValidationFailed):
        set_prices(performance, prices)
    with pytest.raises(ValidationFailed):
        create_performance(performance.concert, **again(performance, prices=prices))
    assert list(Grade.objects.values_list("pk", "price_krw")) == before
    assert Performance.objects.count() == 1


def test_new_prices_make_every_cached_layout_stale() -> None:
    performance = make_performance()
    version = Performance.objects.get(pk=performance.pk).catalogue_version
    set_prices(performance, [GradePrice(name="S", price_krw=5_000, sections=["B"])])
    assert list(SectionGrade.objects.values_list("section__code", "grade__name")) == [("B", "S")]
    assert Performance.objects.get(pk=performance.pk).catalogue_version == version + 1
    assert sale(performance, "layout") == version + 1
